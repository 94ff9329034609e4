import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MachineSample } from '../../contract/machine.ts';
import { metricsRanges } from '../../contract/metrics.ts';
import type { MetricsRange } from '../../contract/metrics.ts';
import { privateFolder } from '../paths.ts';
import type { Log } from '../log.ts';
import { coarse, fine, lastWritten, readPoints, writePoints } from './ring.ts';

const day = 86_400_000;
/** Rings of what is gone that are kept. */
const mostGone = 200;
/** Points wait this long in memory and go out together: a crash costs a minute of a graph, a disk is written once a minute. */
const flushMs = 60_000;

/** The rings of one target (or of this computer): a file each. */
export interface MetricsStore {
  /** A point every 10 s; the one a minute is their mean. */
  add(key: string, sample: MachineSample): void;
  read(key: string, range: MetricsRange): Promise<MachineSample[]>;
  /** Called after `add`, with the key; returns how to stop. */
  listen(told: (key: string, sample: MachineSample) => void): () => void;
  flush(): Promise<void>;
  /** Removes the rings of what is gone (by `exists`) and was not written for 24 h; of more than 200 the oldest. */
  prune(exists: (file: string) => boolean): Promise<void>;
  /** Bytes written since it was opened. */
  readonly written: number;
  close(): Promise<void>;
}

/** Name of the ring of a key: readable, and never longer than a file name may be. */
export const ringFile = (key: string): string => {
  const plain = key.replaceAll('/', '_');
  return plain.length <= 200 && /^[\w.-]+$/.test(plain)
    ? `${plain}.ring`
    : `${createHash('sha256').update(key).digest('hex').slice(0, 40)}.ring`;
};

interface Waiting {
  fine: MachineSample[];
  /** Points of the minute that is not over. */
  minute: MachineSample[];
  coarse: MachineSample[];
}

/** One point for several: the mean of each value, at the beginning of their minute. Pure. */
export function mean(samples: readonly MachineSample[]): MachineSample | undefined {
  const [first] = samples;
  if (!first) return undefined;
  const of = (field: keyof MachineSample): number =>
    samples.reduce((sum, sample) => sum + sample[field], 0) / samples.length;
  return {
    at: Math.floor(first.at / 60_000) * 60_000,
    cpu: of('cpu'),
    memory: of('memory'),
    diskRead: of('diskRead'),
    diskWrite: of('diskWrite'),
    netIn: of('netIn'),
    netOut: of('netOut'),
  };
}

export async function openStore(options: { folder: string; log: Log; now?: () => number }): Promise<MetricsStore> {
  const { folder, log } = options;
  const now = options.now ?? Date.now;
  await privateFolder(folder);
  const waiting = new Map<string, Waiting>();
  const listeners = new Set<(key: string, sample: MachineSample) => void>();
  let written = 0;
  let flushing: Promise<void> = Promise.resolve();
  const minuteOf = (sample: MachineSample | undefined): number => Math.floor((sample?.at ?? 0) / 60_000);

  async function flushAll(last: boolean): Promise<void> {
    for (const [key, entry] of waiting) {
      const minute = last || minuteOf(entry.minute[0]) < Math.floor(now() / 60_000) ? entry.minute.splice(0) : [];
      const point = mean(minute);
      const points = { fine: entry.fine.splice(0), coarse: [...entry.coarse.splice(0), ...(point ? [point] : [])] };
      if (entry.minute.length === 0) waiting.delete(key);
      if (points.fine.length === 0 && points.coarse.length === 0) continue;
      try {
        written += await writePoints(join(folder, ringFile(key)), points, log);
      } catch (error) {
        log.warn({ key, err: error }, 'figures could not be kept');
      }
    }
  }
  const flush = (last: boolean): Promise<void> => (flushing = flushing.then(() => flushAll(last)));
  const timer = setInterval(() => void flush(false), flushMs);
  timer.unref();
  return {
    add(key, sample) {
      const entry = waiting.get(key) ?? { fine: [], minute: [], coarse: [] };
      waiting.set(key, entry);
      entry.fine.push(sample);
      if (entry.minute.length > 0 && minuteOf(entry.minute[0]) !== minuteOf(sample)) {
        const point = mean(entry.minute.splice(0));
        if (point) entry.coarse.push(point);
      }
      entry.minute.push(sample);
      for (const told of listeners) told(key, sample);
    },
    async read(key, range) {
      await flushing;
      const { span } = metricsRanges[range];
      const ring = range === '24h' ? coarse : fine;
      const kept = await readPoints(join(folder, ringFile(key)), ring, now(), log);
      const entry = waiting.get(key);
      const point = mean(entry?.minute ?? []);
      const fresh = range === '24h' ? [...(entry?.coarse ?? []), ...(point ? [point] : [])] : (entry?.fine ?? []);
      const first = fresh[0]?.at ?? Infinity;
      return [...kept.filter((each) => each.at < Math.floor(first / 1000) * 1000), ...fresh].filter((each) => each.at > now() - span); // prettier-ignore
    },
    listen(told) {
      listeners.add(told);
      return () => listeners.delete(told);
    },
    flush: () => flush(false),
    async prune(exists) {
      const gone: { name: string; at: number }[] = [];
      for (const name of await readdir(folder)) {
        const ours = name.endsWith('.ring') || name.includes('.ring.corrupt-');
        if (!ours || (name.endsWith('.ring') && exists(name))) continue;
        const at = await lastWritten(join(folder, name));
        if (at !== undefined) gone.push({ name, at });
      }
      // Where machines come and go all the time a day of them is too much.
      const latest = gone.sort((a, b) => b.at - a.at).slice(0, mostGone);
      for (const { name, at } of gone)
        if (now() - at > day || !latest.some((each) => each.name === name))
          await rm(join(folder, name), { force: true });
    },
    get written() {
      return written;
    },
    async close() {
      clearInterval(timer);
      await flush(true);
    },
  };
}
