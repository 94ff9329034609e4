import { expect, it } from 'vitest';
import { KubeError } from '../../../main/backend/target/kube-error.ts';
import { patienceMs } from '../../../main/backend/target/patience.ts';

const problem = { code: 'target-unreachable', title: 'The target does not answer', detail: 'It was closed.' };
const lost = (reason: string): KubeError => new KubeError(0, reason, problem);

it('reads again over a connection that the server just closed, for a while', () => {
  for (const reason of ['ECONNRESET', 'EPIPE']) {
    expect([1, 2, 3].map((attempt) => patienceMs(lost(reason), attempt, false))).toEqual([500, 1000, 2000]);
    expect(patienceMs(lost(reason), 4, false)).toBeUndefined();
  }
});
it('never writes again what may have been written, and tells at once that nobody is there', () => {
  expect(patienceMs(lost('ECONNRESET'), 1, true)).toBeUndefined();
  expect(patienceMs(lost('ECONNREFUSED'), 1, false)).toBeUndefined();
  expect(patienceMs(lost('ETIMEDOUT'), 1, false)).toBeUndefined();
  expect(patienceMs(new Error('read ECONNRESET'), 1, false)).toBeUndefined();
});
it('waits as long as a target asks, and not longer than a person would', () => {
  expect(patienceMs(new KubeError(429, 'TooManyRequests', problem, undefined, 3), 1, true)).toBe(3000);
  expect(patienceMs(new KubeError(429, 'TooManyRequests', problem, undefined, 60), 1, true)).toBeUndefined();
});
