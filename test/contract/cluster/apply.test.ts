import { afterEach, beforeEach, expect, test } from 'vitest';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import type { Manifest } from '../../../provisioning/plan.ts';
import { scriptedApi, status } from './scripted-api.ts';
import type { ScriptedApi } from './scripted-api.ts';

let api: ScriptedApi;
beforeEach(async () => {
  api = await scriptedApi();
});
afterEach(() => api.close());

const { signal } = new AbortController();
const configMap = (name: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'hearth' },
  data: { a: 'b' },
});
const patches = (): string[] =>
  api.calls.filter((call) => call.method === 'PATCH').map((call) => call.path.replace(/\?.*/, ''));
const problemOf = async (work: Promise<unknown>): Promise<Problem> => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ProblemError)) throw new Error(`no Problem: ${String(error)}`);
  return error.problem;
};

test('objects are applied in order, taking over, under another owner than files of others', async () => {
  const cluster = await api.open();
  const seen: string[] = [];
  await cluster.apply([configMap('one'), configMap('two')], {
    signal,
    onObject: (object, number, total) => seen.push(`${object} ${number}/${total}`),
  });
  expect(seen).toEqual(['ConfigMap hearth/one 1/2', 'ConfigMap hearth/two 2/2']);
  expect(patches()).toEqual(['/api/v1/namespaces/hearth/configmaps/one', '/api/v1/namespaces/hearth/configmaps/two']);
  const { path } = api.calls.find((call) => call.method === 'PATCH')!;
  expect(Object.fromEntries(new URLSearchParams(path.split('?')[1]))).toMatchObject({
    fieldManager: 'hearth-settings',
    force: 'true',
  });
  await cluster.applyManifestText('apiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n', { signal });
  const file = api.calls.findLast((call) => call.method === 'PATCH')!;
  expect(new URLSearchParams(file.path.split('?')[1]).get('fieldManager')).toBe('hearth');
});

const crd = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: kubevirts.kubevirt.io}
`;
const file = `# a release
---
apiVersion: kubevirt.io/v1
kind: KubeVirt
metadata: {name: kubevirt, namespace: kubevirt}
---
${crd}
---
---
apiVersion: v1
kind: Namespace
metadata: {name: kubevirt}
`;

test('definitions come first and are waited for; their kind is used when it is served', async () => {
  let looks = 0;
  api.script((call) => {
    if (call.method !== 'GET' || !call.path.endsWith('/kubevirts.kubevirt.io')) return undefined;
    looks += 1;
    if (looks < 4) return { status: 200, body: { metadata: { name: 'kubevirts.kubevirt.io' } } };
    if (looks === 4) setTimeout(() => api.serve('kubevirt.io/v1', 'KubeVirt', 'kubevirts', true), 20);
    const conditions = [{ type: 'Established', status: 'True' }];
    return { status: 200, body: { metadata: {}, status: { conditions } } };
  });
  const cluster = await api.open();
  await cluster.applyManifestText(file, { signal });
  expect(looks).toBe(4);
  expect(patches()).toEqual([
    '/api/v1/namespaces/kubevirt',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/kubevirts.kubevirt.io',
    '/apis/kubevirt.io/v1/namespaces/kubevirt/kubevirts/kubevirt',
  ]);
});

test('a definition whose names are taken is told, not waited for', async () => {
  api.script((call) =>
    call.method === 'GET' && call.path.endsWith('/kubevirts.kubevirt.io')
      ? {
          status: 200,
          body: {
            metadata: {},
            status: { conditions: [{ type: 'NamesAccepted', status: 'False', message: '"KubeVirt" is in use' }] },
          },
        }
      : undefined,
  );
  const problem = await problemOf((await api.open()).applyManifestText(crd, { signal }));
  expect(problem).toMatchObject({ detail: expect.stringContaining('"KubeVirt" is in use') as string });
});

const webhook =
  'Internal error occurred: failed calling webhook "kubevirt-validator.kubevirt.io": failed to call webhook: no endpoints available for service "virt-operator-webhook"';
test.each([
  ['a dropped connection', 'drop' as const],
  ['another writer', status(409, 'Apply failed with 1 conflict', 'Conflict')],
  ['a busy server', status(429, 'the server has received too many requests', 'TooManyRequests')],
  ['a broken moment', status(500, 'etcdserver: request timed out', 'InternalError')],
  ['a webhook that is not up yet', status(500, webhook, 'InternalError')],
  ['a server that starts', status(503, 'apiserver not ready', 'ServiceUnavailable')],
  ['a namespace that is not known everywhere yet', status(404, 'namespaces "hearth" not found', 'NotFound')],
])('%s is tried again', async (_title, reaction) => {
  let failures = 3;
  api.script((call) => (call.method === 'PATCH' && failures-- > 0 ? reaction : undefined));
  const cluster = await api.open();
  await cluster.apply([configMap('one')], { signal });
  expect(patches()).toHaveLength(4);
  expect([...api.store.keys()]).toEqual(['/api/v1/namespaces/hearth/configmaps/one']);
});

test.each([
  [
    'what is refused',
    status(422, 'ConfigMap "two" is invalid: data: Invalid value', 'Invalid'),
    'cluster-apply-failed',
    1,
  ],
  ['what is forbidden', status(403, 'forbidden: no right', 'Forbidden'), 'target-forbidden', 1],
])('%s is not, and the error names the object', async (_title, reaction, code, times) => {
  api.script((call) => (call.method === 'PATCH' && call.path.includes('/two') ? reaction : undefined));
  const problem = await problemOf((await api.open()).apply([configMap('one'), configMap('two')], { signal }));
  expect(problem).toMatchObject({ code, title: 'ConfigMap hearth/two could not be applied' });
  expect(patches().filter((path) => path.endsWith('/two'))).toHaveLength(times);
});

test('patience has an end, and the last words are told', async () => {
  api.script((call) => (call.method === 'PATCH' ? status(500, webhook, 'InternalError') : undefined));
  const cluster = await api.open({ pace: { firstMs: 1, mostMs: 2, limitMs: 40, lookMs: 1 } });
  const problem = await problemOf(cluster.apply([configMap('one')], { signal }));
  expect(problem.detail).toContain('failed calling webhook');
  expect(patches().length).toBeGreaterThan(3);
});

test('a kind that is never served has an end too', async () => {
  const cluster = await api.open({ pace: { firstMs: 1, mostMs: 2, limitMs: 30, lookMs: 2 } });
  const object = { apiVersion: 'kubevirt.io/v1', kind: 'KubeVirt', metadata: { name: 'kubevirt' } };
  const problem = await problemOf(cluster.apply([object], { signal }));
  expect(problem.detail).toBe('kubevirt.io/v1 KubeVirt is not served.');
});

test('cancelling stops in the middle and is no failure', async () => {
  const stop = new AbortController();
  api.script((call) => {
    if (call.method !== 'PATCH') return undefined;
    stop.abort();
    return status(503, 'not ready');
  });
  const cluster = await api.open();
  await expect(cluster.apply([configMap('one'), configMap('two')], { signal: stop.signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect(patches()).toHaveLength(1);
});

test.each([
  ['broken YAML', 'a: [1'],
  ['something else', '<html>Not found</html>'],
  ['an object without a name', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n'],
  ['nothing', '# empty\n---\n'],
])('%s is no manifest', async (_title, text) => {
  const problem = await problemOf((await api.open()).applyManifestText(text, { signal }));
  expect(problem.code).toBe('manifest-unreadable');
  expect(api.calls).toEqual([]);
});

test('a List is its items', async () => {
  const list = { apiVersion: 'v1', kind: 'List', items: [configMap('one'), configMap('two')] };
  await (await api.open()).applyManifestText(JSON.stringify(list), { signal });
  expect(patches()).toHaveLength(2);
});
