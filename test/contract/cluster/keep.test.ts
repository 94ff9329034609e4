import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import { scriptedApi, status } from './scripted-api.ts';
import type { ScriptedApi } from './scripted-api.ts';
import { standingCluster } from './standing.ts';

let api: ScriptedApi;
beforeEach(async () => {
  api = await scriptedApi();
  standingCluster(api);
});
afterEach(() => api.close());

const { signal } = new AbortController();
const problemOf = async (work: Promise<unknown>): Promise<Problem> => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ProblemError)) throw new Error(`no Problem: ${String(error)}`);
  return error.problem;
};
const operator = (version: string): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: virt-operator, namespace: kubevirt}\nspec: {replicas: 2}\nversion: ${version}\n`;
const kubevirt = '/apis/kubevirt.io/v1/namespaces/kubevirt/kubevirts/kubevirt';
const deployment = '/apis/apps/v1/namespaces/kubevirt/deployments/virt-operator';
const conditions = [{ type: 'Available', status: 'True' }];
/** The operator reports what its manifest is of, after a few looks; `broken` never gets there. */
const operatorReports = (broken?: string): void => {
  let looks = 0;
  api.script(({ method, path }) => {
    if (method !== 'GET' || !path.startsWith('/apis/kubevirt.io/v1/kubevirts')) return undefined;
    const asked = (api.store.get(deployment) as { version?: string } | undefined)?.version ?? 'v1.9.0';
    looks += 1;
    const there = asked !== broken && looks % 4 === 0;
    if (there) api.put(kubevirt, { status: { phase: 'Deployed', conditions, observedKubeVirtVersion: asked, targetKubeVirtVersion: asked } });
    else if (asked === broken) api.put(kubevirt, { status: { phase: 'Error', conditions: [{ type: 'Degraded', status: 'True', message: 'no such image' }], observedKubeVirtVersion: 'v1.9.0', targetKubeVirtVersion: asked } });
    return undefined;
  }); // prettier-ignore
};

test('an upgrade is over when the version asked for runs, not when something runs', async () => {
  operatorReports();
  const cluster = await api.open();
  const told: string[] = [];
  await cluster.upgradeKubevirt({
    to: 'v1.9.1',
    manifest: operator('v1.9.1'),
    signal,
    onState: (detail) => told.push(detail),
  });
  expect(told).toContain('KubeVirt v1.9.0 is deployed.');
  expect(told.at(-1)).toBe('KubeVirt v1.9.1 is deployed.');
  expect(api.store.get(deployment)?.spec).toEqual({ replicas: 1 });
});

test('an upgrade that fails goes back to the earlier operator', async () => {
  operatorReports('v1.9.1');
  const cluster = await api.open();
  const problem = await problemOf(
    cluster.upgradeKubevirt({ to: 'v1.9.1', manifest: operator('v1.9.1'), previous: operator('v1.9.0'), signal, onState: () => undefined }),
  ); // prettier-ignore
  expect(problem).toMatchObject({
    code: 'upgrade-rolled-back',
    detail: expect.stringContaining('no such image') as string,
  });
  expect(api.store.get(deployment)?.['version']).toBe('v1.9.0');
});

test('an upgrade that fails without a way back says so plainly', async () => {
  operatorReports('v1.9.1');
  const cluster = await api.open();
  const problem = await problemOf(
    cluster.upgradeKubevirt({ to: 'v1.9.1', manifest: operator('v1.9.1'), signal, onState: () => undefined }),
  );
  expect(problem.code).toBe('upgrade-not-reached');
});

test('when going back fails too, the backup is named', async () => {
  operatorReports('v1.9.1');
  api.script((call) =>
    call.method === 'PATCH' && (call.body as { version?: string }).version === 'v1.9.0' ? status(422, 'immutable', 'Invalid') : undefined,
  ); // prettier-ignore
  const cluster = await api.open();
  const problem = await problemOf(
    cluster.upgradeKubevirt({ to: 'v1.9.1', manifest: operator('v1.9.1'), previous: operator('v1.9.0'), signal, onState: () => undefined }),
  ); // prettier-ignore
  expect(problem).toMatchObject({ code: 'upgrade-half', fix: expect.stringContaining('backup') as string });
});

test('an upgrade cancelled halfway is taken back and is no failure', async () => {
  operatorReports();
  const stop = new AbortController();
  const cluster = await api.open();
  const work = cluster.upgradeKubevirt({
    to: 'v1.9.1', manifest: operator('v1.9.1'), previous: operator('v1.9.0'), signal: stop.signal,
    onState: (detail) => {
      if (detail.startsWith('KubeVirt')) stop.abort();
    },
  }); // prettier-ignore
  await expect(work).rejects.toMatchObject({ name: 'AbortError' });
  expect(api.store.get(deployment)?.['version']).toBe('v1.9.0');
});

test('a damaged manifest changes nothing', async () => {
  const cluster = await api.open();
  const problem = await problemOf(
    cluster.upgradeCdi({
      to: 'v1.67.0',
      manifest: '<html>',
      previous: operator('v1'),
      signal,
      onState: () => undefined,
    }),
  );
  expect(problem.code).toBe('manifest-unreadable');
  expect(api.calls).toEqual([]);
});

const disk = '/api/v1/namespaces/default/persistentvolumeclaims/web-root';
const volume = '/api/v1/persistentvolumes/pvc-1';
const machine = '/apis/kubevirt.io/v1/namespaces/default/virtualmachines/web';
const machineAndDisk = (): void => {
  api.put(machine, {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { uid: 'u', resourceVersion: '7', labels: { app: 'web' } },
    spec: { template: { spec: { volumes: [{ name: 'root', dataVolume: { name: 'web-root' } }, { name: 'seed', cloudInitNoCloud: {} }] } } },
    status: { printableStatus: 'Running' },
  }); // prettier-ignore
  api.put(disk, { spec: { volumeName: 'pvc-1', resources: { requests: { storage: '10Gi' } } }, status: { capacity: { storage: '12Gi' } } });
  api.put('/api/v1/namespaces/default/persistentvolumeclaims/waits', { spec: { resources: { requests: { storage: '1Gi' } } } });
  api.put(volume, { spec: { hostPath: { path: '/var/lib/hearth/volumes/pvc-1_default_web-root' } } });
}; // prettier-ignore

test('what an uninstall destroys is listed with sizes and folders', async () => {
  machineAndDisk();
  const cluster = await api.open();
  expect(await cluster.listForUninstall(signal)).toEqual({
    machines: [{ namespace: 'default', name: 'web', status: 'Running', disk: 12 * 2 ** 30 }],
    disks: [
      { namespace: 'default', name: 'web-root', size: 12 * 2 ** 30, path: '/var/lib/hearth/volumes/pvc-1_default_web-root' },
      { namespace: 'default', name: 'waits', size: 2 ** 30 },
    ],
  }); // prettier-ignore
});

test('what cannot be asked is an error, not an empty list', async () => {
  api.script(({ path }) =>
    path.startsWith('/apis/kubevirt.io/v1/virtualmachines') ? status(403, 'forbidden') : undefined,
  );
  const cluster = await api.open();
  expect((await problemOf(cluster.listForUninstall(signal))).code).toBe('target-forbidden');
});

test('machines are exported as YAML that another cluster takes', async () => {
  machineAndDisk();
  const cluster = await api.open();
  const documents = parseAllDocuments(await cluster.exportObjects(signal));
  expect(documents.map((document) => document.toJS() as unknown)).toEqual([
    {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: { name: 'web', namespace: 'default', labels: { app: 'web' } },
      spec: expect.any(Object) as object,
    },
  ]);
});

test('removal: machines first, then KubeVirt and CDI, then what they leave; what is not there is passed over', async () => {
  machineAndDisk();
  api.put('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/virt-api-validator', {});
  api.put('/api/v1/namespaces/kubevirt', {});
  const cluster = await api.open();
  const steps: string[] = [];
  await cluster.removeCluster({ signal, onStep: (title) => steps.push(title) });
  const deleted = api.calls.filter((call) => call.method === 'DELETE').map((call) => call.path);
  expect(deleted).toEqual([
    machine,
    '/apis/kubevirt.io/v1/namespaces/default/virtualmachineinstances/web',
    kubevirt,
    '/apis/cdi.kubevirt.io/v1beta1/cdis/cdi',
    '/apis/apiregistration.k8s.io/v1/apiservices/v1.subresources.kubevirt.io',
    '/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.upload.cdi.kubevirt.io',
    '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/virt-api-validator',
    '/api/v1/namespaces/kubevirt',
  ]);
  expect(steps).toHaveLength(8);
});

/** The object stays until its finalizers are gone. */
const held = (path: string, free: boolean): void => {
  api.script((call) => {
    const object = api.store.get(path);
    if (!call.path.startsWith(path) || !object) return undefined;
    if (call.method === 'DELETE') {
      api.put(path, { ...object, metadata: { ...object.metadata, deletionTimestamp: '2026-11-21T00:00:00Z' } });
      return { status: 200, body: {} };
    }
    if (call.method !== 'PATCH' || !free) return undefined;
    api.store.delete(path);
    return { status: 200, body: {} };
  });
};

test('an operator that is gone does not hold its object for ever', async () => {
  held(kubevirt, true);
  const cluster = await api.open();
  const told: string[] = [];
  await cluster.removeCluster({
    signal,
    graceSeconds: 0.03,
    onStep: (title, detail) => told.push(`${title}: ${detail}`),
  });
  expect(told).toContain('KubeVirt: Does not go by itself: its finalizers are taken away');
  const patch = api.calls.find((call) => call.method === 'PATCH');
  expect(patch).toMatchObject({ body: { metadata: { finalizers: null } } });
  expect(api.store.has(kubevirt)).toBe(false);
});

test('a namespace that hangs keeps what is in it, and is told', async () => {
  const namespace = '/api/v1/namespaces/kubevirt';
  api.put(namespace, {});
  held(namespace, false);
  const cluster = await api.open();
  const problem = await problemOf(cluster.removeCluster({ signal, graceSeconds: 0.03, onStep: () => undefined }));
  expect(problem).toMatchObject({ code: 'removal-stuck', title: "KubeVirt's namespace could not be removed" });
  expect(api.calls.some((call) => call.method === 'PATCH')).toBe(false);
});
