import { bytesOf } from '../../kube/quantity.ts';
import type { EngineConfig } from '../../kube/context.ts';
import type { VmiSpec } from '../spec.ts';

const MiB = 2 ** 20;

export interface Topology {
  sockets: number;
  cores: number;
  threads: number;
}

/** As the spec says; a bare cpu request or limit becomes sockets, as in KubeVirt. */
export function topologyOf(spec: VmiSpec): Topology {
  const { cpu, resources } = spec.domain;
  if (cpu?.sockets || cpu?.cores || cpu?.threads)
    return { sockets: cpu.sockets || 1, cores: cpu.cores || 1, threads: cpu.threads || 1 };
  const asked = bytesOfCpu(resources?.limits) ?? bytesOfCpu(resources?.requests) ?? 1;
  return { sockets: Math.max(1, Math.ceil(asked)), cores: 1, threads: 1 };
}

/** Sockets there may be while the machine runs; no fewer than it starts with. */
export const maxSocketsOf = (spec: VmiSpec): number =>
  Math.max(spec.domain.cpu?.maxSockets ?? 0, topologyOf(spec).sockets);

/** Bytes that may be added to the guest's memory while it runs: a whole number of virtio-mem's blocks, 0 where none may. */
export function hotMemory(spec: VmiSpec): number {
  const most = bytesOf(spec.domain.memory?.maxGuest) ?? 0;
  return Math.max(0, Math.floor((most - guestMemory(spec)) / memoryBlock) * memoryBlock);
}

/** Block size of virtio-mem on x86 (QEMU: the size of a transparent huge page); KubeVirt wants sizes aligned to it. */
export const memoryBlock = 2 * MiB;

export const vcpus = ({ sockets, cores, threads }: Topology): number => sockets * cores * threads;

function bytesOfCpu(list: object | undefined): number | undefined {
  const value = (list as Record<string, unknown> | undefined)?.['cpu'];
  if (typeof value === 'number') return value;
  const milli = typeof value === 'string' ? /^(\d+)m$/.exec(value) : null;
  return milli ? Number(milli[1]) / 1000 : bytesOf(value);
}

/** Bytes of the guest's memory: `memory.guest`, else the request, else the limit; a whole number of MiB. */
export function guestMemory(spec: VmiSpec): number {
  const { memory, resources } = spec.domain;
  const of = (list: object | undefined) => bytesOf((list as Record<string, unknown> | undefined)?.['memory']);
  const bytes = bytesOf(memory?.guest) ?? of(resources?.requests) ?? of(resources?.limits) ?? 512 * MiB;
  return Math.max(1, Math.ceil(bytes / MiB)) * MiB;
}

/** QEMU's default cache is 1 GiB or a quarter of the guest: small guests boot as fast with far less (measured: 32 MiB for a tiny one). */
export function translationCache(spec: VmiSpec, accelerator: EngineConfig['accelerator']): number {
  if (accelerator !== 'tcg') return 0;
  const memory = guestMemory(spec);
  if (memory <= 256 * MiB) return 32 * MiB;
  return memory <= 1024 * MiB ? 128 * MiB : 256 * MiB;
}

/** QEMU itself, beside guest and cache. */
export const processOverhead = 60 * MiB;

export const reservedMemory = (spec: VmiSpec, accelerator: EngineConfig['accelerator']): number =>
  guestMemory(spec) + translationCache(spec, accelerator) + processOverhead;
