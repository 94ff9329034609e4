import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwritableText } from '../../../main/embedded/store/unwritable.ts';
import { TestEngine } from '../../support/engine.ts';

let engine: TestEngine;
beforeAll(async () => {
  engine = await TestEngine.start();
}, 60_000);
afterAll(() => engine.remove());
const file = (name: string) => join(engine.dataDir, 'engine', name);

/** Kills the engine, damages its files, starts it again. Whether what a copy of the kubeconfig says still holds. */
async function damaged(damage: () => Promise<unknown>): Promise<{ token: boolean; ca: boolean; port: boolean }> {
  const before = { token: engine.token, ca: engine.ca, server: engine.server };
  await engine.down('SIGKILL');
  engine.log.length = 0;
  await damage();
  await engine.up();
  expect((await engine.request('/readyz')).body).toBe('ok');
  return { token: before.token === engine.token, ca: before.ca === engine.ca, port: before.server === engine.server };
}
const all = { token: true, ca: true, port: true };

describe('an engine whose own files are damaged', () => {
  it.each([
    ['token', 'zz'],
    ['token', ''],
    ['tls/ca.crt', 'garbage'],
    ['tls/server.crt', 'garbage'],
    ['tls/server.key', 'garbage'],
    ['state.json', 'garbage'],
    ['state.json', 'null'],
    ['state.json', '{"revision":5,"port":999999}'],
    ['state.json', '{"revision":9007199254740991}'],
    ['tls/ca.key', 'garbage'],
  ])('%s = %j: comes back, and copies of its kubeconfig still work', async (name, text) => {
    // Every start mends what this breaks; only the authority's key cannot come back, and is not needed for a year.
    expect(await damaged(() => writeFile(file(name), text))).toEqual(all);
  });

  it('says that it mended its token', async () => {
    await damaged(() => writeFile(file('token'), 'zz'));
    expect(engine.log.join('\n')).toContain('put back from the kubeconfig');
  });

  it('makes a new authority where nothing can be kept, and says so', async () => {
    const kept = await damaged(async () => {
      await writeFile(file('tls/ca.key'), 'garbage');
      await writeFile(file('tls/server.crt'), 'garbage');
    });
    expect(kept).toEqual({ ...all, ca: false });
    expect(engine.log.join('\n')).toContain('copies of the kubeconfig are void');
  });

  it('gives no revision twice when its state is gone', async () => {
    const before = await engine.json<{ metadata: { resourceVersion: string } }>('/api/v1/namespaces');
    await damaged(() => rm(file('state.json')));
    const after = await engine.json<{ metadata: { resourceVersion: string } }>('/api/v1/namespaces');
    expect(Number(after.json.metadata.resourceVersion)).toBeGreaterThan(Number(before.json.metadata.resourceVersion));
  });

  it('writes its kubeconfig anew', async () => {
    await damaged(() => writeFile(engine.kubeconfig, 'garbage'));
    expect(await readFile(engine.kubeconfig, 'utf8')).toContain(engine.server);
  });

  it('serves everything else when the record of a disk is damaged, and removes no image meanwhile', async () => {
    const volume = { apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'DataVolume', metadata: { name: 'd', namespace: 'default' }, spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '1Mi' } } } } }; // prettier-ignore
    await engine.kubectl(['create', '-f', '-'], { input: JSON.stringify(volume) });
    expect((await engine.kubectl(['wait', 'dv/d', '--for=condition=Ready', '--timeout=20s'])).all).toContain('met');
    const uid = (await engine.kubectl(['get', 'pvc', 'd', '-o', 'jsonpath={.metadata.uid}'])).stdout;
    expect(await damaged(() => writeFile(file(`disks/volumes/${uid}.json`), '{'))).toEqual(all);
    expect(engine.log.join('\n')).toContain('No image is removed while a record is damaged');
    await readFile(file(`disks/volumes/${uid}.qcow2`));
  });

  it('answers a write that cannot be saved, instead of letting its client wait', async () => {
    await damaged(() => writeFile(file('objects/core/configmaps'), 'no folder'));
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'default' } };
    const reply = await engine.json('/api/v1/namespaces/default/configmaps', { method: 'POST', send: object });
    expect(reply).toMatchObject({ code: 500, json: { reason: 'InternalError' } });
  });
});

it('says in plain words why nothing can be saved', () => {
  expect(unwritableText(Object.assign(new Error('write'), { code: 'ENOSPC' }))).toContain(
    'disk of the data folder is full',
  );
  expect(unwritableText(new Error('other'))).toBeUndefined();
});
