import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { processFacts } from '../../../main/embedded/machine/qemu/process.ts';
import { TestEngine } from '../../support/engine.ts';
import { vmObject } from '../../support/machine-lab.ts';
import { starterImage } from '../../support/starter.ts';

let engine: TestEngine;
let image: string;
beforeAll(async () => {
  image = await starterImage();
  engine = await TestEngine.start();
}, 180_000);
afterAll(async () => {
  await engine.kubectl(['delete', 'vm', '--all', '--wait=true', '--timeout=25s']);
  await engine.remove();
});

const imported = (path: string) => ({
  apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'DataVolume',
  metadata: { name: 'starter', namespace: 'hearth-images', annotations: { 'hearth.dev/import-from-path': path, 'hearth.dev/import-mode': 'copy' } },
  spec: { source: { upload: {} }, storage: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } } },
}); // prettier-ignore
const fromImage = (name: string) => {
  const vm = vmObject(name, { runStrategy: 'RerunOnFailure', spec: { terminationGracePeriodSeconds: 0, volumes: [{ name: 'root', dataVolume: { name: `${name}-root` } }] } }); // prettier-ignore
  const template = {
    metadata: { name: `${name}-root` },
    spec: { source: { pvc: { namespace: 'hearth-images', name: 'starter' } }, storage: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } } },
  }; // prettier-ignore
  return { ...vm, spec: { ...vm.spec, dataVolumeTemplates: [template] } };
};
const apply = async (object: object): Promise<void> => {
  const done = await engine.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
  expect(done.all).toContain('created');
};

/** Types a line feed and waits for the guest's answer. */
async function answers(name: string): Promise<string> {
  const address = `${engine.server.replace('https', 'wss')}/apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachineinstances/${name}/console`;
  const socket = new WebSocket(address, ['plain.kubevirt.io'], {
    ca: engine.ca,
    headers: { authorization: `Bearer ${engine.token}` },
  });
  let text = '';
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(() => reject(new Error(`no login in: ${text.slice(-500)}`)), 60_000);
  socket.on('open', () => socket.send(Buffer.from('\n')));
  socket.on('message', (data: Buffer) => {
    text += data.toString();
    if (/login: *$/.test(text)) resolve(text);
  });
  socket.on('error', reject);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.terminate();
  }
}

describe('the engine as a process', () => {
  it('finds its machines again after kill -9, consoles and all, and leaves nothing behind when they are deleted', async () => {
    await apply(imported(image));
    await apply(fromImage('web'));
    const ready = await engine.kubectl(['wait', 'vm/web', '--for=condition=Ready', '--timeout=25s']);
    expect(ready.all).toContain('condition met');
    await answers('web');
    const machines = join(engine.dataDir, 'engine/machines');
    const [uid = ''] = await readdir(machines);
    const record = JSON.parse(await readFile(join(machines, uid, 'machine.json'), 'utf8')) as {
      pid: number;
      argv: string[];
    };

    await engine.down('SIGKILL');
    process.kill(record.pid, 0);
    await engine.up();
    await answers('web');
    const seen = await engine.kubectl(['get', 'vmi', 'web', '-o', 'jsonpath={.metadata.uid} {.status.phase}']);
    expect(seen.stdout).toBe(`${uid} Running`);

    const gone = await engine.kubectl(['delete', 'vm', 'web', '--timeout=25s']);
    expect(gone.all).toContain('deleted');
    // Undefined for a zombie too: who inherited it may be slow to bury it.
    expect(processFacts(record.pid)).toBeUndefined();
    expect(await readdir(machines)).toEqual([]);
    const pidfile = record.argv[record.argv.indexOf('-pidfile') + 1] ?? '';
    expect(
      (await readdir(dirname(pidfile))).filter((name) => name.startsWith(uid.replaceAll('-', '').slice(0, 12))),
    ).toEqual([]);
  });
});
