import { rm } from 'node:fs/promises';
import type { KubeObject } from '../../../contract/kube.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { binMachine } from '../../bin/keep.ts';
import { originOf, ownCloudInit } from '../../snapshots/own-data.ts';
import { kinds } from '../../target/kinds.ts';
import { ensureNamespace } from '../../target/namespace.ts';
import { pickList, pickText } from '../../target/pick.ts';
import { quantity } from '../../target/quantity.ts';
import type { OpenTarget } from '../../target/target.ts';
import type { TaskHandle } from '../../tasks/tasks.ts';
import { openMachineFile } from '../file/read.ts';
import { putInOrder } from '../order.ts';
import { makeImport, settleImport, undoImport, undoMarked } from '../read-in.ts';
import type { Imported, Into, Source } from '../read-in.ts';
import { rebuild } from '../rebuild.ts';
import type { MoveRecord, Records } from '../records.ts';
import { closeExport } from '../source.ts';
import { startAgain } from '../start-again.ts';
import { partOf, writeMachineFile } from '../write.ts';
import { adapted } from './adapt.ts';
import { hold, lookAtHeld, orNothing, release } from './hold.ts';
import { forwardPorts } from './ports.ts';

export interface Moving {
  source: OpenTarget;
  dest: OpenTarget;
  records: Records;
  record: MoveRecord;
  /** Of Hearth, told in the file. */
  version: string;
}

export const stepsOf = ({ keep, start }: MoveRecord['input']): string[] => [
  'Prepare the disks', 'Write the file', 'Check the file', 'Make the disks', 'Make the machine', 'Check the copy',
  ...(keep ? [] : ['Put the old one into the bin']),
  ...(start ? ['Start the machine'] : []),
]; // prettier-ignore

const intoOf = ({ input, claims }: MoveRecord): Into => ({
  namespace: input.namespace,
  name: input.newName ?? input.name,
  identity: input.keep ? 'new' : 'same',
  // Last of all, when the old one is gone.
  start: false,
  storageClass: input.storageClass,
  claims,
});

/** The file on the way, as it is meant for the other target. */
function sourceOf({ file, input, held }: MoveRecord): Source {
  return {
    file,
    async open() {
      const found = await openMachineFile(file);
      const { namespace, networks } = input;
      return { ...found, manifest: adapted(found.manifest, { namespace, networks, strategy: held?.strategy }) };
    },
  };
}

/**
 * Brings a machine to another target, or goes on with it. Three phases, each noted before it begins: its file is written; it is
 * made there, under the mark of this move; its old self goes to the bin. Until the last one all of it can be undone, and it
 * begins only when the copy is whole and nobody touched the machine meanwhile. Each step can be done twice.
 * Throws ProblemError (`machine-runs`, `already-exists`, `copy-incomplete`, `source-changed`), KubeError, AbortError.
 */
export async function runMove(moving: Moving, task: TaskHandle): Promise<void> {
  const { source, dest, record, version } = moving;
  const { input } = record;
  if (record.phase === 'out') {
    task.step('Prepare the disks');
    if (!input.keep) await takeHold(moving);
    const keeper = {
      put: (out: MoveRecord['out']) => put(moving, { out }),
      // What is noted is the move; it goes on with the file.
      remove: () => Promise.resolve(),
    };
    await writeMachineFile(source, keeper, record.out, task, version);
    await put(moving, { phase: 'in' });
  }
  const into = intoOf(record);
  if (record.phase === 'in') {
    await ensureNamespace(dest, input.namespace);
    const made = await makeImport(dest, record.id, sourceOf(record), into, task);
    task.step('Check the copy');
    await checkCopy(dest, made);
    // One that somebody deleted meanwhile is whole there and nowhere else: it stays.
    if (record.held && (await lookAtHeld(source, input, record.held)) === 'changed') {
      await undoMove(moving);
      throw new ProblemError({
        code: 'source-changed',
        title: 'The machine was started or changed on the way',
        detail: `${input.name} is not as it was when its disks were read: what was copied is out of date, and was removed again.`,
        fix: 'Shut it down and move it again.',
      });
    }
    await put(moving, { phase: 'ending', made: made.vm.metadata.uid });
  }
  task.update({ cancellable: false, progress: undefined, detail: undefined, secondsLeft: undefined });
  await end(moving, into, task);
}

/** What was written of a machine that was started or changed since is out of date: it is begun anew. */
async function takeHold(moving: Moving): Promise<void> {
  const { source, record } = moving;
  const { input, held } = record;
  if (held?.generation !== undefined) {
    if ((await lookAtHeld(source, input, held)) === 'same') return;
    await closeExport(source, input.namespace, record.out.id);
    await rm(partOf(record.file), { force: true });
    const { manifest: _, ...out } = record.out;
    await put(moving, { held: undefined, out: { ...out, disks: [] } });
  }
  await hold(source, input, (next) => put(moving, { held: next }), record.held);
}

async function put(moving: Moving, change: Partial<MoveRecord>): Promise<void> {
  Object.assign(moving.record, change);
  await moving.records.put(moving.record);
}

/** Its disks are there and as large as they were. What is in them was checked on its way in, by the checksums of the file. */
async function checkCopy({ client }: OpenTarget, { vm, built }: Imported): Promise<void> {
  const namespace = vm.metadata.namespace ?? '';
  const names = pickList(vm, 'spec', 'template', 'spec', 'volumes').map((each) => pickText(each, 'dataVolume', 'name'));
  const wrong: string[] = [];
  for (const { disk, volume } of built.disks) {
    const name = volume.metadata.name ?? '';
    const made = await orNothing(client.get(kinds.dataVolumes, namespace, name));
    const claim = await orNothing(client.get(kinds.persistentVolumeClaims, namespace, name));
    const size = quantity(pickText(claim, 'status', 'capacity', 'storage'));
    if (!names.includes(name)) wrong.push(`The machine does not have the disk ${disk.volume}.`);
    else if (!claim) wrong.push(`The disk ${disk.volume} is not there.`);
    // CDI may have collected the DataVolume of a claim that is done.
    else if (made && pickText(made, 'status', 'phase') !== 'Succeeded') wrong.push(`The disk ${disk.volume} is not whole.`); // prettier-ignore
    else if (size !== undefined && size < disk.size) wrong.push(`The disk ${disk.volume} has ${size} bytes there instead of ${disk.size}.`); // prettier-ignore
  }
  if (wrong.length > 0)
    throw new ProblemError({
      code: 'copy-incomplete',
      title: 'The copy is not whole',
      detail: wrong.join(' '),
      fix: 'The machine is still where it was. Look at the disks on the other target, then go on, or give it up on the import page.',
    });
}

/** What is left once the copy is whole: it stands by itself, the old one goes to the bin, the file goes. */
async function end({ source, dest, records, record }: Moving, into: Into, task: TaskHandle): Promise<void> {
  const { input, held } = record;
  const ref = { namespace: into.namespace, name: into.name };
  const found = await orNothing(dest.client.get(kinds.virtualMachines, ref.namespace, ref.name));
  const vm = found?.metadata.uid === record.made ? found : undefined;
  const { manifest } = await sourceOf(record).open();
  if (vm) {
    await settle(dest, record, vm, into, manifest);
    await forwardPorts(dest, vm, ref, record.ports);
  }
  // Deleted there since: then the one here stays.
  if (held) await (vm ? leave(source, record, task) : release(source, input, held));
  if (input.start && vm) await startAgain(dest, manifest, ref, task);
  // The file is needed as long as there is something to go on with.
  await records.remove(record.id);
  await rm(record.file, { force: true });
}

async function settle(dest: OpenTarget, record: MoveRecord, vm: KubeObject, into: Into, manifest: Imported['manifest']): Promise<void> {
  const built = rebuild(manifest, { ...into, expanded: false, state: true });
  // Of a Secret for firmware state it is not known here whether the target took it.
  const there = await Promise.all(built.secrets.map(({ metadata }) => orNothing(dest.client.get(kinds.secrets, into.namespace, metadata.name ?? '')))); // prettier-ignore
  await settleImport(dest, vm, { disks: built.disks, secrets: there.filter((each) => each !== undefined) });
  await putInOrder(dest, vm, record.order, into);
  if (into.identity === 'new') await ownCloudInit(dest, into, originOf(manifest.machine as unknown as KubeObject, manifest.machine.metadata.name)); // prettier-ignore
} // prettier-ignore

/** The old one goes to the bin, to run as it did when somebody has it back. */
async function leave(source: OpenTarget, { input, held, to }: MoveRecord, task: TaskHandle): Promise<void> {
  if (!held) return;
  task.step('Put the old one into the bin');
  const state = await lookAtHeld(source, input, held);
  const vm = await orNothing(source.client.get(kinds.virtualMachines, input.namespace, input.name));
  const changed = new ProblemError({
    code: 'source-changed',
    title: 'The machine was started or changed on the way',
    detail: `${input.name} is on ${to.name}, whole, as it was when its disks were read. The one here was started or changed since, so it was not put into the bin.`,
    fix: 'Delete the one that you do not want; then give this move up on the import page.',
  });
  if (state === 'changed') throw changed;
  if (vm?.metadata.uid !== held.uid) return;
  const { namespace, name } = input;
  // On its way into the bin already, it is of another generation.
  const generation = state === 'same' ? held.generation : undefined;
  if (!(await binMachine(source, { namespace, name }, undefined, { strategy: held.strategy, generation })))
    throw changed;
}

/** Takes away what was made, here and there; the machine may run again as it did. One that is whole there stays. */
export async function undoMove({ source, dest, records, record }: Partial<Moving> & Pick<Moving, 'records' | 'record'>): Promise<void> {
  const { input, held, phase } = record;
  if (source) await closeExport(source, input.namespace, record.out.id);
  if (dest && phase === 'in') {
    const readable = await sourceOf(record).open().then(() => true, () => false);
    // Without its file, what was made is known by its marks alone.
    await (readable ? undoImport(dest, record.id, sourceOf(record), intoOf(record)) : undoMarked(dest, record.id, input.namespace));
  }
  if (source && held) await release(source, input, held);
  await records.remove(record.id);
  await rm(partOf(record.file), { force: true });
  await rm(record.file, { force: true });
} // prettier-ignore
