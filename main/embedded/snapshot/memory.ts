import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineContext, EnginePaths } from '../kube/context.ts';
import { virtualMachineSnapshotContents } from '../kube/resources.ts';
import type { StateNeeds } from './state-key.ts';

export interface StateRecord extends StateNeeds {
  bytes: number;
}
/** Where the state of a snapshot's content lies, whole or not at all. */
export const stateFolder = (paths: EnginePaths, content: string): string => join(paths.root, 'states', content);

/** Bytes of a saved state; undefined where there is none. */
export function savedState(paths: EnginePaths, content: string): StateRecord | undefined {
  try {
    const state = JSON.parse(readFileSync(join(stateFolder(paths, content), 'state.json'), 'utf8')) as StateRecord;
    // One of an earlier version does not say what its devices were.
    return (state.shape as unknown) ? state : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The file that QEMU reads a state from. */
export const stateFile = (paths: EnginePaths, content: string): string => join(stateFolder(paths, content), 'memory');

export function removeState(paths: EnginePaths, content: string): void {
  rmSync(stateFolder(paths, content), { recursive: true, force: true });
}

/** Removes states of snapshots that are gone, and half ones. */
export function removeStrayStates(context: EngineContext): void {
  const folder = join(context.paths.root, 'states');
  if (!existsSync(folder)) return;
  const known = new Set(context.store.list(virtualMachineSnapshotContents).map(({ metadata }) => metadata.uid));
  for (const name of readdirSync(folder))
    if (!known.has(name)) rmSync(join(folder, name), { recursive: true, force: true });
}
