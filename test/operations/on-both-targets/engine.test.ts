import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findOut } from '../../../main/backend/target/capabilities/findings.ts';
import { capabilityMatrix } from '../../../main/backend/target/capabilities/matrix.ts';
import { createKubeClient } from '../../../main/backend/target/client.ts';
import { readCredentials } from '../../../main/backend/target/credentials.ts';
import { kinds } from '../../../main/backend/target/kinds.ts';
import type { Capability } from '../../../main/contract/target.ts';
import { TestEngine } from '../../support/engine.ts';

describe('the embedded engine, probed like any other target', () => {
  let engine: TestEngine;
  let matrix: Capability[];
  beforeAll(async () => {
    engine = await TestEngine.start();
    const client = createKubeClient(await readCredentials(engine.kubeconfig));
    matrix = capabilityMatrix(await findOut(client, await client.list(kinds.nodes)));
    client.close();
  });
  afterAll(() => engine.remove());

  test('what it does is found, and what it does not do has its reason', () => {
    const works = matrix.filter(({ supported }) => supported).map(({ id }) => id);
    expect(works).toEqual(expect.arrayContaining(['machines', 'createMachines', 'editMachines', 'deleteMachines', 'powerMachines', 'console', 'vnc', 'screenshots', 'images', 'upload', 'localFiles', 'serviceForwards', 'metrics'])); // prettier-ignore
    for (const { id, supported, reason, remedy } of matrix)
      if (!supported) expect(`${id}: ${reason} | ${remedy}`).toMatch(/^\w+: [A-Z].{10,}\. \| [A-Z].{10,}\.$/s);
    expect(matrix.find(({ id }) => id === 'migration')?.reason).toMatch(/one node/);
  });
  test('kubectl auth can-i asks and is answered', async () => {
    const ask = async (...args: string[]) => (await engine.kubectl(['auth', 'can-i', ...args])).stdout.trim();
    expect(await ask('create', 'virtualmachines.kubevirt.io')).toBe('yes');
    expect(await ask('update', 'virtualmachines.subresources.kubevirt.io', '--subresource=start')).toBe('yes');
    expect(await ask('delete', 'nodes')).toMatch(/^no/);
    expect(await ask('--list')).toMatch(/\*\.\*\s+\[\]\s+\[\]\s+\[\*\]/);
  });
});
