import type { Target } from '../../../main/contract/target.ts';

export interface Fit {
  is: 'ok' | 'slow' | 'too-large' | 'unknown';
  cpus: number;
  allCpus: number;
  memory: number;
  free: number;
}

/** Whether a size fits into what is left. Processors can be shared, memory cannot. */
export function fitOf(cpus: number, memory: number, capacity: Target['capacity']): Fit {
  if (!capacity || !Number.isFinite(cpus) || !Number.isFinite(memory))
    return { is: 'unknown', cpus, memory, allCpus: 0, free: 0 };
  const free = Math.max(0, capacity.memory - capacity.memoryInUse);
  const is = memory > free ? 'too-large' : cpus > capacity.cpus ? 'slow' : 'ok';
  return { is, cpus, memory, allCpus: capacity.cpus, free };
}
