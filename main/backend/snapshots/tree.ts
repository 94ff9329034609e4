import type { KubeObject } from '../../contract/kube.ts';
import type { SnapshotRow, SnapshotTree } from '../../contract/snapshots.ts';
import { pick, pickList, pickText, pickTexts } from '../target/pick.ts';
import {
  askedAtAnnotation,
  checkpointLabel,
  diskSizeAnnotation,
  memoryMissingAnnotation,
  memorySizeAnnotation,
  parentsAnnotation,
} from './names.ts';
import { scheduleView } from './schedule/due.ts';
import { scheduledLabel } from './schedule/written.ts';

export interface TreeSources {
  vm: KubeObject;
  vmi: KubeObject | undefined;
  /** Of its namespace; others are passed over. */
  snapshots: readonly KubeObject[];
  restores: readonly KubeObject[];
}

/** The snapshots of a machine as a tree. Pure. */
export function snapshotTree({ vm, vmi, snapshots, restores }: TreeSources, now = Date.now()): SnapshotTree {
  const own = snapshots.filter((snapshot) => isOf(snapshot, vm) && !isCheckpoint(snapshot)).sort(byTime);
  const { parents, here } = lineage(
    own,
    restores.filter((restore) => isBack(restore, vm) && !isCheckpoint(restore)),
  );
  const volumes = pickList(vm, 'spec', 'template', 'spec', 'volumes');
  const anew = new Set(volumes.filter((each) => !holdsData.some((kind) => kind in each)).map((each) => each['name']));
  const rows = own.map((snapshot) => {
    const row = rowOf(snapshot, parents.get(nameOf(snapshot)));
    return { ...row, excluded: row.excluded.filter((name) => !anew.has(name)) };
  });
  const statuses = pickList(vm, 'status', 'volumeSnapshotStatuses');
  const names = volumes.map((volume) => pickText(volume, 'name') ?? '');
  const enabled = (name: string): boolean => statuses.some((each) => each['name'] === name && each['enabled'] === true);
  const taking = pickText(vm, 'status', 'snapshotInProgress');
  const restoring = pickText(vm, 'status', 'restoreInProgress');
  const noMemory = memoryLack(vm, vmi);
  const schedule = scheduleView(vm, now);
  return {
    rows,
    ...(here === undefined ? {} : { here }),
    running: vmi !== undefined && !['Succeeded', 'Failed'].includes(pickText(vmi, 'status', 'phase') ?? ''),
    ...(restoring ? { busy: { kind: 'restore', name: restoring } } : taking ? { busy: { kind: 'snapshot', name: taking } } : {}), // prettier-ignore
    included: names.filter(enabled),
    excluded: names
      .filter((name) => !enabled(name) && !anew.has(name))
      .map((name) => ({
        name,
        reason: pickText(statuses.find((each) => each['name'] === name), 'reason') ?? 'The target has not said yet whether it can be in a snapshot.', // prettier-ignore
      })),
    ...(noMemory === undefined ? {} : { noMemory }),
    ...(schedule && { schedule }),
  };
}

/**
 * Volumes that can hold what a user would miss. All others (cloud-init, sysprep, config maps...) are written anew from the
 * machine's settings at each start: that a snapshot leaves them out is no news.
 */
const holdsData = ['dataVolume', 'persistentVolumeClaim', 'emptyDisk', 'hostDisk', 'ephemeral', 'memoryDump'];

/** Of a lab's checkpoint, which is shown with the lab. */
const isCheckpoint = ({ metadata }: KubeObject): boolean => metadata.labels?.[checkpointLabel] !== undefined;
const nameOf = (object: KubeObject): string => object.metadata.name ?? '';
const timeOf = (snapshot: KubeObject): string =>
  pickText(snapshot, 'status', 'creationTime') ?? snapshot.metadata.creationTimestamp ?? '';
const askedAt = (object: KubeObject): string => object.metadata.annotations?.[askedAtAnnotation] ?? '';
const byTime = (a: KubeObject, b: KubeObject): number =>
  timeOf(a).localeCompare(timeOf(b)) || askedAt(a).localeCompare(askedAt(b)) || nameOf(a).localeCompare(nameOf(b));

/** A snapshot knows its machine by uid once it has begun, before that by name. */
export function isOf(snapshot: KubeObject, vm: KubeObject): boolean {
  const uid = pickText(snapshot, 'status', 'sourceUID');
  if (uid !== undefined) return uid === vm.metadata.uid;
  return pickText(snapshot, 'spec', 'source', 'name') === vm.metadata.name;
}

const isBack = (restore: KubeObject, vm: KubeObject): boolean =>
  pickText(restore, 'spec', 'target', 'name') === vm.metadata.name &&
  pick(restore, 'status', 'complete') === true &&
  (restore.metadata.ownerReferences?.some((owner) => owner.uid === vm.metadata.uid) ?? true);

/**
 * Which snapshot each went on from. Ours say it themselves (an annotation with their whole line, nearest first, so that a
 * deleted one is passed over); for others it follows from the order of snapshots and restores.
 */
function lineage(
  snapshots: readonly KubeObject[],
  restores: readonly KubeObject[],
): { parents: Map<string, string>; here: string | undefined } {
  const known = new Set(snapshots.map(nameOf));
  const parents = new Map<string, string>();
  const events = [
    ...snapshots.map((object) => ({ at: timeOf(object), asked: askedAt(object), snapshot: nameOf(object), object })),
    ...restores.map((object) => ({ at: pickText(object, 'status', 'restoreTime') ?? '', asked: askedAt(object), snapshot: pickText(object, 'spec', 'virtualMachineSnapshotName') ?? '', object: undefined })), // prettier-ignore
  ].sort((a, b) => a.at.localeCompare(b.at) || a.asked.localeCompare(b.asked) || Number(!a.object) - Number(!b.object));
  let here: string | undefined;
  for (const { snapshot, object } of events) {
    if (object) {
      const said = object.metadata.annotations?.[parentsAnnotation];
      const parent = said === undefined ? here : said.split(',').find((name) => known.has(name));
      if (parent !== undefined && parent !== snapshot) parents.set(snapshot, parent);
      if (pickText(object, 'status', 'phase') === 'Failed') continue;
      here = snapshot;
    } else if (known.has(snapshot)) here = snapshot;
  }
  return { parents, here };
}

/** The line of a snapshot that is taken now: the one the machine goes on from, its parent, and so on. Pure. */
export function lineOf(tree: SnapshotTree): string[] {
  const line: string[] = [];
  for (let at = tree.here; at !== undefined && !line.includes(at);)
    at = (line.push(at), tree.rows.find((row) => row.name === line.at(-1))?.parent);
  return line;
}

function rowOf(snapshot: KubeObject, parent: string | undefined): SnapshotRow {
  const annotations = snapshot.metadata.annotations ?? {};
  const description = annotations['description'] ?? annotations['hearth.dev/description'];
  const indications = pickTexts(snapshot, 'status', 'indications');
  const state = stateOf(snapshot);
  const detail = state === 'ready' ? undefined : detailOf(snapshot);
  const memory = Number(annotations[memorySizeAnnotation]);
  const size = Number(annotations[diskSizeAnnotation]);
  return {
    uid: snapshot.metadata.uid ?? '',
    name: nameOf(snapshot),
    ...(description ? { description } : {}),
    at: timeOf(snapshot),
    state,
    ...(detail ? { detail } : {}),
    ...(parent === undefined ? {} : { parent }),
    ...(memory > 0 ? { memory } : {}),
    ...(annotations[memoryMissingAnnotation] ? { memoryMissing: annotations[memoryMissingAnnotation] } : {}),
    ...(annotations[diskSizeAnnotation] !== undefined && Number.isFinite(size) ? { size } : {}),
    included: pickTexts(snapshot, 'status', 'snapshotVolumes', 'includedVolumes'),
    excluded: pickTexts(snapshot, 'status', 'snapshotVolumes', 'excludedVolumes'),
    guest: !indications.includes('Online')
      ? 'off'
      : indications.includes('Paused')
        ? 'paused'
        : indications.includes('GuestAgent') && !indications.includes('QuiesceFailed')
          ? 'frozen'
          : 'crash',
    ...(snapshot.metadata.labels?.[scheduledLabel] === undefined ? {} : { scheduled: true as const }),
  };
}

function stateOf(snapshot: KubeObject): SnapshotRow['state'] {
  if (snapshot.metadata.deletionTimestamp) return 'deleting';
  const phase = pickText(snapshot, 'status', 'phase');
  if (phase === 'Failed') return 'failed';
  if (phase !== 'Succeeded') return 'taking';
  return pick(snapshot, 'status', 'readyToUse') === true ? 'ready' : 'lost';
}

function detailOf(snapshot: KubeObject): string | undefined {
  const conditions = pickList(snapshot, 'status', 'conditions');
  const failure = conditions.find((each) => each['type'] === 'Failure' && each['status'] === 'True');
  const progress = conditions.find((each) => each['type'] === 'Progressing');
  return (
    pickText(snapshot, 'status', 'error', 'message') ?? pickText(failure, 'reason') ?? pickText(progress, 'reason')
  );
}

/** Why a snapshot of this machine cannot have its memory; undefined when it can. */
function memoryLack(vm: KubeObject, vmi: KubeObject | undefined): string | undefined {
  if (pickText(vmi, 'status', 'phase') !== 'Running') return 'The machine is off: it has no memory to keep.';
  const lost = pickList(vm, 'spec', 'template', 'spec', 'volumes').find(
    (volume) => volume['emptyDisk'] !== undefined || volume['ephemeral'] !== undefined,
  );
  if (!lost) return undefined;
  return `The disk ${pickText(lost, 'name')} is thrown away at each stop: memory that knows its content could not be used again.`;
}
