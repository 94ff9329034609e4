import type { KubeObject } from '../../contract/kube.ts';
import { pick, pickNumber } from '../target/pick.ts';
import { quantity } from '../target/quantity.ts';

const MiB = 2 ** 20;

/**
 * vCPUs and bytes of memory that a machine of this domain gets when it runs, as the engine and KubeVirt give them: what a page
 * shows may be less. `type`: its instance type. Where limits and requests say different things the larger counts. Pure.
 */
export function countedSize(domain: unknown, type: KubeObject | undefined): { cpus: number; memory: number } {
  return { cpus: cpusOf(domain, type), memory: memoryOf(domain, type) };
}

function cpusOf(domain: unknown, type: KubeObject | undefined): number {
  const [sockets, cores, threads] = ['sockets', 'cores', 'threads'].map((each) => pickNumber(domain, 'cpu', each) ?? 0);
  // Nothing and 0 are the same: the one that is left out of a topology is 1.
  if (sockets || cores || threads) return (sockets || 1) * (cores || 1) * (threads || 1);
  const typed = pickNumber(type, 'spec', 'cpu', 'guest');
  if (typed !== undefined) return typed;
  const asked = ['limits', 'requests'].map((list) => quantity(pick(domain, 'resources', list, 'cpu')) ?? 0);
  return Math.max(1, ...asked.map(Math.ceil));
}

function memoryOf(domain: unknown, type: KubeObject | undefined): number {
  const said = [
    pick(domain, 'memory', 'guest'),
    pick(type, 'spec', 'memory', 'guest'),
    pick(domain, 'resources', 'requests', 'memory'),
    pick(domain, 'resources', 'limits', 'memory'),
  ];
  const bytes = said.map((each) => quantity(each) ?? 0).find((each) => each > 0) ?? 512 * MiB;
  return Math.ceil(bytes / MiB) * MiB;
}
