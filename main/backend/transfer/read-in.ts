import type { KubeObject } from '../../contract/kube.ts';
import type { ImportMachine } from '../../contract/transfer.ts';
import { refuseDisksInBin } from '../bin/taken.ts';
import { carriesState } from '../clones/plan.ts';
import { originOf, ownCloudInit } from '../snapshots/own-data.ts';
import { kinds } from '../target/kinds.ts';
import type { Kind } from '../target/kinds.ts';
import { isNotFound } from '../target/kube-error.ts';
import { pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import type { TaskHandle } from '../tasks/tasks.ts';
import { openMachineFile } from './file/read.ts';
import type { MachineFile } from './file/machine-file.ts';
import { importAnnotation, marked, mine, taken } from './mark.ts';
import { rebuild } from './rebuild.ts';
import type { Rebuilt, Where } from './rebuild.ts';
import { makeDisk } from './send-disk.ts';
import { startAgain } from './start-again.ts';

/** Where a machine comes from. `file`: what its disks lie in unless they say otherwise. */
export interface Source {
  file: string;
  open(): Promise<MachineFile>;
}
export const fileSource = (file: string, choices: Pick<ImportMachine, 'networks' | 'hardware'>): Source => ({
  file,
  open: () => openMachineFile(file, choices),
});
/** What becomes of it on the target. `storageClass`, `claims`: see rebuild.ts. */
export type Into = Pick<ImportMachine, 'namespace' | 'name' | 'identity' | 'start'> & Pick<Where, 'storageClass' | 'claims'>; // prettier-ignore

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
  const { vm, built, manifest } = await makeImport(target, id, from, input, task);
  await settleImport(target, vm, built);
  await ownName(target, manifest, input);
  if (input.start) await startAgain(target, manifest, input, task);
  return vm;
}

export interface Imported {
  vm: KubeObject;
  built: Rebuilt;
  manifest: MachineFile['manifest'];
}
/** The first part of it: all is there, and still carries the mark of its import, by which `undoImport` finds it. */
export async function makeImport(
  target: OpenTarget,
  id: string,
  from: Source,
  input: Into,
  task: TaskHandle,
): Promise<Imported> {
  const { client } = target;
  const { namespace, name } = input;
  task.step('Check the file');
  const { manifest, disks } = await from.open();
  const expanded = await needsExpanded(target, manifest.machine);
  const built = rebuild(manifest, { ...input, expanded, state: carriesState(target.state.value.capabilities) });
  const there = await ownBefore(target, id, input);
  // Made last: where it is there, so is the rest.
  if (there) return { vm: there, built, manifest };
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
  return { vm, built, manifest };
}

/** cloud-init of a new machine says the new name. */
async function ownName(target: OpenTarget, { machine }: MachineFile['manifest'], input: Into): Promise<void> {
  const { namespace, name, identity } = input;
  if (identity === 'new') await ownCloudInit(target, { namespace, name }, originOf(machine as unknown as KubeObject, machine.metadata.name)); // prettier-ignore
}

/** The machine, where this very import made it before it was cut. Throws `already-exists` where somebody else did. */
async function ownBefore({ client }: OpenTarget, id: string, { namespace, name }: Into): Promise<KubeObject | undefined> {
  const found = await client.get(kinds.virtualMachines, namespace, name).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  if (found && found.metadata.annotations?.[importAnnotation] !== id) throw taken(found);
  return found;
} // prettier-ignore

/** Takes away what an import made. */
export async function undoImport({ client }: OpenTarget, id: string, from: Source, input: Into): Promise<void> {
  const { manifest } = await from.open();
  const { namespace } = input;
  const built = rebuild(manifest, { ...input, expanded: false, state: true });
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

/** The same where its file cannot be read any more: by the marks of what lies in the namespace. */
export async function undoMarked({ client }: OpenTarget, id: string, namespace: string): Promise<void> {
  for (const kind of [kinds.virtualMachines, kinds.dataVolumes, kinds.secrets])
    for (const { metadata } of await client.list(kind, namespace))
      if (metadata.annotations?.[importAnnotation] === id)
        await client.delete(kind, { namespace, name: metadata.name ?? '' }).catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        });
}

/** The end of it: disks and secrets go with their machine, as those of machines made by the wizard; the marks are gone. */
export async function settleImport(
  { client }: OpenTarget,
  vm: KubeObject,
  built: Pick<Rebuilt, 'disks' | 'secrets'>,
): Promise<void> {
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
