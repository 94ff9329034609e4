import type { BackupPoint } from '../../../contract/backups.ts';
import type { ResticSnapshot } from '../restic/restic.ts';

/** What every snapshot of one point carries. Its last one, the manifest, carries all: a point without one is none. */
export const tags = {
  point: (id: string): string => `hearth-point=${id}`,
  part: (part: 'disk' | 'manifest'): string => `hearth-${part}`,
  scheduled: 'hearth-scheduled',
  disks: (count: number): string => `disks=${count}`,
  size: (bytes: number): string => `size=${bytes}`,
  added: (bytes: number): string => `added=${bytes}`,
} as const;

/** Paths in the repository. Names of namespaces, machines and volumes are DNS names: no part of a path. */
export const paths = {
  disk: (namespace: string, name: string, volume: string, format: string): string => `/hearth/machines/${namespace}/${name}/${volume}.${format}`,
  manifest: (namespace: string, name: string): string => `/hearth/machines/${namespace}/${name}/manifest.json`,
  settings: '/hearth/settings.json',
} as const; // prettier-ignore

/** A point with what it is made of at the place. */
export interface FoundPoint extends BackupPoint {
  manifest: ResticSnapshot;
  disks: ResticSnapshot[];
}

const valueOf = (snapshot: ResticSnapshot, key: string): string | undefined =>
  snapshot.tags?.find((tag) => tag.startsWith(`${key}=`))?.slice(key.length + 1);
const has = (snapshot: ResticSnapshot, tag: string): boolean => snapshot.tags?.includes(tag) ?? false;
const numberOf = (snapshot: ResticSnapshot, key: string): number => {
  const value = Number(valueOf(snapshot, key));
  return Number.isSafeInteger(value) && value >= 0 ? value : 0;
};

/**
 * Sorts a place's snapshots into whole points, the latest first, and what is left of points that were cut. Snapshots that are
 * not Hearth's are in neither. Pure.
 */
export function sortPoints(snapshots: readonly ResticSnapshot[]): { points: FoundPoint[]; cut: ResticSnapshot[] } {
  const byPoint = Map.groupBy(snapshots, (each) => valueOf(each, 'hearth-point') ?? '');
  byPoint.delete('');
  const points: FoundPoint[] = [];
  const cut: ResticSnapshot[] = [];
  for (const [id, all] of byPoint) {
    const manifest = all.find((each) => has(each, tags.part('manifest')));
    const disks = all.filter((each) => has(each, tags.part('disk')));
    const [path = ''] = manifest?.paths ?? [];
    const machine = /^\/hearth\/machines\/([^/]+)\/([^/]+)\/manifest\.json$/.exec(path);
    if (!manifest || disks.length < numberOf(manifest, 'disks') || !(machine || path === paths.settings)) {
      cut.push(...all);
      continue;
    }
    points.push({
      id,
      kind: machine ? 'machine' : 'settings',
      namespace: machine?.[1] ?? '',
      name: machine?.[2] ?? '',
      at: new Date(manifest.time).toISOString(),
      host: manifest.hostname,
      byHand: !has(manifest, tags.scheduled),
      size: numberOf(manifest, 'size'),
      added: numberOf(manifest, 'added'),
      manifest,
      disks,
    });
  }
  points.sort((a, b) => b.at.localeCompare(a.at) || a.name.localeCompare(b.name));
  return { points, cut };
}

export const toldPoint = ({ id, kind, namespace, name, at, host, byHand, size, added }: FoundPoint): BackupPoint => ({ id, kind, namespace, name, at, host, byHand, size, added }); // prettier-ignore
export const idsOf = ({ manifest, disks }: FoundPoint): string[] => [manifest, ...disks].map(({ id }) => id);
