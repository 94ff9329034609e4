import { copyFile, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { persistentVolumeClaims, dataVolumes, virtualMachineInstances } from '../../../main/embedded/kube/resources.ts';
import { claimUid, qemuImg, running, startLab, volumeObject } from '../../support/disks/lab.ts';
import type { Lab } from '../../support/disks/lab.ts';

let lab: Lab;
let folder: string;
let image: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-images-'));
  image = join(folder, 'image.raw');
  await writeFile(image, Buffer.concat([randomBytes(3 << 20), Buffer.alloc(5 << 20)]));
  lab = await startLab();
});
afterAll(async () => {
  await lab.end();
  await rm(folder, { recursive: true, force: true });
});

const until = async (check: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 10));
};
const library = { labels: { 'hearth.dev/image': 'true' } };
const fromPath = (path: string, mode: string) => ({
  annotations: { 'hearth.dev/import-from-path': path, 'hearth.dev/import-mode': mode },
  ...library,
});

describe('blank and bare claims', () => {
  test('a blank DataVolume becomes a claim with an empty disk of its size', async () => {
    lab.volume('blank', { blank: {} }, { size: '3Gi' });
    const done = await lab.phase('blank', 'Succeeded');
    expect(done.status).toMatchObject({ progress: '100.00%', claimName: 'blank' });
    const claim = lab.context.store.get(persistentVolumeClaims, 'default', 'blank');
    expect(claim?.status).toMatchObject({ phase: 'Bound', capacity: { storage: '3Gi' } });
    expect(await lab.disks.sizes('default', 'blank')).toMatchObject({ virtual: 3 * 2 ** 30 });
    const node = await lab.disks.open(lab.machine('user-of-blank', ['blank']), 'blank');
    expect(JSON.parse(await qemuImg('info', '--output=json', node.path))).toMatchObject({
      format: 'qcow2',
      'virtual-size': 3 * 2 ** 30,
    });
  });

  test('a claim of its own is bound, grows when asked, and takes its file along', async () => {
    const { store } = lab.context;
    store.create(persistentVolumeClaims, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'bare', namespace: 'default' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    await until(() => store.get(persistentVolumeClaims, 'default', 'bare')?.status?.['phase'] === 'Bound');
    const uid = claimUid(lab, 'bare');
    expect(store.get(persistentVolumeClaims, 'default', 'bare')?.spec?.['volumeName']).toBe(`pvc-${uid}`);
    store.mutate(persistentVolumeClaims, 'default', 'bare', (draft) => {
      draft.spec = { ...draft.spec, resources: { requests: { storage: '2Gi' } } };
    });
    await until(async () => (await lab.disks.sizes('default', 'bare'))?.virtual === 2 * 2 ** 30);
    store.delete(persistentVolumeClaims, 'default', 'bare');
    await until(async () => !(await readdir(join(lab.root, 'disks/volumes'))).some((name) => name.startsWith(uid)));
  });

  test('a claim that a running machine uses grows once that is over', async () => {
    const { store } = lab.context;
    lab.volume('grows', { blank: {} }, { size: '1Gi' });
    await lab.phase('grows', 'Succeeded');
    const vmi = lab.machine('holds-grows', ['grows']);
    await lab.disks.open(vmi, 'grows');
    store.mutate(persistentVolumeClaims, 'default', 'grows', (draft) => {
      draft.spec = { ...draft.spec, resources: { requests: { storage: '3Gi' } } };
    });
    const claim = () => store.get(persistentVolumeClaims, 'default', 'grows')?.status;
    await until(() => JSON.stringify(claim()?.['conditions'] ?? []).includes('holds-grows'));
    expect(await lab.disks.sizes('default', 'grows')).toMatchObject({ virtual: 2 ** 30 });
    store.delete(virtualMachineInstances, 'default', 'holds-grows');
    await until(async () => (await lab.disks.sizes('default', 'grows'))?.virtual === 3 * 2 ** 30);
    await until(() => claim()?.['capacity'] !== undefined && JSON.stringify(claim()).includes('3Gi'));
  });

  test('a claim in use stays until its machine is over', async () => {
    const { store } = lab.context;
    store.delete(dataVolumes, 'default', 'blank');
    await until(() => store.get(persistentVolumeClaims, 'default', 'blank')?.metadata.deletionTimestamp !== undefined);
    expect(store.get(persistentVolumeClaims, 'default', 'blank')).toBeDefined();
    store.delete(virtualMachineInstances, 'default', 'user-of-blank');
    await until(() => store.get(persistentVolumeClaims, 'default', 'blank') === undefined);
  });
});

describe('files of this computer and clones', () => {
  test('copied in, cloned as an overlay in milliseconds, gone with the last claim', async () => {
    lab.volume('image', { upload: {} }, fromPath(image, 'copy'));
    const done = await lab.phase('image', 'Succeeded');
    const id = done.metadata.annotations?.['hearth.dev/content-sha256'] ?? '';
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(done.metadata.annotations).toMatchObject({
      'hearth.dev/virtual-size': String(8 << 20),
      'hearth.dev/format': 'raw',
    });
    expect((await stat(join(lab.root, 'disks/base', `${id}.raw`))).mode & 0o777).toBe(0o400);
    lab.volume('clone', { pvc: { namespace: 'default', name: 'image' } }, { size: '20Mi' });
    await lab.phase('clone', 'Succeeded');
    const node = await lab.disks.open(lab.machine('user-of-clone', ['clone']), 'clone');
    expect(node).toMatchObject({
      format: 'qcow2',
      virtualSize: 20 << 20,
      readOnly: false,
      backing: { format: 'raw', readOnly: true },
    });
    await qemuImg('compare', '-f', 'raw', '-F', 'qcow2', image, node.path);
    expect(JSON.parse(await qemuImg('info', '--output=json', node.path))).toMatchObject({
      'backing-filename': `../base/${id}.raw`,
      'backing-filename-format': 'raw',
    });
    expect((await stat(node.path)).blocks * 512).toBeLessThan(1 << 20);
    const { store } = lab.context;
    store.delete(dataVolumes, 'default', 'image');
    await until(() => store.get(persistentVolumeClaims, 'default', 'image') === undefined);
    expect(await readdir(join(lab.root, 'disks/base'))).toContain(`${id}.raw`);
    store.delete(virtualMachineInstances, 'default', 'user-of-clone');
    store.delete(dataVolumes, 'default', 'clone');
    await until(async () => !(await readdir(join(lab.root, 'disks/base'))).some((name) => name.startsWith(id)));
  });

  test('a clone of a used disk waits for its machine, then stands on its present data', async () => {
    lab.volume('origin', { blank: {} }, { size: '10Mi' });
    await lab.phase('origin', 'Succeeded');
    const machine = lab.machine('busy', ['origin']);
    const before = await lab.disks.open(machine, 'origin');
    lab.volume('copy', { pvc: { namespace: 'default', name: 'origin' } }, { size: '10Mi' });
    const waiting = await lab.phase('copy', 'CloneScheduled');
    expect(running(waiting)?.reason).toBe('CloneSourceInUse');
    await qemuImg('convert', '-f', 'raw', '-O', 'qcow2', '-n', image, before.path);
    lab.context.store.delete(virtualMachineInstances, 'default', 'busy');
    await lab.disks.close(machine.metadata.uid);
    await lab.phase('copy', 'Succeeded');
    for (const name of ['copy', 'origin']) {
      const node = await lab.disks.open(lab.machine(`reads-${name}`, [name]), name);
      expect(node.backing?.path).toContain('frozen-');
      await qemuImg('compare', image, node.path);
    }
  });

  test('a clone may come before its source, and takes its size', async () => {
    const { store } = lab.context;
    const early = volumeObject('early', { pvc: { namespace: 'default', name: 'late' } });
    store.create(dataVolumes, { ...early, spec: { ...early.spec, storage: {} } });
    expect(running(await lab.phase('early', 'Pending'))?.reason).toBe('ErrClaimNotValid');
    lab.volume('late', { upload: {} }, fromPath(image, 'copy'));
    await lab.phase('early', 'Succeeded');
    expect(await lab.disks.sizes('default', 'early')).toMatchObject({ virtual: 8 << 20 });
  });

  test('used in place, and refused once the file was changed', async () => {
    const own = join(folder, 'own.raw');
    await copyFile(image, own);
    lab.volume('inplace', { upload: {} }, fromPath(own, 'in-place'));
    await lab.phase('inplace', 'Succeeded');
    const node = await lab.disks.open(lab.machine('in-place', ['inplace']), 'inplace');
    expect(node.backing?.path).toBe(own);
    expect((await stat(own)).mode & 0o777).toBe((await stat(image)).mode & 0o777);
    await utimes(own, new Date(), new Date(0));
    await expect(lab.disks.open(lab.machine('later', ['inplace']), 'inplace')).rejects.toThrow(
      /in use by another machine/,
    );
    await lab.disks.close(lab.context.store.get(virtualMachineInstances, 'default', 'in-place')?.metadata.uid ?? '');
    await expect(lab.disks.open(lab.machine('last', ['inplace']), 'inplace')).rejects.toThrow(
      /was changed since it was added/,
    );
  });
});
