import type { ObjectRef } from '../../../contract/machine-ref.ts';
import { transferText } from '../../images/follow.ts';
import { kinds } from '../../target/kinds.ts';
import { isNotFound } from '../../target/kube-error.ts';
import { pickList } from '../../target/pick.ts';
import type { OpenTarget } from '../../target/target.ts';
import type { TaskHandle } from '../../tasks/tasks.ts';
import { claimOf, describeMachine } from '../../transfer/describe.ts';
import { orderOf } from '../../transfer/order.ts';
import { openExport } from '../../transfer/source.ts';
import { exportedState } from '../../transfer/state.ts';
import { monotonic } from '../../../contract/monotonic.ts';
import { pointSchema } from '../points/manifest.ts';
import type { PointManifest } from '../points/manifest.ts';
import { paths, tags } from '../points/tags.ts';
import { keepStream } from '../restic/restic.ts';
import type { Repository } from '../restic/repository.ts';
import { diskLink, openDisk } from './disk.ts';
import { networksOf } from './extras.ts';

export interface Taking {
  target: OpenTarget;
  repository: Repository;
  /** Names this Hearth at the place. */
  host: string;
  scheduled: boolean;
  /** Of Hearth. */
  version: string;
  task: TaskHandle;
  /** What part of the task's progress this machine is: 0..1. */
  share: { from: number; part: number };
}

/**
 * Keeps one machine as a point `id`: its disks as they are at one moment, then the manifest with which it begins to be.
 * Resolves with the bytes that were new. What it makes on the target goes by `closeExport` with the same id, however it ended.
 * Throws ProblemError, AbortError.
 */
export async function takeMachine(taking: Taking, id: string, ref: ObjectRef): Promise<number> {
  const { target, repository, host, scheduled, version, task, share } = taking;
  const { namespace, name } = ref;
  const vm = await target.client.get(kinds.virtualMachines, namespace, name, task.signal);
  const about = await describeMachine(target, vm, { ...ref, secrets: true });
  const ran = await runs(target, ref);
  const networks = await networksOf(target, vm);
  const at = new Date();
  const common = [tags.point(id), ...(scheduled ? [tags.scheduled] : [])];
  const volumes = pickList(vm, 'spec', 'template', 'spec', 'volumes');
  const total = about.disks.reduce((sum, { size }) => sum + size, 0);
  const kept: PointManifest['disks'] = [];
  let added = 0;
  let before = 0;
  // Preparing and sending are told as halves.
  const first = { ...task, update: scaled(task, share.from, share.part / 2) };
  const made = about.disks.length > 0 ? await openExport(target, id, ref, first, 'qcow2-plain') : undefined;
  const firmware = await exportedState(target, made?.object);
  for (const { volume, size } of about.disks) {
    if (!made) throw new Error('a machine with disks has no export');
    const names = [volume, claimOf(volumes.find((each) => each['name'] === volume)) ?? ''];
    const began = monotonic();
    let told = 0;
    const link = diskLink(made.object, names);
    const format = link.format === 'qcow2-plain' ? 'qcow2' : 'raw';
    const stream = await openDisk(target, link, made.token, task.signal, (done, of = size) => {
      if (monotonic() - told < 250) return;
      told = monotonic();
      const part = Math.min(1, (before + size * Math.min(1, done / Math.max(1, of))) / Math.max(1, total));
      const rate = (done / Math.max(1, told - began)) * 1000;
      const { detail } = transferText(done, of, rate);
      task.update({ progress: share.from + share.part * (0.5 + part / 2), detail: `${name}, ${volume}: ${detail}` });
    });
    const path = paths.disk(namespace, name, volume, format);
    added += await keepStream(repository, { path, host, at, tags: [...common, tags.part('disk')] }, stream.bytes, task.signal); // prettier-ignore
    kept.push({ volume, path, format, size, ...stream.told() });
    before += size;
  }
  const { disks: _, ...bare } = about;
  const manifest: PointManifest = {
    format: 'hearth-backup',
    version: 1,
    namespace,
    target: target.state.value.name,
    vm: { ...bare, ...(firmware && { firmware }), made: at.toISOString(), by: `Hearth ${version}` },
    disks: kept,
    networks,
    ran,
    ...orderOf(vm),
  };
  const text = JSON.stringify(pointSchema.parse(manifest));
  const all = [...common, tags.part('manifest'), tags.disks(kept.length), tags.size(total), tags.added(added)];
  const path = paths.manifest(namespace, name);
  await keepStream(repository, { path, host, at, tags: all }, oneOf(text), task.signal);
  return added;
}

const runs = ({ client }: OpenTarget, { namespace, name }: ObjectRef): Promise<boolean> =>
  client.get(kinds.virtualMachineInstances, namespace, name).then(
    () => true,
    (error: unknown) => {
      if (isNotFound(error)) return false;
      throw error;
    },
  );

/** Progress of a part of the work as that of the whole. */
const scaled =
  (task: TaskHandle, from: number, part: number): TaskHandle['update'] =>
  (fields) =>
    // What is prepared is told as 0..0.6 of an export.
    task.update({ ...fields, ...(fields.progress !== undefined && { progress: from + part * Math.min(1, fields.progress / 0.6) }) }); // prettier-ignore

// oxlint-disable-next-line require-await -- a stream of one
export async function* oneOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
