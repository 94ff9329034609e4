import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import type { MachineSample } from '../../contract/machine.ts';
import type { HostGraph } from '../../contract/metrics.ts';

/** Counters of this computer since it was started. */
export interface ComputerCounters {
  at: number;
  /** Milliseconds of all processors together. */
  busy: number;
  total: number;
  /** Bytes. */
  memory: number;
  diskRead: number;
  diskWrite: number;
  netIn: number;
  netOut: number;
}
export interface ComputerFiles {
  read(path: string): string | undefined;
  list(path: string): string[];
}
const orNone = <T>(work: () => T, none: T): T => {
  try {
    return work();
  } catch {
    return none; // not this system, or not to be seen from a sandbox: told as missing
  }
};
const real: ComputerFiles = {
  read: (path) => orNone(() => readFileSync(path, 'utf8'), undefined),
  list: (path) => orNone(() => readdirSync(path), []),
};

/** Reads and writes of whole drives; partitions, mappings and loops would count the same bytes twice (kernel's iostats). */
export function diskBytes(text: string, drives: ReadonlySet<string>): { read: number; write: number } {
  let read = 0;
  let write = 0;
  for (const row of text.split('\n')) {
    const [, , name = '', , , sectorsRead, , , , sectorsWritten] = row.trim().split(/\s+/);
    if (!drives.has(name)) continue;
    read += Number(sectorsRead) * 512;
    write += Number(sectorsWritten) * 512;
  }
  return { read, write };
}

/** Bytes of network cards; lo, bridges and the cards of containers would count twice. */
export function networkBytes(text: string, counted: (name: string) => boolean): { in: number; out: number } {
  let received = 0;
  let sent = 0;
  for (const row of text.split('\n')) {
    const [name, rest] = row.split(':');
    if (rest === undefined || !counted((name ?? '').trim())) continue;
    const values = rest.trim().split(/\s+/).map(Number);
    received += values[0] ?? 0;
    sent += values[8] ?? 0;
  }
  return { in: received, out: sent };
}

const inner = /^(?:lo|docker|br-|veth|virbr|cni|flannel|tap|vnet|tun|hearth|kube|cali|ifb|dummy|nodelocal)/;

export function readComputer(at: number, files: ComputerFiles = real): ComputerCounters {
  const processors = os.cpus().map(({ times }) => times);
  const total = processors.reduce(
    (sum, times) => sum + times.user + times.nice + times.sys + times.idle + times.irq,
    0,
  );
  const idle = processors.reduce((sum, times) => sum + times.idle, 0);
  const available = Number(/^MemAvailable:\s+(\d+)/m.exec(files.read('/proc/meminfo') ?? '')?.[1]) * 1024;
  const drives = new Set(files.list('/sys/block').filter((name) => !/^(?:loop|ram|zram|dm-|md|sr|fd|nbd)/.test(name)));
  const cards = new Set(files.list('/sys/class/net'));
  const disks = diskBytes(files.read('/proc/diskstats') ?? '', drives);
  const network = networkBytes(files.read('/proc/net/dev') ?? '', (name) => cards.has(name) && !inner.test(name));
  return {
    at,
    busy: total - idle,
    total,
    memory: os.totalmem() - (Number.isFinite(available) ? available : os.freemem()),
    diskRead: disks.read,
    diskWrite: disks.write,
    netIn: network.in,
    netOut: network.out,
  };
}

/** Two readings -> a point; undefined when the counters started anew in between. Pure. */
export function computerSample(before: ComputerCounters, now: ComputerCounters): MachineSample | undefined {
  const seconds = (now.at - before.at) / 1000;
  if (seconds <= 0 || now.total < before.total) return undefined;
  const rate = (field: 'diskRead' | 'diskWrite' | 'netIn' | 'netOut'): number =>
    Math.max(0, (now[field] - before[field]) / seconds);
  return {
    at: now.at,
    cpu: now.total === before.total ? 0 : Math.min(1, (now.busy - before.busy) / (now.total - before.total)),
    memory: now.memory,
    diskRead: rate('diskRead'),
    diskWrite: rate('diskWrite'),
    netIn: rate('netIn'),
    netOut: rate('netOut'),
  };
}

export const computerFacts = (): Pick<HostGraph, 'name' | 'memory' | 'cpus' | 'missing'> => ({
  name: os.hostname(),
  memory: os.totalmem(),
  cpus: os.availableParallelism(),
  missing: process.platform === 'linux' ? {} : { disk: 'Read on Linux only.', network: 'Read on Linux only.' },
});
