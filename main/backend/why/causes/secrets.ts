import type { KubeObject } from '../../../contract/kube.ts';
import type { Cure } from '../../../contract/why.ts';
import { pickList, pickText } from '../../target/pick.ts';
import { cause, machinePage, page } from '../cause.ts';
import { asAsked, nameOf, unscheduled } from '../sources.ts';
import type { WhySources } from '../sources.ts';

export interface Reference {
  kind: 'Secret' | 'ConfigMap';
  name: string;
  volume: string;
  /** Any one of these keys must be in it; none: all of it is used. */
  keys: string[];
}

/** Secrets and ConfigMaps that a machine's volumes name. Pure. */
export function referencesOf(vm: KubeObject): Reference[] {
  return pickList(vm, 'spec', 'template', 'spec', 'volumes').flatMap((each): Reference[] => {
    const volume = pickText(each, 'name') ?? '';
    const found: Reference[] = [];
    const add = (kind: Reference['kind'], name: string | undefined, keys: string[]): void => {
      if (name !== undefined) found.push({ kind, name, volume, keys });
    };
    for (const type of ['cloudInitNoCloud', 'cloudInitConfigDrive']) {
      add('Secret', pickText(each, type, 'secretRef', 'name'), ['userdata', 'userData']);
      add('Secret', pickText(each, type, 'networkDataSecretRef', 'name'), ['networkdata', 'networkData']);
    }
    add('Secret', pickText(each, 'secret', 'secretName'), []);
    add('ConfigMap', pickText(each, 'configMap', 'name'), []);
    add('Secret', pickText(each, 'sysprep', 'secret', 'name'), []);
    add('ConfigMap', pickText(each, 'sysprep', 'configMap', 'name'), []);
    return found;
  });
}

interface Missing extends Reference {
  says: string;
  there: boolean;
}

function missing(sources: WhySources): Missing | undefined {
  if (asAsked(sources)) return undefined;
  const namespace = sources.vm.metadata.namespace ?? 'default';
  for (const reference of referencesOf(sources.vm)) {
    const { kind, name, keys } = reference;
    const looked = sources.near?.named[`${kind} ${namespace}/${name}`];
    if (looked?.state === 'known') {
      const found = looked.value;
      if (found && (keys.length === 0 || keys.some((key) => found.keys.includes(key)))) continue;
      const says = found ? `It has no key ${keys[0]}.` : `It does not exist in the namespace ${namespace}.`;
      return { ...reference, says, there: found !== undefined };
    }
    // Not looked up: what the target says of it has to do.
    const told = unscheduled(sources);
    if (told?.includes(name) && /secret|config ?map/i.test(told)) return { ...reference, says: told, there: /no key/.test(told) };
  }
  return undefined;
} // prettier-ignore

const texts: Record<string, string> = { userdata: '#cloud-config\n', networkdata: 'version: 2\nethernets: {}\n' };

export const missingSecret = cause({
  id: 'missing-secret',
  title: 'Data that it starts with is missing',
  evidence: missing,
  explain({ kind, name, volume, keys, says, there }, sources) {
    const namespace = sources.vm.metadata.namespace ?? 'default';
    const key = keys[0];
    const others = Object.entries(sources.near?.named ?? {}).flatMap(([id, looked]) => {
      const other = id.startsWith(`Secret ${namespace}/`) ? id.slice(`Secret ${namespace}/`.length) : undefined;
      const fits = looked.state === 'known' && looked.value?.keys.some((each) => keys.includes(each));
      return other !== undefined && other !== name && fits ? [other] : [];
    });
    const cures: Cure[] = [];
    if (kind === 'Secret' && key !== undefined) {
      cures.push({
        label: there ? `Add ${key} to it` : `Make the secret ${name}`,
        detail: 'With the text that you give it; the machine then starts.',
        action: { type: 'createSecret', secret: name, key, text: texts[key] ?? '' },
        input: { label: key === 'userdata' ? 'cloud-init user data' : 'cloud-init network data', initial: texts[key] ?? '' },
      });
      cures.push(...others.slice(0, 3).map((secret) => ({ label: `Use ${secret}`, action: { type: 'useSecret' as const, instead: name, secret } })));
      cures.push(page('Edit cloud-init', machinePage(sources, 'guest')));
    } else cures.push(page('Change the manifest', machinePage(sources, 'yaml')));
    return {
      short: there ? `The ${kind} ${name} has no key ${key}.` : `The ${kind} ${name} does not exist.`,
      steps: [
        { object: `VirtualMachineInstance ${nameOf(sources.vm)}`, says: `Its volume ${volume} is made of the ${kind} ${name}.` },
        { object: `${kind} ${name}`, says },
      ],
      cures,
    };
  },
}); // prettier-ignore
