import {
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EngineContext, EnginePaths } from '../kube/context.ts';
import { virtualMachineSnapshotContents } from '../kube/resources.ts';
import { machineFiles } from '../machine/files.ts';

// What a computer keeps beside its disks: the variables of its UEFI firmware and the memory of its persistent TPM. A disk
// that BitLocker sealed to the TPM, or a boot entry, is worth nothing without them. KubeVirt keeps both in a claim of its
// own (backend storage) that its snapshots take along; here they are files of the machine, and a snapshot copies them.

const root = (paths: EnginePaths): string => join(paths.root, 'firmware');
const folderOf = (paths: EnginePaths, content: string): string => join(root(paths), content);
/** Where a snapshot keeps them, if it does. `content`: the uid of its content. */
export const keptState = (paths: EnginePaths, content: string): { vars: string; tpmState: string } => ({
  vars: join(folderOf(paths, content), 'vars.qcow2'),
  tpmState: join(folderOf(paths, content), 'tpm'),
});

const kept = ({ vars, tpmState }: { vars: string; tpmState: string }): { name: string; path: string }[] => [
  { name: 'vars.qcow2', path: vars },
  { name: 'tpm', path: tpmState },
];
const filesOf = (paths: EnginePaths, identity: string) => kept(machineFiles(paths, identity, identity));

/** Whether a machine has anything of that kind. `identity`: the uid of the VirtualMachine. */
export const hasNvram = (paths: EnginePaths, identity: string): boolean =>
  filesOf(paths, identity).some(({ path }) => existsSync(path));

/**
 * Copies them for a snapshot, also where there are none yet: a machine goes back to that, too. The machine must be off or
 * stand still (`running`): its TPM may end what it was asked just before, so that is copied until it holds still. Throws when
 * a copy fails.
 */
export async function keepNvram(
  { paths }: EngineContext,
  identity: string,
  content: string,
  running: boolean,
): Promise<void> {
  const folder = folderOf(paths, content);
  const temporary = `${folder}.new`;
  try {
    for (let attempt = 1; ; attempt += 1) {
      rmSync(temporary, { recursive: true, force: true });
      mkdirSync(temporary, { recursive: true, mode: 0o700 });
      const before = stamps(paths, identity);
      for (const { name, path } of filesOf(paths, identity)) if (existsSync(path)) copy(path, join(temporary, name));
      if (!running) break;
      await delay(5);
      if (stamps(paths, identity) === before) break;
      if (attempt >= 40) throw new Error('The TPM of the machine did not come to rest, so it could not be kept.');
      await delay(25);
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** What would be different after another write: file numbers, sizes and times. */
function stamps(paths: EnginePaths, identity: string): string {
  const of = (path: string): unknown => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found?.isDirectory()) return found && [path, found.ino, found.size, found.mtimeMs];
    return readdirSync(path).sort().map((name) => of(join(path, name))); // prettier-ignore
  };
  return JSON.stringify(filesOf(paths, identity).map(({ path }) => of(path)));
}

/**
 * Gives a machine that is off what a snapshot kept of them. `fresh`: it was just made of the snapshot, and keeps what it may
 * have by now. May be called again after a crash. A snapshot of an earlier version kept nothing: then all stays.
 */
export function putNvram({ paths }: EngineContext, content: string, identity: string, fresh: boolean): void {
  const folder = folderOf(paths, content);
  if (!existsSync(folder)) return;
  for (const { name, path } of filesOf(paths, identity)) {
    if (fresh && existsSync(path)) continue;
    const source = join(folder, name);
    const next = `${path}.restored`;
    rmSync(next, { recursive: true, force: true });
    if (existsSync(source)) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      copy(source, next);
    }
    // Folders cannot be replaced by one rename; a crash between the two finds the snapshot's again.
    rmSync(path, { recursive: true, force: true });
    if (existsSync(next)) renameSync(next, path);
  }
}

function copy(from: string, to: string): void {
  if (statSync(from).isDirectory()) {
    // Its lock belongs to the emulator that runs.
    cpSync(from, to, { recursive: true, preserveTimestamps: true, filter: (path) => !path.endsWith('.lock') });
  } else copyFileSync(from, to, constants.COPYFILE_FICLONE);
}

export function removeNvram(paths: EnginePaths, content: string): void {
  rmSync(folderOf(paths, content), { recursive: true, force: true });
}

/** Removes those of snapshots that are gone, and half ones. */
export function removeStrayNvram(context: EngineContext): void {
  if (!existsSync(root(context.paths))) return;
  const known = new Set(context.store.list(virtualMachineSnapshotContents).map(({ metadata }) => metadata.uid));
  for (const name of readdirSync(root(context.paths)))
    if (!known.has(name)) rmSync(join(root(context.paths), name), { recursive: true, force: true });
}
