import { open, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dataVolumes, persistentVolumeClaims, virtualMachines } from '../../../main/embedded/kube/resources.ts';
import type { ObjectStore } from '../../../main/embedded/store/object-store.ts';
import { createDataVolumes } from '../../../main/embedded/machine/vm/data-volumes.ts';
import { claimUid, qemuImg, running, startLab } from '../../support/disks/lab.ts';
import type { Lab } from '../../support/disks/lab.ts';
import { vmObject } from '../../support/machine-lab.ts';

let lab: Lab;
beforeEach(async () => void (lab = await startLab()));
afterEach(() => lab.end());

const files = {
  claim: (name: string) => join(lab.root, `objects/core/persistentvolumeclaims/default/${name}.yaml`),
  volume: (name: string) => join(lab.root, `objects/cdi.kubevirt.io/datavolumes/default/${name}.yaml`),
  data: () => join(lab.root, 'disks/volumes'),
};
const get = {
  claim: (name: string) => lab.context.store.get(persistentVolumeClaims, 'default', name),
  volume: (name: string) => lab.context.store.get(dataVolumes, 'default', name),
};
const until = async (check: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 10));
};
const restored = () => lab.context.events.filter(({ reason }) => reason === 'ClaimRestored');

/** A machine whose disk comes of a template and has a mark in its data. Resolves with the claim's uid. */
async function machineWithData(name: string): Promise<string> {
  const vm = vmObject(name, { spec: { volumes: [{ name: 'root', dataVolume: { name } }] } });
  const template = {
    metadata: { name, annotations: { 'hearth.dev/display-name': 'My disk' } },
    spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '64Mi' } } } },
  };
  lab.context.store.create(virtualMachines, { ...vm, spec: { ...vm.spec, dataVolumeTemplates: [template] } });
  reconcile(name);
  await lab.phase(name, 'Succeeded');
  const uid = claimUid(lab, name);
  await write(join(files.data(), `${uid}.qcow2`));
  await until(async () => (await recordOf(uid)).includes('"Succeeded"'));
  return uid;
}
const recordOf = (uid: string) => readFile(join(files.data(), `${uid}.json`), 'utf8');
const mark = 'x'.repeat(512);
async function write(disk: string): Promise<void> {
  const raw = join(lab.root, 'mark.raw');
  await writeFile(raw, mark);
  await qemuImg('convert', '-n', '--target-is-zero', '-f', 'raw', '-O', 'qcow2', raw, disk);
}
async function read(disk: string): Promise<string> {
  const raw = join(lab.root, 'seen.raw');
  await qemuImg('convert', '-f', 'qcow2', '-O', 'raw', disk, raw);
  await using file = await open(raw);
  const { buffer } = await file.read(Buffer.alloc(512), 0, 512, 0);
  return buffer.toString();
}
/** What the machine controller does first. */
function reconcile(name: string): string[] {
  const vm = lab.context.store.get(virtualMachines, 'default', name);
  return vm ? createDataVolumes(lab.context.store, vm) : [];
}
const losing = {
  'both object files are gone': async (name: string) => {
    await rm(files.claim(name));
    await rm(files.volume(name));
  },
  'both object files are damaged': async (name: string) => {
    await writeFile(files.claim(name), '\u0000{{{');
    await writeFile(files.volume(name), '');
  },
  "the claim's file is gone": (name: string) => rm(files.claim(name)),
  "the DataVolume's file is gone": (name: string) => rm(files.volume(name)),
};

describe('a claim whose object file is lost', () => {
  test.each(Object.entries(losing))('%s: everything is as it was, and the data too', async (_what, lose) => {
    const uid = await machineWithData('root');
    const before = { claim: get.claim('root'), volume: get.volume('root') };
    await lab.restart();
    await lab.disks.stop();
    await lose('root');
    await lab.restart();
    (lab.context.store as ObjectStore).collect();
    expect(reconcile('root')).toEqual([]);
    expect(get.claim('root')).toMatchObject({
      metadata: { uid, ownerReferences: before.claim?.metadata.ownerReferences },
      spec: before.claim?.spec,
      status: before.claim?.status,
    });
    expect(get.volume('root')).toMatchObject({
      metadata: { uid: before.volume?.metadata.uid, annotations: before.volume?.metadata.annotations },
      status: { phase: 'Succeeded' },
    });
    expect(restored()).toHaveLength(1);
    expect(restored()[0]?.message).toContain('default/root');
    const node = await lab.disks.open(lab.machine('user', ['root']), 'root');
    expect(node.path).toBe(join(files.data(), `${uid}.qcow2`));
    expect(await read(node.path)).toBe(mark);
    lab.context.event = () => undefined;
    await lab.restart();
    expect(restored()).toEqual([]);
  });

  test('a record of an earlier version is enough for the claim', async () => {
    const uid = await machineWithData('old');
    await lab.disks.stop();
    const { kept: _kept, ...plain } = JSON.parse(await recordOf(uid)) as Record<string, unknown>;
    await writeFile(join(files.data(), `${uid}.json`), JSON.stringify(plain));
    await losing['both object files are gone']('old');
    await lab.restart();
    (lab.context.store as ObjectStore).collect();
    expect(reconcile('old')).toEqual([]);
    expect(get.claim('old')).toMatchObject({
      metadata: { uid },
      status: { phase: 'Bound' },
      spec: { resources: { requests: { storage: '64Mi' } } },
    });
    const node = await lab.disks.open(lab.machine('user', ['old']), 'old');
    expect(await read(node.path)).toBe(mark);
  });

  test('a disk whose owner is lost is kept, and told of', async () => {
    const uid = await machineWithData('alone');
    await lab.disks.stop();
    await rm(join(lab.root, 'objects/kubevirt.io/virtualmachines/default/alone.yaml'));
    await lab.restart();
    expect(
      (lab.context.store as ObjectStore).collect().map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    ).toEqual(['DataVolume alone']);
    expect(get.claim('alone')?.metadata.uid).toBe(uid);
  });

  test('what a user deletes is not brought back', async () => {
    const uid = await machineWithData('gone');
    lab.context.store.delete(dataVolumes, 'default', 'gone');
    await until(async () => !(await readdir(files.data())).some((name) => name.startsWith(uid)));
    await lab.restart();
    expect([get.claim('gone'), get.volume('gone'), restored()]).toEqual([undefined, undefined, []]);
  });

  test('nor is one whose deletion a kill cut short', async () => {
    const uid = await machineWithData('cut');
    await lab.disks.stop();
    await writeFile(join(files.data(), `${uid}.condemned`), '');
    await losing['both object files are gone']('cut');
    await lab.restart();
    expect(get.claim('cut')).toBeUndefined();
    expect(await readdir(files.data())).toEqual([]);
  });
});

describe('a disk that cannot be brought back', () => {
  test('is kept, and no new one is made under its name', async () => {
    const uid = await machineWithData('root');
    await lab.disks.stop();
    await losing['both object files are gone']('root');
    // Something in the way of its object file.
    const blocked = join(lab.root, 'objects/core/persistentvolumeclaims/default');
    await rm(blocked, { recursive: true });
    await writeFile(blocked, 'no folder');
    await rm(files.volume('root'), { force: true });
    const record = JSON.parse(await recordOf(uid)) as { kept?: unknown };
    delete record.kept;
    await writeFile(join(files.data(), `${uid}.json`), JSON.stringify(record));
    await lab.restart();
    await rm(blocked);
    expect(reconcile('root')).toEqual(['root']);
    await until(() => running(get.volume('root'))?.reason === 'DiskKept');
    expect(running(get.volume('root'))?.message).toContain(uid);
    expect(get.claim('root')).toBeUndefined();
    await expect(lab.disks.open(lab.machine('user', ['root']), 'root')).rejects.toMatchObject({
      status: 'Provisioning',
    });
    lab.context.store.create(persistentVolumeClaims, {
      apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'root', namespace: 'default' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Mi' } } },
    }); // prettier-ignore
    await until(() => lab.context.events.some(({ reason }) => reason === 'DiskKept'));
    expect((await readdir(files.data())).filter((name) => name.endsWith('.json'))).toEqual([`${uid}.json`]);
    lab.context.store.delete(persistentVolumeClaims, 'default', 'root');

    // With the way free, the next start brings it back, for the DataVolume that waits.
    await lab.restart();
    await lab.phase('root', 'Succeeded');
    expect(claimUid(lab, 'root')).toBe(uid);
    expect(await read((await lab.disks.open(lab.machine('user2', ['root']), 'root')).path)).toBe(mark);
  });
});

describe('a record that is lost', () => {
  test('costs neither the data nor what it stands on', async () => {
    const uid = await machineWithData('root');
    const { store } = lab.context;
    lab.volume('clone', { pvc: { namespace: 'default', name: 'root' } }, { size: '64Mi' });
    await lab.phase('clone', 'Succeeded');
    await lab.disks.open(lab.machine('user', ['clone']), 'clone');
    store.create(persistentVolumeClaims, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'bare', namespace: 'default' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Mi' } } },
    });
    await until(() => get.claim('bare')?.status?.['phase'] === 'Bound');
    const bare = claimUid(lab, 'bare');
    await until(async () => (await recordOf(bare)).includes('"kept"'));
    await write(join(files.data(), `${bare}.qcow2`));
    const bases = await readdir(join(lab.root, 'disks/base'));
    expect(bases).toHaveLength(2);
    await lab.disks.stop();
    for (const each of [uid, claimUid(lab, 'clone'), bare]) await rm(join(files.data(), `${each}.json`));
    await lab.restart();
    expect(await read(join(files.data(), `${bare}.qcow2`))).toBe(mark);
    expect(await readdir(join(lab.root, 'disks/base'))).toEqual(bases);
  });
});
