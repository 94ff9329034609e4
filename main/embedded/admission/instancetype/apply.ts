import { bytesOf } from '../../kube/quantity.ts';
import { resourceOf } from '../vm/shapes.ts';
import type { InstancetypeSpec, PreferenceSpec, VmiSpec } from '../vm/shapes.ts';
import { spreadOptions, topologyPreference } from './topology.ts';

/**
 * Puts an instance type into an instance's spec (KubeVirt pkg/instancetype/apply). Changes `spec`; answers the fields
 * that both set, below `at`: a type fixes them, so they may not be in the template as well.
 */
export const applyInstancetype = (
  type: InstancetypeSpec,
  preference: PreferenceSpec | undefined,
  spec: VmiSpec,
  at: string,
): string[] => {
  const conflicts = [...applyCpu(type, preference, spec), ...applyMemory(type, spec)];
  const { domain } = spec;
  const take = <T extends object>(target: T, from: Partial<T>, field: keyof T & string, path: string): void => {
    if (from[field] === undefined) return;
    if (target[field] !== undefined) conflicts.push(path);
    else target[field] = structuredClone(from[field]) as T[keyof T & string];
  };
  take(spec, type, 'nodeSelector', 'nodeSelector');
  take(spec, type, 'schedulerName', 'schedulerName');
  take(domain, type, 'ioThreadsPolicy', 'domain.ioThreadsPolicy');
  take(domain, type, 'ioThreads', 'domain.ioThreads');
  take(domain, type, 'launchSecurity', 'domain.launchSecurity');
  take(domain.devices, type, 'gpus', 'domain.devices.gpus');
  take(domain.devices, type, 'hostDevices', 'domain.devices.hostDevices');
  return conflicts.map((path) => `${at}.${path}`);
};

const applyCpu = (type: InstancetypeSpec, preference: PreferenceSpec | undefined, spec: VmiSpec): string[] => {
  const { resources } = spec.domain;
  const cpu = (spec.domain.cpu ??= {});
  const conflicts: string[] = [];
  for (const list of ['requests', 'limits'] as const) {
    if (resourceOf(resources?.[list], 'cpu') !== undefined) conflicts.push(`domain.resources.${list}.cpu`);
  }
  for (const field of ['sockets', 'cores', 'threads'] as const) if (cpu[field]) conflicts.push(`domain.cpu.${field}`);
  const { guest, dedicatedCPUPlacement, ...further } = type.cpu;
  const own = {
    ...further,
    ...(dedicatedCPUPlacement === undefined ? {} : { dedicatedCpuPlacement: dedicatedCPUPlacement }),
  };
  for (const field of ['model', 'dedicatedCpuPlacement', 'isolateEmulatorThread', 'numa', 'realtime'] as const) {
    if (cpu[field] && own[field] !== undefined) conflicts.push(`domain.cpu.${field}`);
  }
  if (conflicts.length > 0) return conflicts;
  Object.assign(cpu, structuredClone(own), topologyOf(guest, preference));
  return [];
};

const topologyOf = (
  guest: number,
  preference: PreferenceSpec | undefined,
): { sockets: number; cores: number; threads: number } => {
  const one = { sockets: 1, cores: 1, threads: 1 };
  if (guest === 1) return one;
  switch (topologyPreference(preference)) {
    case 'cores':
      return { ...one, cores: guest };
    case 'threads':
      return { ...one, threads: guest };
    case 'spread': {
      const { ratio, across } = spreadOptions(preference);
      if (across === 'CoresThreads') return { ...one, threads: ratio, cores: guest / ratio };
      if (across === 'SocketsCoresThreads') return { threads: 2, cores: ratio, sockets: guest / 2 / ratio };
      return { ...one, cores: ratio, sockets: guest / ratio };
    }
    case 'sockets':
    case 'any':
      return { ...one, sockets: guest };
  }
};

const applyMemory = (type: InstancetypeSpec, spec: VmiSpec): string[] => {
  const { domain } = spec;
  const memory = (domain.memory ??= {});
  if (memory.guest !== undefined) return ['domain.memory.guest'];
  if (memory.hugepages && type.memory.hugepages) return ['domain.memory.hugepages'];
  if (memory.maxGuest !== undefined && type.memory.maxGuest !== undefined) return ['domain.memory.maxGuest'];
  for (const list of ['requests', 'limits'] as const) {
    if (resourceOf(domain.resources?.[list], 'memory') !== undefined) return [`domain.resources.${list}.memory`];
  }
  const { guest, hugepages, maxGuest, overcommitPercent } = type.memory;
  memory.guest = guest;
  if (hugepages) memory.hugepages = structuredClone(hugepages);
  if (maxGuest !== undefined) memory.maxGuest = maxGuest;
  if (overcommitPercent) {
    const request = Math.trunc((bytesOf(guest) ?? 0) * (1 - overcommitPercent / 100));
    domain.resources = { ...domain.resources, requests: { ...domain.resources?.requests, memory: String(request) } };
  }
  return [];
};
