import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { ProblemError } from '../../contract/problem.ts';
import { changeMachine } from '../networks/change-machine.ts';
import { isNotFound } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import { pickList, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import { until } from '../snapshots/wait.ts';

/** Milliseconds in which a deleted disk has to be gone. */
const patience = 60_000;
/** What the target noted on a DataVolume; a new one has none of it. */
const noted =
  /^(cdi\.kubevirt\.io\/storage\.(?!bind|deleteAfterCompletion)|hearth\.dev\/(real-size|virtual-size|format|content-sha256|checksum-verified|bytes-))/;

/**
 * Makes a DataVolume anew that holds no data yet, changed by `change`. One that comes of a machine's template is changed
 * there, and made again by the target. Throws a Problem when it has its data by now.
 */
export async function remake(
  target: OpenTarget,
  machine: ObjectRef,
  ref: ObjectRef,
  change: (spec: Record<string, unknown>, annotations: Record<string, string>) => void,
): Promise<void> {
  const { client } = target;
  const volume = await client.get(kinds.dataVolumes, ref.namespace, ref.name);
  if (pickText(volume, 'status', 'phase') === 'Succeeded')
    throw new ProblemError({
      code: 'disk-ready',
      title: 'This disk is ready by now',
      detail: `${ref.name} has its data: it is not made anew, or that would be lost.`,
    });
  let ofTemplate = false;
  if (ref.namespace === machine.namespace)
    await changeMachine(target, machine, (vm) => {
      const template = pickList(vm, 'spec', 'dataVolumeTemplates').find((each) => pickText(each, 'metadata', 'name') === ref.name);
      ofTemplate = template !== undefined;
      if (!template) return false;
      const before = JSON.stringify(template);
      const metadata = (template['metadata'] ??= {}) as { annotations?: Record<string, string> };
      const annotations = { ...metadata.annotations };
      change(template['spec'] as Record<string, unknown>, annotations);
      if (Object.keys(annotations).length > 0) metadata.annotations = annotations;
      else delete metadata.annotations;
      return JSON.stringify(template) !== before;
    }); // prettier-ignore
  await client.delete(kinds.dataVolumes, ref, volume.metadata.uid ? { uid: volume.metadata.uid } : {});
  const over = AbortSignal.timeout(patience);
  const gone = (found: KubeObject | undefined, uid: string | undefined): true | undefined =>
    found?.metadata.uid === uid ? undefined : true;
  await until(target, kinds.dataVolumes, ref, over, (found) => gone(found, volume.metadata.uid));
  if (ofTemplate) return;
  await claimGone(target, ref, volume, over);
  const annotations = Object.fromEntries(Object.entries(volume.metadata.annotations ?? {}).filter(([key]) => !noted.test(key)));
  const spec = structuredClone(volume.spec ?? {});
  change(spec, annotations);
  await client.create(kinds.dataVolumes, {
    apiVersion: volume.apiVersion,
    kind: volume.kind,
    metadata: {
      ...ref,
      ...(volume.metadata.labels && { labels: volume.metadata.labels }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ...(volume.metadata.ownerReferences && { ownerReferences: volume.metadata.ownerReferences }),
    },
    spec,
  });
} // prettier-ignore

/** The claim of a deleted DataVolume goes with it; a new one of the same name would be taken for its own. */
async function claimGone(target: OpenTarget, ref: ObjectRef, owner: KubeObject, signal: AbortSignal): Promise<void> {
  try {
    const claim = await target.client.get(kinds.persistentVolumeClaims, ref.namespace, ref.name);
    if (!claim.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid)) return;
    await until(target, kinds.persistentVolumeClaims, ref, signal, (found) =>
      found?.metadata.uid === claim.metadata.uid ? undefined : true,
    );
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
