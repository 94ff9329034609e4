import { expect, test } from 'vitest';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { nodeCapacity } from '../../../main/backend/target/capacity.ts';

const node = { metadata: { name: 'n' }, status: { allocatable: { cpu: '2', memory: '8Gi' } } } as unknown as KubeObject;
const instance = (phase: string | undefined, memory: string): KubeObject =>
  ({
    metadata: { name: 'm' },
    spec: { domain: { memory: { guest: memory } } },
    status: { phase },
  }) as unknown as KubeObject;

test('only instances that a node holds take memory', () => {
  const instances = [
    instance('Running', '1Gi'),
    instance('Scheduled', '2Gi'),
    instance('Scheduling', '200Gi'),
    instance('Pending', '300Gi'),
    instance(undefined, '400Gi'),
    instance('Succeeded', '500Gi'),
  ];
  expect(nodeCapacity([node], instances)?.memoryInUse).toBe(3 * 2 ** 30);
  expect(nodeCapacity([], instances)).toBeUndefined();
});
