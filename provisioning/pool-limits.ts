import type { PlanFacts } from './facts.ts';

const GiB = 2 ** 30;
/** Bytes that stay free for the host, k3s and images beside a pool in a file. */
const reserve = 15 * GiB;

/** Sizes of a pool in a file, bytes: full, it must never fill the disk it lies on. */
export const poolLimits = (facts: Pick<PlanFacts, 'disk'>): { least: number; most: number } => ({
  least: 10 * GiB,
  most: facts.disk.free - reserve,
});
