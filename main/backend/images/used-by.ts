import type { KubeObject } from '../../contract/kube.ts';
import { pick, pickList, pickText } from '../target/pick.ts';
import { imageNamespace } from './manifest.ts';

/** The image a DataVolume (or a template of one) was cloned from, by name. Pure. */
function cloneSource(volume: unknown, namespace: string): string | undefined {
  const source = pick(volume, 'spec', 'source', 'pvc');
  if ((pickText(source, 'namespace') ?? namespace) !== imageNamespace) return undefined;
  return pickText(source, 'name');
}

/**
 * Whether a DataVolume, or a machine, names the same images as before. Both are objects of one watch, where parts that read the
 * same are one. Pure.
 */
export const sameSource = (one: KubeObject | undefined, other: KubeObject | undefined): boolean =>
  (one === undefined) === (other === undefined) && pick(one, 'spec', 'source') === pick(other, 'spec', 'source');
export const sameDisks = (one: KubeObject | undefined, other: KubeObject | undefined): boolean =>
  (one === undefined) === (other === undefined) &&
  pick(one, 'spec', 'dataVolumeTemplates') === pick(other, 'spec', 'dataVolumeTemplates') &&
  pick(one, 'spec', 'template', 'spec', 'volumes') === pick(other, 'spec', 'template', 'spec', 'volumes');

/**
 * Image name -> the VirtualMachines whose disks were cloned from it (namespace/name): by their dataVolumeTemplates, and by
 * DataVolumes they name. Pure.
 */
export function usersOfImages(machines: Iterable<KubeObject>, volumes: Iterable<KubeObject>): Map<string, Set<string>> {
  const origin = new Map<string, string>();
  for (const volume of volumes) {
    const { namespace = '', name = '' } = volume.metadata;
    const image = cloneSource(volume, namespace);
    if (image) origin.set(`${namespace}/${name}`, image);
  }
  const users = new Map<string, Set<string>>();
  for (const machine of machines) {
    const { namespace = '', name = '' } = machine.metadata;
    const add = (image: string | undefined): void => {
      if (image) users.set(image, (users.get(image) ?? new Set()).add(`${namespace}/${name}`));
    };
    for (const template of pickList(machine, 'spec', 'dataVolumeTemplates')) add(cloneSource(template, namespace));
    for (const volume of pickList(machine, 'spec', 'template', 'spec', 'volumes')) {
      const disk = pickText(volume, 'dataVolume', 'name') ?? pickText(volume, 'persistentVolumeClaim', 'claimName');
      if (!disk) continue;
      add(origin.get(`${namespace}/${disk}`));
      if (namespace === imageNamespace) add(disk);
    }
  }
  return users;
}
