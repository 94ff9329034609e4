import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestEngine } from '../../support/engine.ts';

let engine: TestEngine;
beforeAll(async () => void (engine = await TestEngine.start()));
afterAll(() => engine.remove());

const status = (body: string) => JSON.parse(body) as { kind: string; code: number; reason: string; message: string };

describe('who may ask', () => {
  it.each([
    '/api',
    '/apis',
    '/api/v1/secrets',
    '/openapi/v2',
    '/metrics',
    '/apis/subresources.kubevirt.io/v1/namespaces/a/virtualmachineinstances/b/vnc',
  ])('refuses %s without the token', async (path) => {
    for (const headers of [
      {},
      { authorization: 'Bearer wrong' },
      { authorization: 'Basic eDp5' },
      { authorization: 'Bearer ' },
    ]) {
      const reply = await engine.request(path, { token: false, headers: { ...headers } });
      expect(reply.code).toBe(401);
      expect(status(reply.body)).toMatchObject({ kind: 'Status', code: 401, reason: 'Unauthorized' });
    }
  });
  it.each(['/version', '/healthz', '/readyz', '/livez', '/apis/subresources.kubevirt.io/v1/version'])(
    'answers %s to anybody',
    async (path) => {
      expect((await engine.request(path, { token: false })).code).toBe(200);
    },
  );
  it('refuses names that a rebinding page would use', async () => {
    const { hostname, port } = new URL(engine.server);
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', '0.0.0.0', 'localhost.']) {
      const code = await new Promise((resolve, reject) => {
        const headers = { host, authorization: `Bearer ${engine.token}` };
        request({ hostname, port, path: '/api/v1/secrets', ca: engine.ca, agent: false, headers, servername: 'localhost' }, (response) => resolve(response.resume().statusCode)).on('error', reject).end();
      });
      expect([host, code]).toEqual([host, 403]);
    }
    for (const host of [`localhost:${port}`, `[::1]:${port}`]) {
      expect((await engine.request('/api', { headers: { host } })).code).toBe(200);
    }
  }); // prettier-ignore
  it('listens on loopback only', async () => {
    expect(new URL(engine.server).hostname).toBe('127.0.0.1');
  });
});

describe('answers as of Kubernetes', () => {
  const get = (path: string, headers: Record<string, string> = {}) => engine.request(path, { headers });
  it('tells why not', async () => {
    expect(status((await get('/api/v1/namespaces/default/pods/nope')).body)).toMatchObject({ code: 404, reason: 'NotFound', message: 'pods "nope" not found' });
    expect(status((await get('/apis/nothing.io/v1/things')).body)).toMatchObject({ code: 404, message: 'the server could not find the requested resource' });
    expect(status((await engine.request('/api/v1/nodes', { method: 'POST', body: '{}' })).body)).toMatchObject({ code: 405, reason: 'MethodNotAllowed' });
    expect(status((await get('/api/v1/pods?labelSelector=a(b')).body)).toMatchObject({ code: 400, reason: 'BadRequest' });
    expect(status((await get('/api/v1/pods?fieldSelector=nonsense.x=1')).body).message).toBe('field label not supported: nonsense.x');
    expect(status((await get('/api/v1/pods?resourceVersion=99999999999')).body)).toMatchObject({ code: 504, reason: 'Timeout' });
    expect(status((await get('/api/v1/pods?continue=rubbish')).body)).toMatchObject({ code: 400 });
  }); // prettier-ignore
  it('takes no update of an old copy, and none without a version', async () => {
    const path = '/apis/instancetype.kubevirt.io/v1beta1/namespaces/default/virtualmachinepreferences';
    const head = { apiVersion: 'instancetype.kubevirt.io/v1beta1', kind: 'VirtualMachinePreference' };
    const made = await engine.json<{ metadata: { resourceVersion: string } }>(path, { method: 'POST', send: { ...head, metadata: { name: 'p' }, spec: {} } });
    expect(made.code).toBe(201);
    const put = (resourceVersion: string | undefined, label: string) =>
      engine.json<{ message: string }>(`${path}/p`, { method: 'PUT', send: { ...head, metadata: { name: 'p', resourceVersion, labels: { label } }, spec: {} } });
    expect((await put(made.json.metadata.resourceVersion, 'a')).code).toBe(200);
    const old = await put(made.json.metadata.resourceVersion, 'b');
    expect(old).toMatchObject({ code: 409, json: { message: 'Operation cannot be fulfilled on virtualmachinepreferences.instancetype.kubevirt.io "p": the object has been modified; please apply your changes to the latest version and try again' } });
    expect((await put(undefined, 'c')).code).toBe(422);
  }); // prettier-ignore
  it('serves both forms of discovery', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    const all = JSON.parse((await get('/apis', { accept })).body) as { kind: string; items: { metadata: { name: string }; versions: { resources: { resource: string }[] }[] }[] };
    expect(all.kind).toBe('APIGroupDiscoveryList');
    const group = all.items.find((item) => item.metadata.name === 'kubevirt.io');
    expect(group?.versions[0]?.resources.map((entry) => entry.resource)).toContain('virtualmachines');
    const list = JSON.parse((await get('/apis/subresources.kubevirt.io/v1')).body) as { groupVersion: string };
    expect(list.groupVersion).toBe('subresources.kubevirt.io/v1');
  }); // prettier-ignore
  it('deletes a collection by label and counts in pages', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    for (let i = 0; i < 7; i++) await engine.json(path, { method: 'POST', send: { metadata: { name: `m${i}`, labels: { odd: String(i % 2) } } } });
    await engine.request(`${path}?labelSelector=odd%3D1`, { method: 'DELETE' });
    type Page = { metadata: { continue?: string; remainingItemCount?: number }; items: { metadata: { name: string } }[] };
    const first = (await engine.json<Page>(`${path}?limit=3&labelSelector=odd`)).json;
    expect(first.items.map((item) => item.metadata.name)).toEqual(['m0', 'm2', 'm4']);
    expect(first.metadata.remainingItemCount).toBe(1);
    await engine.request(`${path}/m4`, { method: 'DELETE' });
    const rest = (await engine.json<Page>(`${path}?limit=3&labelSelector=odd&continue=${first.metadata.continue}`)).json;
    expect(rest.items.map((item) => item.metadata.name)).toEqual(['m6']);
  }); // prettier-ignore
});
