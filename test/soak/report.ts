import type { Sample } from './sample.ts';
import type { Slope, Tolerance } from './verdict.ts';

/**
 * Machines that must have come and gone in the first third before memory is judged: the engine keeps the last 10,000 changes for
 * watches that take up where they left off, and 2,000 events; about sixty and ten of them are of one machine.
 */
export const warmMachines = 120;

/**
 * What may grow by how much from the second third of a run to its last. Resident memory is the allocator's as much as ours and
 * jumps; the live heap after a collection does not.
 */
export const tolerances: readonly (Tolerance & { of: (sample: Sample) => number | undefined })[] = [
  { what: 'memory of the backend', unit: 'MiB', share: 0.06, least: 8, of: ({ backend }) => backend.rss },
  { what: 'live heap of the backend', unit: 'MiB', share: 0.03, least: 1.5, of: ({ backend }) => backend.heap },
  { what: 'memory of the engine', unit: 'MiB', share: 0.06, least: 8, of: ({ engine }) => engine.rss },
  { what: 'live heap of the engine', unit: 'MiB', share: 0.03, least: 1.5, of: ({ engine }) => engine.heap },
  { what: 'sockets of the backend', unit: '', share: 0, least: 3, of: ({ backend }) => backend.sockets },
  { what: 'sockets of the engine', unit: '', share: 0, least: 3, of: ({ engine }) => engine.sockets },
  { what: 'descriptors of the backend', unit: '', share: 0, least: 4, of: ({ backend }) => backend.descriptors },
  { what: 'descriptors of the engine', unit: '', share: 0, least: 4, of: ({ engine }) => engine.descriptors },
  { what: 'threads of both', unit: '', share: 0, least: 1, of: ({ backend, engine }) => backend.threads + engine.threads },
  { what: 'processes', unit: '', share: 0, least: 1.5, of: ({ processes }) => Object.values(processes).reduce((sum, count) => sum + count, 0) },
  { what: 'files of the data directory', unit: '', share: 0.02, least: 12, of: ({ files }) => files },
  { what: 'files of the run folders', unit: '', share: 0, least: 6, of: ({ runFiles }) => runFiles },
]; // prettier-ignore

/** What stays after a machine for a while, bounded, and is told apart from a leak. */
export function keptFile(path: string): string | undefined {
  if (path.includes('/engine/objects/core/events/')) return 'events (an hour, 2000 at most)';
  if (path.endsWith('.ring')) return 'graphs of machines that are gone (a day, 200 at most)';
  return undefined;
}

export function lineOf(sample: Sample): string {
  const { at, machines, backend, engine, processes, files, runFiles } = sample;
  const part = ({ rss, heap, sockets, descriptors }: Sample['backend']): string =>
    `${rss.toFixed(0)} MiB (heap ${heap === undefined ? '?' : heap.toFixed(1)}), ${sockets} sockets, ${descriptors} open`;
  const running = Object.entries(processes)
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([kind, count]) => `${count} ${kind}`)
    .join(' ');
  return `${String(at).padStart(5)} s  ${machines} machines | backend ${part(backend)} | engine ${part(engine)} | ${running} | files ${files} + ${runFiles}`;
}

export interface Ended {
  seconds: number;
  machines: number;
  slopes: readonly Slope[];
  /** Bounded lists were full when the second third began; else growing memory is told, and fails nothing. */
  warm: boolean;
  left: readonly { what: string; leaked: readonly string[]; kept: ReadonlyMap<string, number> }[];
  failures: readonly string[];
}

/** The verdict in words; `good` where all is flat, nothing is left and every machine lived as it should. */
export function report({ seconds, machines, slopes, warm, left, failures }: Ended): { text: string; good: boolean } {
  const lines = [`\n${machines} machines came and went in ${(seconds / 60).toFixed(1)} minutes.`];
  const judged = ({ unit }: Slope): boolean => warm || unit !== 'MiB';
  if (!warm) lines.push(`Memory is not judged: fewer than ${warmMachines} machines in the first third.`);
  for (const { what, unit, middle, last, allowed, flat } of slopes)
    lines.push(
      `${flat ? 'flat  ' : 'GROWS '} ${what}: ${middle.toFixed(1)} -> ${last.toFixed(1)} ${unit} (allowed +${allowed.toFixed(1)})`,
    );
  for (const { what, leaked, kept } of left) {
    lines.push(`${leaked.length === 0 ? 'none  ' : 'LEAKED'} ${what} left: ${leaked.length}`);
    for (const name of leaked.slice(0, 20)) lines.push(`         ${name}`);
    for (const [why, count] of kept) lines.push(`         kept on purpose: ${count} ${why}`);
  }
  for (const failure of failures) lines.push(`FAILED ${failure}`);
  const good =
    machines > 0 &&
    failures.length === 0 &&
    slopes.every((slope) => slope.flat || !judged(slope)) &&
    left.every(({ leaked }) => leaked.length === 0);
  lines.push(
    good ? `soak: ${warm ? 'flat' : 'too short to judge memory'}, nothing left` : 'soak: NOT flat, or something left',
  );
  return { text: lines.join('\n'), good };
}
