import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestEngine } from '../../support/engine.ts';
import { vmObject } from '../../support/machine-lab.ts';

let engine: TestEngine;
beforeAll(async () => {
  engine = await TestEngine.start();
}, 60_000);
afterAll(async () => {
  await engine.kubectl(['delete', 'vm', '--all', '--wait=true', '--timeout=25s']);
  await engine.remove();
});

const uidsOf = async () =>
  (await engine.kubectl(['get', 'dv/web', 'pvc/web', 'vmi/web', '-o', 'jsonpath={.items[*].metadata.uid}'])).stdout;

describe('the objects of a disk are lost while the engine is away', () => {
  it('brings them back for the machine that runs on them; deleting the machine removes the data still', async () => {
    const vm = vmObject('web', { spec: { terminationGracePeriodSeconds: 0, volumes: [{ name: 'root', dataVolume: { name: 'web' } }] } }); // prettier-ignore
    const template = { metadata: { name: 'web' }, spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '64Mi' } } } } }; // prettier-ignore
    const object = { ...vm, spec: { ...vm.spec, dataVolumeTemplates: [template] } };
    expect((await engine.kubectl(['create', '-f', '-'], { input: JSON.stringify(object) })).all).toContain('created');
    expect((await engine.kubectl(['wait', 'vm/web', '--for=condition=Ready', '--timeout=25s'])).all).toContain('met');
    const before = await uidsOf();
    expect(before.split(' ')).toHaveLength(3);
    const volumes = join(engine.dataDir, 'engine/disks/volumes');
    const names = await readdir(volumes);

    await engine.down('SIGKILL');
    const objects = join(engine.dataDir, 'engine/objects');
    await rm(join(objects, 'cdi.kubevirt.io/datavolumes/default/web.yaml'));
    await writeFile(join(objects, 'core/persistentvolumeclaims/default/web.yaml'), '\0{');
    await engine.up();
    expect(await uidsOf()).toBe(before);
    expect(await readdir(volumes)).toEqual(names);
    const events = await engine.kubectl(['get', 'events', '--field-selector', 'reason=ClaimRestored']);
    expect(events.stdout).toContain('default/web');

    expect((await engine.kubectl(['delete', 'vm', 'web', '--timeout=25s'])).all).toContain('deleted');
    await expect.poll(() => readdir(volumes)).toEqual([]);
    await engine.down('SIGKILL');
    await engine.up();
    expect((await engine.kubectl(['get', 'dv,pvc', '-o', 'name'])).stdout).toBe('');
  });
});
