import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { TestEngine } from '../../support/engine.ts';

let engine: TestEngine;
beforeEach(async () => void (engine = await TestEngine.start()));
afterEach(() => engine.remove());

const configMaps = '/api/v1/namespaces/default/configmaps';
const body = (name: string) => ({ metadata: { name }, data: { text: `${name} `.repeat(200), lines: 'a\nb\n' } });
interface List {
  items: { metadata: { name: string; uid: string; resourceVersion: string }; data: Record<string, string> }[];
}
const folder = () => join(engine.dataDir, 'engine/objects/core/configmaps/default');

describe('an engine that is killed', () => {
  it('keeps each acknowledged write of 200, and half of none', async () => {
    const acknowledged = new Map<string, string>();
    const writes = Array.from({ length: 200 }, (_, i) => `w${i}`).map(async (name) => {
      const reply = await engine
        .json<{ metadata: { uid: string } }>(configMaps, { method: 'POST', send: body(name) })
        .catch(() => undefined);
      if (reply?.code === 201) acknowledged.set(name, reply.json.metadata.uid);
      if (acknowledged.size === 60) process.kill(engine.pid, 'SIGKILL');
    });
    await Promise.all(writes);
    expect(acknowledged.size).toBeGreaterThanOrEqual(60);
    expect(acknowledged.size).toBeLessThan(200);
    await engine.down();
    await engine.up();
    const { json } = await engine.json<List>(configMaps);
    const found = new Map(json.items.map((item) => [item.metadata.name, item]));
    for (const [name, uid] of acknowledged) expect([name, found.get(name)?.metadata.uid]).toEqual([name, uid]);
    for (const item of json.items) expect(item.data).toEqual(body(item.metadata.name).data);
    expect(readdirSync(folder()).filter((file) => !file.endsWith('.yaml') || file.startsWith('.'))).toEqual([]);
    expect(existsSync(join(engine.dataDir, 'engine/quarantine'))).toBe(false);
    const newest = Math.max(...json.items.map((item) => Number(item.metadata.resourceVersion)));
    const next = await engine.json<{ metadata: { resourceVersion: string } }>(configMaps, {
      method: 'POST',
      send: body('after'),
    });
    expect(Number(next.json.metadata.resourceVersion)).toBeGreaterThan(newest);
  });

  it('comes back on the same port with the same token and certificate', async () => {
    const before = { server: engine.server, ca: engine.ca, token: engine.token };
    await engine.down('SIGKILL');
    await engine.up();
    expect({ server: engine.server, ca: engine.ca, token: engine.token }).toEqual(before);
  });
});

describe('an engine that starts', () => {
  it('sets a corrupt object aside, says which, and serves the rest', async () => {
    await engine.json(configMaps, { method: 'POST', send: body('good') });
    await engine.json(configMaps, { method: 'POST', send: body('bad') });
    await engine.down();
    writeFileSync(join(folder(), 'bad.yaml'), '\u0000\u0001{{{');
    await engine.up();
    const { json } = await engine.json<List>(configMaps);
    expect(json.items.map((item) => item.metadata.name)).toContain('good');
    expect(json.items.map((item) => item.metadata.name)).not.toContain('bad');
    expect(engine.log.some((line) => line.includes('set aside') && line.includes('bad.yaml'))).toBe(true);
    expect(readdirSync(join(engine.dataDir, 'engine/quarantine'))).toHaveLength(1);
    const events = await engine.kubectl(['get', 'events', '--field-selector', 'reason=ObjectSetAside']);
    expect(events.stdout).toContain('core/configmaps/default/bad.yaml could not be read');
  });
  it('keeps secrets to its user and writes readable objects', async () => {
    await engine.json('/api/v1/namespaces/default/secrets', { method: 'POST', send: { metadata: { name: 's' }, stringData: { a: 'b' } } });
    const files = ['kubeconfig', 'engine/token', 'engine/tls/ca.key', 'engine/tls/server.key', 'engine/state.json', 'engine/objects/core/secrets/default/s.yaml'];
    for (const file of files) expect([file, (await stat(join(engine.dataDir, file))).mode & 0o777]).toEqual([file, 0o600]);
    for (const file of ['engine', 'engine/objects', 'engine/tls']) expect([file, (await stat(join(engine.dataDir, file))).mode & 0o777]).toEqual([file, 0o700]);
    expect(parse(await readFile(join(engine.dataDir, 'engine/objects/core/secrets/default/s.yaml'), 'utf8'))).toMatchObject({ kind: 'Secret' });
  }); // prettier-ignore
  it('takes another port where its own is taken', async () => {
    const port = new URL(engine.server).port;
    await engine.down();
    const { createServer } = await import('node:net');
    const squatter = createServer();
    await new Promise<void>((resolve) => void squatter.listen(Number(port), '127.0.0.1', resolve));
    try {
      await engine.up();
      expect(new URL(engine.server).port).not.toBe(port);
      expect((await engine.kubectl(['get', 'ns', 'default', '-o', 'name'])).stdout).toBe('namespace/default');
    } finally {
      squatter.close();
    }
  });
  it('ends when its parent goes, and by SIGTERM with open watches, cleanly', async () => {
    await engine.json(configMaps, { method: 'POST', send: body('seen') });
    let open: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (open = resolve));
    const watch = engine.request(`${configMaps}?watch=1`, { onData: open });
    await first;
    expect(await engine.down('SIGTERM')).toBe(0);
    expect((await watch).code).toBe(200);
    await engine.up();
    const { process: child } = engine;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin?.end();
    expect(await ended).toBe(0);
    const port = Number(new URL(engine.server).port);
    const refused = await new Promise((resolve) => connect(port, '127.0.0.1').once('error', resolve));
    expect(refused).toMatchObject({ code: 'ECONNREFUSED' });
  });
});
