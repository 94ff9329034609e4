import type { Cure } from '../../../contract/why.ts';
import { pickList, pickText } from '../../target/pick.ts';
import { cause, machinePage, page } from '../cause.ts';
import { asAsked, failures, isComing, isOver, knows, listOf, nameOf } from '../sources.ts';
import type { WhySources } from '../sources.ts';

interface Missing {
  /** namespace/name. */
  id: string;
  interface?: string | undefined;
  /** What the target says, where it says it. */
  says?: string | undefined;
}

const nics = ({ vm }: WhySources): { interface: string; id: string }[] =>
  pickList(vm, 'spec', 'template', 'spec', 'networks').flatMap((network) => {
    const name = pickText(network, 'multus', 'networkName');
    const nic = pickText(network, 'name');
    if (name === undefined || nic === undefined) return [];
    return [{ interface: nic, id: name.includes('/') ? name : `${vm.metadata.namespace}/${name}` }];
  });

/** KubeVirt: "failed to render launch manifest: Failed to locate network attachment definition NAMESPACE/NAME" */
function missing(sources: WhySources): Missing | undefined {
  if (asAsked(sources)) return undefined;
  const told = failures(sources).flatMap((text) => {
    const id = /locate network attachment definition ([a-z0-9.-]+\/[a-z0-9.-]+)/i.exec(text)?.[1];
    return id === undefined ? [] : [{ id, says: text }];
  })[0];
  const wanted = nics(sources);
  if (told) return { ...told, interface: wanted.find(({ id }) => id === told.id)?.interface };
  const coming = isComing(sources.vmi) || isOver(sources.vmi) || sources.vmi === undefined;
  if (!knows(sources, 'networks') || !coming) return undefined;
  const there = new Set(listOf(sources, 'networks').map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  return wanted.find(({ id }) => !there.has(id));
}

export const missingNetwork = cause({
  id: 'missing-network',
  title: 'A network is missing',
  evidence: missing,
  explain({ id, interface: nic, says }, sources) {
    const [namespace = '', name = ''] = id.split('/');
    const others = listOf(sources, 'networks')
      .filter(({ metadata }) => metadata.namespace === sources.vm.metadata.namespace && `${metadata.namespace}/${metadata.name}` !== id)
      .slice(0, 3);
    const onPod = pickList(sources.vm, 'spec', 'template', 'spec', 'networks').some((each) => each['pod'] !== undefined);
    const move = (network: string, label: string): Cure[] =>
      nic === undefined ? [] : [{ label, detail: `The interface ${nic} is put on it.`, action: { type: 'moveInterface', interface: nic, network } }];
    return {
      short: `The network ${id} does not exist.`,
      steps: [
        { object: `VirtualMachineInstance ${nameOf(sources.vm)}`, says: says ?? `Its interface ${nic} is on the network ${id}.` },
        { object: `NetworkAttachmentDefinition ${name}`, says: `It does not exist in the namespace ${namespace}.` },
      ],
      cures: [
        { label: `Create the network ${name}`, detail: 'A private network between machines, without addresses of its own.', action: { type: 'createNetwork', network: { namespace, name } } },
        ...others.flatMap((each) => move(`${each.metadata.namespace}/${each.metadata.name}`, `Use ${each.metadata.name}`)),
        ...(onPod ? [] : move('pod', 'Use the pod network')),
        page('Look at its network', machinePage(sources, 'network')),
      ],
    };
  },
}); // prettier-ignore
