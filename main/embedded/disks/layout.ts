import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { EnginePaths } from '../kube/context.ts';

/** Where everything lies. Overlays name their base relatively, so the data folder may be moved. */
export interface Layout {
  readonly bases: string;
  readonly volumes: string;
  /** What each VolumeSnapshot stands on. */
  readonly snapshots: string;
  readonly scratch: string;
  readonly machines: string;
  /** A claim's own data, if it has any. */
  volume(claimUid: string): string;
  /** What a claim consists of; written last, so its being there means the data is complete. */
  record(claimUid: string): string;
  /** Says that a claim's data may go: its object was about to when this was written. */
  condemned(claimUid: string): string;
  /** What a VolumeSnapshot consists of. */
  snapshot(uid: string): string;
  /** Half-done work of one claim. */
  work(uid: string): string;
  machine(vmiUid: string): string;
}

export function layoutOf(paths: EnginePaths): Layout {
  const bases = join(paths.disks, 'base');
  const volumes = join(paths.disks, 'volumes');
  const snapshots = join(paths.disks, 'snapshots');
  return {
    bases,
    volumes,
    snapshots,
    scratch: paths.scratch,
    machines: paths.machines,
    volume: (uid) => join(volumes, `${uid}.qcow2`),
    record: (uid) => join(volumes, `${uid}.json`),
    condemned: (uid) => join(volumes, `${uid}.condemned`),
    snapshot: (uid) => join(snapshots, `${uid}.json`),
    work: (uid) => join(paths.scratch, uid),
    machine: (uid) => join(paths.machines, uid),
  };
}

export async function makeFolders(layout: Layout): Promise<void> {
  for (const folder of [layout.bases, layout.volumes, layout.snapshots, layout.scratch, layout.machines])
    await mkdir(folder, { recursive: true, mode: 0o700 });
}
