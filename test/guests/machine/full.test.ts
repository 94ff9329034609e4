import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processFacts } from '../../../main/embedded/machine/qemu/process.ts';
import { TestEngine } from '../../support/engine.ts';
import { vmObject } from '../../support/machine-lab.ts';

let disk: string;
let qemu: number | undefined;
let engine: TestEngine;
beforeAll(async () => {
  disk = await mkdtemp(join(tmpdir(), 'hearth-full-'));
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=48m,mode=0700', 'tmpfs', disk]);
  engine = await TestEngine.start([], disk);
}, 60_000);
afterAll(async () => {
  await rm(join(disk, 'ballast'), { force: true });
  await engine.kubectl(['delete', 'vm', '--all', '--wait=true', '--timeout=25s']);
  // Where the engine did not come back nobody else ends it.
  if (qemu && processFacts(qemu)?.comm.startsWith('hearth-')) process.kill(qemu, 'SIGKILL');
  await engine.remove();
  await execa('umount', ['-l', disk]);
  await rm(disk, { recursive: true, force: true });
});

/** Writes until not one byte more fits. */
async function fill(): Promise<void> {
  await using file = await open(join(disk, 'ballast'), 'a');
  for (let size = 1 << 20; size >= 1; size = size >> 4) {
    try {
      for (;;) await file.appendFile(Buffer.alloc(size, 1));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
    }
  }
}
const instance = async () => (await engine.kubectl(['get', 'vmi', 'web', '-o', 'jsonpath={.metadata.uid} {.status.phase}'])).stdout; // prettier-ignore
const created = (name: string) =>
  engine.json('/api/v1/namespaces/default/configmaps', { method: 'POST', send: { metadata: { name }, data: { text: 'x'.repeat(9000) } } }); // prettier-ignore

describe('an engine that starts on a full disk', () => {
  it('starts, tells of it, and finds its running machine; reading works', async () => {
    const vm = vmObject('web', { spec: { terminationGracePeriodSeconds: 0, volumes: [{ name: 'root', dataVolume: { name: 'web' } }] } }); // prettier-ignore
    const template = { metadata: { name: 'web' }, spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '64Mi' } } } } }; // prettier-ignore
    const object = { ...vm, spec: { ...vm.spec, dataVolumeTemplates: [template] } };
    expect((await engine.kubectl(['create', '-f', '-'], { input: JSON.stringify(object) })).all).toContain('created');
    expect((await engine.kubectl(['wait', 'vm/web', '--for=condition=Ready', '--timeout=25s'])).all).toContain('met');
    const seen = await instance();
    expect(seen).toContain('Running');
    const record = join(engine.dataDir, 'engine/machines', seen.split(' ')[0] ?? '', 'machine.json');
    const { pid } = JSON.parse(await readFile(record, 'utf8')) as { pid: number };
    qemu = pid;
    const reserve = join(engine.dataDir, 'engine/reserve');
    expect(existsSync(reserve)).toBe(true);

    await engine.down('SIGKILL');
    await fill();
    engine.log.length = 0;
    await engine.up();
    expect(existsSync(reserve)).toBe(false);
    expect(engine.log.join('\n')).toContain('The disk of the data folder is full');
    expect([await instance(), processFacts(pid) !== undefined]).toEqual([seen, true]);
    expect((await engine.kubectl(['get', 'events', '--field-selector', 'reason=DiskFull'])).stdout).toContain('Free some space'); // prettier-ignore

    // With no reserve left, to the last byte.
    await engine.down('SIGKILL');
    await fill();
    const { server, ca, token } = engine;
    await engine.up();
    expect({ server: engine.server, ca: engine.ca, token: engine.token }).toEqual({ server, ca, token });
    expect([await instance(), processFacts(pid) !== undefined]).toEqual([seen, true]);
    expect((await engine.kubectl(['get', 'vm,dv,pvc', '-o', 'name'])).stdout).toContain('virtualmachine.kubevirt.io/web'); // prettier-ignore
    expect(await created('late')).toMatchObject({ code: 507 });

    await rm(join(disk, 'ballast'));
    expect(await created('late')).toMatchObject({ code: 201 });
    await engine.down('SIGKILL');
    await engine.up();
    expect([await instance(), existsSync(reserve)]).toEqual([seen, true]);
    expect((await engine.kubectl(['get', 'configmap', 'late', '-o', 'name'])).stdout).toBe('configmap/late');
  });
});
