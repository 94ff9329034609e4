import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import { orNone } from '../bin/disks.ts';
import { diskSizes } from '../bin/view.ts';
import { imageLabel, imageNamespace } from '../images/manifest.ts';
import { until } from '../snapshots/wait.ts';
import { apiVersionOf, kinds } from '../target/kinds.ts';
import { ensureNamespace } from '../target/namespace.ts';
import { pickList, pickText } from '../target/pick.ts';
import { bytesQuantity } from '../target/quantity.ts';
import type { OpenTarget } from '../target/target.ts';
import type { TaskHandle } from '../tasks/tasks.ts';

const mebi = 2 ** 20;

export async function refuseTakenImage({ client }: Pick<OpenTarget, 'client'>, name: string): Promise<void> {
  if (await client.get(kinds.dataVolumes, imageNamespace, name).catch(orNone))
    throw new ProblemError({
      code: 'already-exists',
      title: 'There is an image of that name already',
      detail: `The library has an image named ${name}.`,
      fix: 'Choose another name.',
      fields: { image: 'taken' },
    });
}

/** The image as a copy of a disk. Pure. */
export function imageOfDisk(disk: KubeObject, image: string, displayName: string): KubeObject {
  const { namespace = '', name = '' } = disk.metadata;
  return {
    apiVersion: apiVersionOf(kinds.dataVolumes),
    kind: kinds.dataVolumes.kind,
    metadata: {
      name: image,
      namespace: imageNamespace,
      labels: { [imageLabel]: 'true', 'app.kubernetes.io/managed-by': 'hearth' },
      annotations: {
        'cdi.kubevirt.io/storage.bind.immediate.requested': 'true',
        'hearth.dev/display-name': displayName,
        'hearth.dev/source': `disk ${namespace}/${name}`,
        'hearth.dev/kind': 'disk',
        'hearth.dev/cloud-init': 'true',
      },
    },
    spec: {
      source: { pvc: { namespace, name } },
      storage: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: bytesQuantity(Math.ceil((diskSizes(disk, undefined).size || mebi) / mebi) * mebi) } }, // prettier-ignore
      },
    },
  };
}

/** Copies; a task that is cancelled, and a copy that fails, leave no image behind. A disk in use is waited for, as CDI does. */
export async function makeImage(
  target: OpenTarget,
  disk: KubeObject,
  input: { image: string; displayName: string },
  task: TaskHandle,
): Promise<void> {
  task.step('Copy the disk');
  const ref = { namespace: imageNamespace, name: input.image };
  await ensureNamespace(target, imageNamespace);
  const made = await target.client.create(kinds.dataVolumes, imageOfDisk(disk, input.image, input.displayName), { signal: task.signal }); // prettier-ignore
  try {
    await until(target, kinds.dataVolumes, ref, task.signal, (volume) => {
      if (!volume || volume.metadata.uid !== made.metadata.uid) return undefined;
      const condition = pickList(volume, 'status', 'conditions').find((each) => each['type'] === 'Running');
      task.update({ detail: pickText(condition, 'message') });
      if (pickText(volume, 'status', 'phase') === 'Failed')
        throw new ProblemError({
          code: 'image-copy-failed',
          title: 'The disk could not be copied',
          detail: pickText(condition, 'message') ?? 'The target gave no reason.',
          fix: 'Stop the machine that has the disk, and try again.',
        });
      return pickText(volume, 'status', 'phase') === 'Succeeded' ? true : undefined;
    });
  } catch (error) {
    await target.client.delete(kinds.dataVolumes, ref, { uid: made.metadata.uid ?? '' }).catch(orNone);
    throw error;
  }
}
