import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BlockNode } from '../../../main/embedded/kube/block.ts';
import type { Stored } from '../../../main/embedded/kube/object.ts';
import { configMaps, dataVolumes, secrets, virtualMachineInstances } from '../../../main/embedded/kube/resources.ts';
import { claimUid, qemuImg, startLab } from '../../support/disks/lab.ts';
import type { Lab } from '../../support/disks/lab.ts';

let lab: Lab;
let folder: string;
let raw: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-machines-'));
  raw = join(folder, 'raw');
  await writeFile(raw, randomBytes(4 << 20));
  lab = await startLab();
});
afterAll(async () => {
  await lab.end();
  await rm(folder, { recursive: true, force: true });
});

let counter = 0;
function machine(volumes: object[], disks: object[] = []): Stored {
  counter += 1;
  return lab.context.store.create(virtualMachineInstances, {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name: `m${counter}`, namespace: 'default' },
    spec: { domain: { firmware: { uuid: '5d307ca9-b3ef-428c-8861-06e72d69f223' }, devices: { disks } }, volumes },
  });
}
/** The files of a disc, read by a program that is not ours. */
function filesOf(iso: string, ...paths: string[]): string[] {
  counter += 1;
  const to = join(folder, `out-${counter}`);
  execFileSync('xorriso', ['-indev', iso, '-osirrox', 'on', '-extract', '/', to], { stdio: 'pipe' });
  return paths.map((path) => readFileSync(join(to, path), 'utf8'));
}
const object = (kind: string, name: string, fields: object) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'default' },
  ...fields,
});
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const importRaw = async (name: string): Promise<void> => {
  lab.volume(
    name,
    { upload: {} },
    {
      labels: { 'hearth.dev/image': 'true' },
      annotations: { 'hearth.dev/import-from-path': raw, 'hearth.dev/import-mode': 'copy' },
    },
  );
  await lab.phase(name, 'Succeeded');
};

describe('discs made for a machine', () => {
  test('NoCloud: a cidata disc with the firmware uuid as instance-id, private, gone with the machine', async () => {
    const vmi = machine([
      { name: 'seed', cloudInitNoCloud: { userData: '#cloud-config\n', networkDataBase64: base64('version: 2\n') } },
    ]);
    const node = await lab.disks.open(vmi, 'seed');
    expect(node).toMatchObject({ format: 'raw', readOnly: true, virtualSize: statSync(node.path).size });
    expect(statSync(node.path).mode & 0o777).toBe(0o600);
    expect(node.path).toContain(`machines/${vmi.metadata.uid}/`);
    const [meta = '', user, network] = filesOf(node.path, 'meta-data', 'user-data', 'network-config');
    expect(JSON.parse(meta)).toEqual({
      'instance-id': '5d307ca9-b3ef-428c-8861-06e72d69f223',
      'local-hostname': vmi.metadata.name,
    });
    expect([user, network]).toEqual(['#cloud-config\n', 'version: 2\n']);
    expect(execFileSync('blkid', ['-p', '-s', 'LABEL', '-o', 'value', node.path], { encoding: 'utf8' }).trim()).toBe(
      'cidata',
    );
    const before = readFileSync(node.path);
    expect(readFileSync((await lab.disks.open(vmi, 'seed')).path).equals(before)).toBe(true);
    await lab.disks.close(vmi.metadata.uid);
    expect(existsSync(node.path)).toBe(false);
  });

  test('user data from a secret; a missing one is named', async () => {
    const vmi = machine([{ name: 'seed', cloudInitNoCloud: { secretRef: { name: 'ci' } } }]);
    await expect(lab.disks.open(vmi, 'seed')).rejects.toMatchObject({
      reason: 'SecretMissing',
      message: expect.stringContaining('secret ci'),
    });
    lab.context.store.create(
      secrets,
      object('Secret', 'ci', { data: { userdata: base64('#!/bin/sh\n'), networkdata: base64('n') } }),
    );
    const node = await lab.disks.open(vmi, 'seed');
    expect(filesOf(node.path, 'user-data', 'network-config')).toEqual(['#!/bin/sh\n', 'n']);
  });

  test('a config drive, secrets, config maps and sysprep', async () => {
    lab.context.store.create(
      configMaps,
      object('ConfigMap', 'cm', {
        data: { 'App.conf': 'a=1', 'Unattend.XML': '<x/>' },
        binaryData: { bin: base64('\u0001') },
      }),
    );
    const vmi = machine([
      { name: 'drive', cloudInitConfigDrive: { userDataBase64: base64('u') } },
      { name: 'secret', secret: { secretName: 'ci', volumeLabel: 'mine' } },
      { name: 'config', configMap: { name: 'cm' } },
      { name: 'sysprep', sysprep: { configMap: { name: 'cm' } } },
    ]);
    const open = async (name: string): Promise<string> => (await lab.disks.open(vmi, name)).path;
    const [meta = '', user] = filesOf(
      await open('drive'),
      'openstack/latest/meta_data.json',
      'openstack/latest/user_data',
    );
    expect([JSON.parse(meta), user]).toMatchObject([{ uuid: '5d307ca9-b3ef-428c-8861-06e72d69f223' }, 'u']);
    expect(filesOf(await open('secret'), 'userdata')).toEqual(['#!/bin/sh\n']);
    expect(filesOf(await open('config'), 'App.conf', 'bin')).toEqual(['a=1', '\u0001']);
    expect(filesOf(await open('sysprep'), 'unattend.xml')).toEqual(['<x/>']);
  });
});

describe('disks made for a machine', () => {
  test('an empty disk, kept while the machine is, private', async () => {
    const vmi = machine([{ name: 'scratch', emptyDisk: { capacity: '3Gi' } }]);
    const node = await lab.disks.open(vmi, 'scratch');
    expect(node).toMatchObject({ format: 'qcow2', readOnly: false, virtualSize: 3 * 2 ** 30 });
    expect(statSync(node.path).mode & 0o777).toBe(0o600);
    await lab.disks.close(vmi.metadata.uid);
    expect(existsSync(node.path)).toBe(false);
  });

  test('an ephemeral disk leaves its claim as it was', async () => {
    await importRaw('image');
    const vmi = machine([{ name: 'root', ephemeral: { persistentVolumeClaim: { claimName: 'image' } } }]);
    const node = await lab.disks.open(vmi, 'root');
    await qemuImg('compare', '-f', 'raw', '-F', 'qcow2', raw, node.path);
    expect(node.path).toContain('machines/');
    expect(await readdir(join(lab.root, 'disks/volumes'))).not.toContain(`${claimUid(lab, 'image')}.qcow2`);
  });

  test('what is not served says why, what is not there says what', async () => {
    const vmi = machine([
      { name: 'c', containerDisk: { image: 'x' } },
      { name: 'd', dataVolume: { name: 'nowhere' } },
      { name: 'h', hostDisk: { path: '/x' } },
    ]);
    await expect(lab.disks.open(vmi, 'c')).rejects.toMatchObject({ reason: 'ContainerDiskNotSupported' });
    await expect(lab.disks.open(vmi, 'd')).rejects.toMatchObject({ status: 'ErrorPvcNotFound' });
    await expect(lab.disks.open(vmi, 'h')).rejects.toMatchObject({
      reason: 'NotSupported',
      message: expect.stringContaining('hostDisk'),
    });
    lab.volume('waits', { upload: {} });
    await lab.phase('waits', 'UploadReady');
    await expect(lab.disks.open(machine([{ name: 'd', dataVolume: { name: 'waits' } }]), 'd')).rejects.toMatchObject({
      status: 'Provisioning',
    });
  });
});

describe('a start after a crash', () => {
  test('finishes a freeze that was cut off between the record and the file', async () => {
    await importRaw('origin');
    const vmi = machine([{ name: 'o', dataVolume: { name: 'origin' } }]);
    const node = await lab.disks.open(vmi, 'o');
    execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 0x5a 0 1M', node.path], { stdio: 'pipe' });
    lab.context.store.delete(virtualMachineInstances, 'default', vmi.metadata.name);
    await lab.disks.close(vmi.metadata.uid);
    lab.volume('copy', { pvc: { namespace: 'default', name: 'origin' } }, { size: '4Mi' });
    await lab.phase('copy', 'Succeeded');
    const bases = join(lab.root, 'disks/base');
    const frozen = (await readdir(bases)).find((name) => /^frozen-.*\.qcow2$/.test(name)) ?? '';
    await rename(join(bases, frozen), node.path);
    await lab.restart();
    for (const name of ['origin', 'copy']) {
      const again = await lab.disks.open(machine([{ name: 'o', dataVolume: { name } }]), 'o');
      expect(
        execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'read -P 0x5a 0 1M', again.path], { encoding: 'utf8' }),
      ).toContain('read 1048576');
    }
  });

  test('removes leftovers, but keeps the data of claims whose objects cannot be read', async () => {
    const volumes = join(lab.root, 'disks/volumes');
    for (const name of ['gone.qcow2', 'gone.condemned', 'x.qcow2.12345678.tmp'])
      await writeFile(join(volumes, name), '{}');
    await writeFile(join(lab.root, 'disks/base', 'nobody.raw'), '');
    mkdirSync(join(lab.root, 'scratch/dead'));
    await importRaw('precious');
    const uid = claimUid(lab, 'precious');
    const base =
      lab.context.store.get(dataVolumes, 'default', 'precious')?.metadata.annotations?.['hearth.dev/content-sha256'] ??
      '';
    await writeFile(join(lab.root, 'objects/core/persistentvolumeclaims/default/precious.yaml'), 'kind: [');
    for (let start = 0; start < 2; start += 1) await lab.restart();
    const left = await readdir(volumes);
    expect(left.filter((name) => name.startsWith('gone') || name.startsWith('x.'))).toEqual([]);
    expect(left).toContain(`${uid}.json`);
    const bases = await readdir(join(lab.root, 'disks/base'));
    expect(bases).toContain(`${base}.raw`);
    expect(bases).not.toContain('nobody.raw');
    expect(existsSync(join(lab.root, 'scratch/dead'))).toBe(false);
  });

  test('many clones of a changed disk do not stack up for ever', async () => {
    await importRaw('deep');
    for (let round = 0; round < 10; round += 1) {
      const vmi = machine([{ name: 'd', dataVolume: { name: 'deep' } }]);
      const { path } = await lab.disks.open(vmi, 'd');
      execFileSync('qemu-io', ['-f', 'qcow2', '-c', `write -P ${round} ${round}k 1k`, path], { stdio: 'pipe' });
      lab.context.store.delete(virtualMachineInstances, 'default', vmi.metadata.name);
      await lab.disks.close(vmi.metadata.uid);
      lab.volume(`deep-${round}`, { pvc: { namespace: 'default', name: 'deep' } }, { size: '4Mi' });
      await lab.phase(`deep-${round}`, 'Succeeded');
      lab.context.store.delete(dataVolumes, 'default', `deep-${round}`);
    }
    const layersOf = async (): Promise<BlockNode[]> => {
      const layers: BlockNode[] = [];
      const vmi = machine([{ name: 'd', dataVolume: { name: 'deep' } }]);
      for (let node: BlockNode | undefined = await lab.disks.open(vmi, 'd'); node; node = node.backing)
        layers.push(node);
      return layers;
    };
    // Merges go on by themselves while nobody has the disk open, at their own pace.
    let layers = await layersOf();
    for (const end = Date.now() + 30_000; layers.length > 9 && Date.now() < end; layers = await layersOf()) {
      for (const { metadata } of lab.context.store.list(virtualMachineInstances)) {
        lab.context.store.delete(virtualMachineInstances, 'default', metadata.name);
        await lab.disks.close(metadata.uid);
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    expect(layers.length).toBeLessThanOrEqual(9);
    // What it was told of stays, though merges of before may still be under way.
    await new Promise((resolve) => setTimeout(resolve, 700));
    for (const { path } of layers) expect(existsSync(path)).toBe(true);
    for (let round = 0; round < 10; round += 1)
      execFileSync('qemu-io', ['-f', 'qcow2', '-c', `read -P ${round} ${round}k 1k`, layers[0]?.path ?? ''], {
        stdio: 'pipe',
      });
  });
});
