import type { KubeObject } from '../../contract/kube.ts';
import { machineLabel } from '../machines/forward.ts';
import { pick, pickList, pickText } from '../target/pick.ts';

/** A Secret that the machine of a snapshot reads, and the path in it that names it. */
export interface SecretUse {
  path: string;
  secret: string;
  copy: string;
}

const sources = ['cloudInitNoCloud', 'cloudInitConfigDrive'] as const;
const references = ['secretRef', 'networkDataSecretRef'] as const;

/** Secrets of cloud-init that a snapshot's machine names: they belong to that machine, so another one needs its own. Pure. */
export function secretUses(vm: KubeObject, newName: string): SecretUse[] {
  return pickList(vm, 'spec', 'template', 'spec', 'volumes').flatMap((volume, index) =>
    sources.flatMap((source) =>
      references.flatMap((reference): SecretUse[] => {
        const secret = pickText(volume, source, reference, 'name');
        if (secret === undefined) return [];
        const suffix = reference === 'secretRef' ? 'cloudinit' : 'network';
        return [{ path: `/spec/template/spec/volumes/${index}/${source}/${reference}/name`, secret, copy: `${newName}-${suffix}` }]; // prettier-ignore
      }),
    ),
  );
}

/**
 * JSON patches that make a machine from a snapshot one of its own: MAC addresses, firmware UUID and serial are taken out, so
 * that the target gives new ones, host name, secrets and the label by which a Service finds it are the new machine's. No value holds a colon: KubeVirt's check of
 * patches splits at each (pkg/storage/admitters/vmrestore.go). Pure.
 */
export function identityPatches(vm: KubeObject, newName: string): string[] {
  const at = '/spec/template/spec';
  const remove = (path: string): object => ({ op: 'remove', path });
  const replace = (path: string, value: string): object => ({ op: 'replace', path, value });
  const firmware = pick(vm, 'spec', 'template', 'spec', 'domain', 'firmware');
  const nics = pickList(vm, 'spec', 'template', 'spec', 'domain', 'devices', 'interfaces');
  // A forwarded port chooses by this label: with the old one it would lead to both machines.
  const labelled = [[], ['spec', 'template']].filter((part) => pickText(vm, ...part, 'metadata', 'labels', machineLabel) !== undefined); // prettier-ignore
  return [
    ...nics.flatMap((nic, index) =>
      nic['macAddress'] === undefined ? [] : [remove(`${at}/domain/devices/interfaces/${index}/macAddress`)],
    ),
    ...(['uuid', 'serial'] as const).flatMap((field) =>
      pick(firmware, field) === undefined ? [] : [remove(`${at}/domain/firmware/${field}`)],
    ),
    ...(pickText(vm, 'spec', 'template', 'spec', 'hostname') === undefined ? [] : [replace(`${at}/hostname`, newName)]),
    ...secretUses(vm, newName).map(({ path, copy }) => replace(path, copy)),
    ...labelled.map((part) =>
      replace(`/${[...part, 'metadata', 'labels', machineLabel.replace('/', '~1')].join('/')}`, newName),
    ),
  ].map((patch) => JSON.stringify(patch));
}
