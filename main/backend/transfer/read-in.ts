import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { ImportMachine } from '../../contract/transfer.ts';
import { refuseDisksInBin } from '../bin/taken.ts';
import { transferText } from '../images/follow.ts';
import { carriesState } from '../clones/plan.ts';
import { sendUpload } from '../images/upload-proxy.ts';
import { originOf, ownCloudInit } from '../snapshots/own-data.ts';
import { failed, until } from '../snapshots/wait.ts';
import { kinds } from '../target/kinds.ts';
import type { Kind } from '../target/kinds.ts';
import { isNotFound, KubeError } from '../target/kube-error.ts';
import { pickList, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import type { TaskHandle } from '../tasks/tasks.ts';
import { openMachineFile } from './file/read.ts';
import type { MachineFile } from './file/machine-file.ts';
import { damaged } from './file/tar.ts';
import { rebuild } from './rebuild.ts';
import type { Rebuilt } from './rebuild.ts';
import { startAgain } from './start-again.ts';
import { monotonic } from '../../contract/monotonic.ts';

type Disk = MachineFile['disks'][number];
const attempts = 3;
/** Says of a disk which import made it: another one's is never taken for ours. */
export const importAnnotation = 'hearth.dev/import';

/** Where a machine comes from. `file`: what its disks lie in unless they say otherwise. */
export interface Source {
  file: string;
  open(): Promise<MachineFile>;
}
export const fileSource = (file: string, choices: Pick<ImportMachine, 'networks' | 'hardware'>): Source => ({
  file,
  open: () => openMachineFile(file, choices),
});
type Into = Pick<ImportMachine, 'namespace' | 'name' | 'identity' | 'start'>;

/** Whether instance type and preference of a machine are missing on the target, so that its expanded form is needed. */
export async function needsExpanded(
  { client }: OpenTarget,
  machine: { spec: Record<string, unknown> },
): Promise<boolean> {
  for (const [field, kind] of [
    ['instancetype', kinds.instancetypes],
    ['preference', kinds.preferences],
  ] as const) {
    const name = pickText(machine.spec, field, 'name');
    if (name === undefined) continue;
    // Those of a namespace are never the same elsewhere.
    if (/^virtualmachine(instancetype|preference)$/i.test(pickText(machine.spec, field, 'kind') ?? '')) return true;
    try {
      await client.get(kind, undefined, name);
    } catch (error) {
      if (isNotFound(error)) return true;
      throw error;
    }
  }
  return false;
}

/** Makes a machine of a file, or goes on: disks that are done are left alone, one that was cut is sent again. */
export async function importMachine(
  target: OpenTarget,
  id: string,
  from: Source,
  input: Into,
  task: TaskHandle,
): Promise<KubeObject> {
  const { client } = target;
  const { namespace, name } = input;
  task.step('Check the file');
  const { manifest, disks } = await from.open();
  const expanded = await needsExpanded(target, manifest.machine);
  const built = rebuild(manifest, {
    namespace,
    name,
    identity: input.identity,
    expanded,
    state: carriesState(target.state.value.capabilities),
  });
  await refuseOthers(target, id, input);
  await refuseDisksInBin(target, namespace, [built.machine]);
  task.step('Make the disks');
  const total = disks.reduce((sum, { stored }) => sum + stored, 0);
  let before = 0;
  for (const disk of disks) {
    const volume = built.disks.find((each) => each.disk.volume === disk.volume)?.volume;
    if (volume) await makeDisk(target, id, from.file, disk, volume, task, { before, total });
    before += disk.stored;
  }
  task.step('Make the machine');
  task.update({ progress: undefined, detail: undefined, secondsLeft: undefined });
  for (const secret of built.secrets) await mine(client.create(kinds.secrets, marked(secret, id)), () => client.get(kinds.secrets, namespace, secret.metadata.name ?? ''), id); // prettier-ignore
  const vm = await mine(
    client.create(kinds.virtualMachines, marked(built.machine, id), { signal: task.signal }),
    () => client.get(kinds.virtualMachines, namespace, name),
    id,
  );
  await own(target, vm, built);
  if (input.identity === 'new')
    await ownCloudInit(
      target,
      { namespace, name },
      originOf(manifest.machine as unknown as KubeObject, manifest.machine.metadata.name),
    );
  if (input.start) await startAgain(target, manifest, input, task);
  return vm;
}

/** A machine of that name that this import did not make. */
async function refuseOthers({ client }: OpenTarget, id: string, { namespace, name }: Into): Promise<void> {
  const found = await client.get(kinds.virtualMachines, namespace, name).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  if (found && found.metadata.annotations?.[importAnnotation] !== id) throw taken(found);
}
const taken = (found: KubeObject): ProblemError =>
  new ProblemError({
    code: 'already-exists',
    title: 'There is something of that name already',
    detail: `${found.kind} ${found.metadata.name} was not made by this import.`,
    fix: 'Choose another name for the machine.',
    fields: { name: 'taken' },
  });

/** Takes away what an import made. */
export async function undoImport({ client }: OpenTarget, id: string, from: Source, input: Into): Promise<void> {
  const { manifest } = await from.open();
  const { namespace, name, identity } = input;
  const built = rebuild(manifest, { namespace, name, identity, expanded: false, state: true });
  const remove = async (kind: Kind, object: KubeObject): Promise<void> => {
    const ref = { namespace, name: object.metadata.name ?? '' };
    try {
      const found = await client.get(kind, namespace, ref.name);
      if (found.metadata.annotations?.[importAnnotation] === id) await client.delete(kind, ref);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  };
  await remove(kinds.virtualMachines, built.machine);
  for (const { volume } of built.disks) await remove(kinds.dataVolumes, volume);
  for (const secret of built.secrets) await remove(kinds.secrets, secret);
}

const marked = (object: KubeObject, id: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [importAnnotation]: id } },
});

/** One that is there already is good when this very import made it (before it was cut). */
async function mine(create: Promise<KubeObject>, get: () => Promise<KubeObject>, id: string): Promise<KubeObject> {
  try {
    return await create;
  } catch (error) {
    if (!(error instanceof KubeError) || error.code !== 409) throw error;
    const found = await get();
    if (found.metadata.annotations?.[importAnnotation] === id) return found;
    throw taken(found);
  }
}

const isDone = (volume: KubeObject | undefined): boolean => pickText(volume, 'status', 'phase') === 'Succeeded';

async function makeDisk(
  target: OpenTarget,
  id: string,
  file: string,
  disk: Disk,
  wanted: KubeObject,
  task: TaskHandle,
  count: { before: number; total: number },
): Promise<void> {
  const { client } = target;
  const ref = { namespace: wanted.metadata.namespace ?? '', name: wanted.metadata.name ?? '' };
  const kind = kinds.dataVolumes;
  // Of a try that was cut: CDI does not take it again where its claim is there.
  const cut = await client.get(kind, ref.namespace, ref.name).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  const ours = cut?.metadata.annotations?.[importAnnotation] === id ? cut : undefined;
  const made = ours ?? await mine(client.create(kind, marked(wanted, id), { signal: task.signal }), () => client.get(kind, ref.namespace, ref.name), id); // prettier-ignore
  const reaches = (phases: readonly string[]): Promise<string> =>
    until(target, kind, ref, task.signal, (volume) => {
      if (!volume || volume.metadata.uid !== made.metadata.uid) return undefined;
      const phase = pickText(volume, 'status', 'phase') ?? '';
      const running = pickList(volume, 'status', 'conditions').find((each) => each['type'] === 'Running');
      if (phase === 'Failed')
        throw failed(`The target does not take the disk ${disk.volume}`, pickText(running, 'message') ?? 'It gave no reason.', 'The file may be damaged or hostile: export the machine again.', 'import-disk-refused'); // prettier-ignore
      return phases.includes(phase) ? phase : undefined;
    });
  for (let attempt = 1; ; attempt += 1) {
    if ((await reaches(['UploadReady', 'Succeeded'])) === 'Succeeded') return;
    try {
      await send(target, ref, disk.path ?? file, disk, task, count);
      break;
    } catch (error) {
      if (task.signal.aborted) throw error;
      if (error instanceof KubeError && error.code === 409) break;
      const passing = error instanceof KubeError && [0, 401, 503].includes(error.code);
      if (!passing || attempt === attempts) throw error;
      await wait(1000 * attempt, undefined, { signal: task.signal });
    }
  }
  task.update({ detail: 'Checking and converting', secondsLeft: undefined });
  await reaches(['Succeeded']);
  if (!isDone(await client.get(kind, ref.namespace, ref.name))) throw new Error(`${ref.name} changed meanwhile`);
}

/** CDI takes a disk as one request from its first byte. The last bytes go only when the checksum is right. */
async function send(
  target: OpenTarget,
  ref: { namespace: string; name: string },
  file: string,
  disk: Disk,
  task: TaskHandle,
  { before, total }: { before: number; total: number },
): Promise<void> {
  const request = await target.client.create(kinds.uploadTokenRequests, {
    apiVersion: 'upload.cdi.kubevirt.io/v1beta1',
    kind: 'UploadTokenRequest',
    metadata: ref,
    spec: { pvcName: ref.name },
  });
  const token = pickText(request, 'status', 'token') ?? '';
  const wrong = damaged(`The disk ${disk.volume} is not what was exported: its checksum is another.`);
  let bad = false;
  let broken: ProblemError | undefined;
  const hash = disk.sum && createHash(disk.sum.algorithm);
  let seen = 0;
  let told = 0;
  const began = monotonic();
  let held: Buffer | undefined;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      hash?.update(chunk);
      seen += chunk.length;
      if (monotonic() - told > 250) {
        told = monotonic();
        const rate = (seen / Math.max(1, told - began)) * 1000;
        task.update({ progress: (before + seen) / total, ...transferText(before + seen, total, rate) });
      }
      const ready = held;
      held = chunk;
      next(null, ready);
    },
    flush(next) {
      if (hash && hash.digest('hex') !== disk.sum?.hex) {
        bad = true;
        return next(wrong);
      }
      next(null, held);
    },
  });
  try {
    await sendUpload(target.client, {
      token,
      size: disk.stored,
      signal: task.signal,
      body() {
        const source =
          disk.open?.(task.signal) ??
          createReadStream(file, { start: disk.at, end: disk.at + disk.stored - 1, highWaterMark: 1024 * 1024 });
        source.on('error', (error: Error) => {
          if (error instanceof ProblemError) broken = error;
          check.destroy(error);
        });
        check.once('close', () => source.destroy());
        return source.pipe(check);
      },
    });
  } catch (error) {
    if (bad) throw wrong;
    if (broken) throw broken;
    throw error;
  }
}

/** Disks and secrets go with their machine, as those of machines made by the wizard. */
async function own({ client }: OpenTarget, vm: KubeObject, built: Rebuilt): Promise<void> {
  const { namespace } = vm.metadata;
  const owner = { apiVersion: vm.apiVersion, kind: vm.kind, name: vm.metadata.name, uid: vm.metadata.uid };
  const patch = { metadata: { ownerReferences: [owner], annotations: { [importAnnotation]: null } } };
  for (const [kind, objects] of [
    [kinds.dataVolumes, built.disks.map(({ volume }) => volume)],
    [kinds.secrets, built.secrets],
  ] as const)
    for (const { metadata } of objects)
      await client.patch(kind, { ...(namespace && { namespace }), name: metadata.name ?? '' }, patch);
  await client.patch(kinds.virtualMachines, { ...(namespace && { namespace }), name: vm.metadata.name ?? '' }, { metadata: { annotations: { [importAnnotation]: null } } }); // prettier-ignore
}
