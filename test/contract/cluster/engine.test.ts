import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCluster } from '../../../main/backend/provision/cluster/cluster.ts';
import type { Cluster } from '../../../main/backend/provision/cluster/cluster.ts';
import { isNotFound } from '../../../main/backend/target/kube-error.ts';
import { kinds } from '../../../main/backend/target/kinds.ts';
import { TestEngine } from '../../support/engine.ts';
import { silent } from '../../support/store.ts';

let engine: TestEngine;
let cluster: Cluster;
beforeAll(async () => {
  engine = await TestEngine.start();
  cluster = await openCluster({ kubeconfig: engine.kubeconfig, log: silent, accelerator: 'tcg' });
});
afterAll(async () => {
  cluster.close();
  await engine.remove();
});

const { signal } = new AbortController();
const machine = (memory: string) => `
apiVersion: v1
kind: Namespace
metadata: {name: lab}
---
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: web, namespace: lab}
spec:
  runStrategy: Halted
  template: {spec: {domain: {devices: {}, memory: {guest: ${memory}}}}}
`;

test('over a real API server: applied twice it is one object, owned by hearth; kinds are discovered', async () => {
  for (const memory of ['64Mi', '128Mi']) await cluster.applyManifestText(machine(memory), { signal });
  const answer = await cluster.client.json<{ metadata: { managedFields: { manager: string }[] }; spec: object }>(
    'GET',
    '/apis/kubevirt.io/v1/namespaces/lab/virtualmachines/web',
  );
  expect(answer.spec).toMatchObject({ template: { spec: { domain: { memory: { guest: '128Mi' } } } } });
  expect(answer.metadata.managedFields.map((each) => each.manager)).toContain('hearth');
  const { machines } = await cluster.listForUninstall(signal);
  expect(machines).toEqual([{ namespace: 'lab', name: 'web', status: 'Stopped', disk: 0 }]);
  expect(await cluster.exportObjects(signal)).toContain('guest: 128Mi');
});

test('a field that does not exist is refused with its name', async () => {
  const wrong = machine('64Mi').replace('runStrategy', 'runStrategie');
  await expect(cluster.applyManifestText(wrong, { signal })).rejects.toMatchObject({
    problem: { title: 'VirtualMachine lab/web could not be applied', detail: expect.stringContaining('runStrategie') },
  });
});

test('a look at something that is no appliance is still a look', async () => {
  const look = await cluster.look({ signal });
  const states = Object.fromEntries(look.ladder.map((rung) => [rung.id, rung.state]));
  expect(states).toMatchObject({ port: 'pass', ca: 'pass', readyz: 'pass', node: 'pass' });
  expect(look.nodes).toHaveLength(1);
});

test('removal takes the machines first; what cannot be removed is named', async () => {
  // The engine answers for KubeVirt and does not let it be deleted.
  await expect(cluster.removeCluster({ signal, onStep: () => undefined })).rejects.toMatchObject({
    problem: { title: 'KubeVirt could not be removed' },
  });
  const gone = await cluster.client.get(kinds.virtualMachines, 'lab', 'web').catch((error: unknown) => error);
  expect(isNotFound(gone)).toBe(true);
});
