import type { KubeObject } from '../../../contract/kube.ts';
import { pick, pickList, pickText } from '../../target/pick.ts';
import type { ImportManifest } from '../file/manifest.ts';

type Machine = ImportManifest['machine'];
type Json = Record<string, unknown>;
const inner = ['spec', 'template', 'spec'] as const;

/** Networks of a machine's cards by name as `namespace/name`; the machine's own network is none of them. Pure. */
export function networksOf(machine: object, namespace: string): string[] {
  const found = pickList(machine, ...inner, 'networks').flatMap((each) => {
    const name = pickText(each, 'multus', 'networkName');
    return name === undefined ? [] : [name.includes('/') ? name : `${namespace}/${name}`];
  });
  return [...new Set(found)];
}

/** Devices of the computer or node that a machine was on, by name: they cannot come along. Pure. */
export const hostDevices = (machine: object): string[] =>
  ['hostDevices', 'gpus'].flatMap((kind) =>
    pickList(machine, ...inner, 'domain', 'devices', kind).map((each) => String(each['name'])),
  );

export interface Adapt {
  /** Namespace that its networks are meant in where they name none. */
  namespace: string;
  /** Where networks lead, `namespace/name` -> `pod`, `none` or `namespace/name`; those that are not named stay. */
  networks: Readonly<Record<string, string>>;
  /** How it was to run before it was held for the way. */
  strategy?: string | undefined;
}

/** The manifest of a machine for another target: its networks led there, without devices of where it was. Pure. */
export function adapted(manifest: ImportManifest, adapt: Adapt): ImportManifest {
  const { machine, expanded } = manifest;
  return {
    ...manifest,
    machine: adaptedMachine(machine, adapt),
    ...(expanded && { expanded: adaptedMachine(expanded, adapt) }),
  };
}

function adaptedMachine(machine: Machine, { namespace, networks, strategy }: Adapt): Machine {
  const result = structuredClone(machine);
  if (strategy !== undefined) result.spec['runStrategy'] = strategy;
  const spec = pick(result, ...inner) as Json | undefined;
  const devices = pick(spec, 'domain', 'devices') as Json | undefined;
  delete devices?.['hostDevices'];
  delete devices?.['gpus'];
  if (!spec || !Array.isArray(spec['networks'])) return result;
  const gone = new Set<unknown>();
  let onPod = pickList(spec, 'networks').some((each) => each['pod'] !== undefined);
  spec['networks'] = pickList(spec, 'networks').flatMap((network): Json[] => {
    const named = pickText(network, 'multus', 'networkName');
    if (named === undefined) return [network];
    const to = networks[named.includes('/') ? named : `${namespace}/${named}`];
    if (to === undefined) return [network];
    // KubeVirt gives a machine one card on its own network.
    if (to === 'none' || (to === 'pod' && onPod)) {
      gone.add(network['name']);
      return [];
    }
    if (to !== 'pod') return [{ ...network, multus: { ...(network['multus'] as Json), networkName: to } }];
    onPod = true;
    return [{ name: network['name'], pod: {} }];
  });
  if (devices && Array.isArray(devices['interfaces'])) {
    const onOwn = new Set(pickList(spec, 'networks').filter((each) => each['pod'] !== undefined).map((each) => each['name'])); // prettier-ignore
    const cards = pickList(devices, 'interfaces').filter((card) => !gone.has(card['name']));
    // A bridge belongs to a network of its own; on the machine's own network it is masquerade.
    devices['interfaces'] = cards.map(({ bridge, ...card }) =>
      bridge === undefined ? card : onOwn.has(card['name']) ? { ...card, masquerade: {} } : { ...card, bridge },
    );
    if (cards.length === 0) devices['autoattachPodInterface'] = false;
  }
  return result;
}

/** Of a machine as it is on its target. Pure. */
export const isOn = (vm: KubeObject, instance: KubeObject | undefined): boolean =>
  instance !== undefined || vm.spec?.['running'] === true || pickText(vm, 'spec', 'runStrategy') === 'Always';
