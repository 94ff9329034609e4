import { bytesOf } from '../../kube/quantity.ts';
import type { InstancetypeSpec, PreferenceSpec, VmiSpec } from '../vm/shapes.ts';
import { spreadOptions, topologyPreference } from './topology.ts';

/** What of a preference's requirements is not met, and by which fields; in KubeVirt's words. */
export const unmetRequirement = (
  type: InstancetypeSpec | undefined,
  preference: PreferenceSpec,
  spec: VmiSpec,
): { message: string; fields: string[] } | undefined => {
  const { cpu, memory, architecture } = preference.requirements ?? {};
  if (cpu) {
    const short = shortOfCpu(type, preference, spec, cpu.guest);
    if (short) return short;
  }
  if (memory) {
    const short = shortOfMemory(type, spec, memory.guest);
    if (short) return short;
  }
  if (architecture && spec.architecture !== architecture) {
    return {
      message: `preference requires architecture ${architecture} but ${spec.architecture} is being requested`,
      fields: ['spec.template.spec.architecture'],
    };
  }
  return undefined;
};

const shortOfCpu = (type: InstancetypeSpec | undefined, preference: PreferenceSpec, spec: VmiSpec, wanted: number) => {
  if (type) {
    if (type.cpu.guest >= wanted) return undefined;
    return {
      message: `insufficient CPU resources of ${type.cpu.guest} vCPU provided by instance type, preference requires ${wanted} vCPU`,
      fields: ['spec.instancetype'],
    };
  }
  const at = 'spec.template.spec.domain.cpu';
  const { cpu } = spec.domain;
  if (!cpu)
    return { message: `no CPU resources provided by VirtualMachine, preference requires ${wanted} vCPU`, fields: [at] };
  const { fields, as } = countedFields(preference);
  const given = fields.reduce((product, field) => product * (cpu[field] ?? 1), 1);
  if (given >= wanted) return undefined;
  return {
    message: `insufficient CPU resources of ${given} vCPU provided by VirtualMachine, preference requires ${wanted} vCPU provided as ${as}`,
    fields: fields.map((field) => `${at}.${field}`),
  };
};

const countedFields = (preference: PreferenceSpec): { fields: ('cores' | 'sockets' | 'threads')[]; as: string } => {
  const topology = topologyPreference(preference);
  if (topology === 'any') return { fields: ['cores', 'sockets', 'threads'], as: 'cores, sockets and threads' };
  if (topology !== 'spread') return { fields: [topology], as: topology };
  const { across } = spreadOptions(preference);
  if (across === 'CoresThreads') return { fields: ['cores', 'threads'], as: across };
  return { fields: across === 'SocketsCores' ? ['sockets', 'cores'] : ['sockets', 'cores', 'threads'], as: across };
};

const shortOfMemory = (type: InstancetypeSpec | undefined, spec: VmiSpec, wanted: string) => {
  const given = type ? type.memory.guest : spec.domain.memory?.guest;
  if (given === undefined || (bytesOf(given) ?? 0) >= (bytesOf(wanted) ?? 0)) return undefined;
  return {
    message: `insufficient Memory resources of ${given} provided by ${type ? 'instance type' : 'VirtualMachine'}, preference requires ${wanted}`,
    fields: [type ? 'spec.instancetype' : 'spec.template.spec.domain.memory'],
  };
};
