import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../main/contract/kube.ts';
import { Qmp } from '../../main/embedded/machine/qemu/qmp.ts';
import { SnapshotLab } from '../support/snapshot-lab.ts';

// The engine is killed in the middle of every long operation, at another moment each time. Each operation must come to its
// end under the next engine, every disk must read as before, and at last no file and no process may be left over.

const run = promisify(execFile);
/** How often each operation is cut short; raise it to search. */
const rounds = Number(process.env['HEARTH_TEST_KILLS'] ?? 1);
const moments = [4, 25, 60, 120, 8, 40, 90, 200, 15, 300];

const machines = '/apis/kubevirt.io/v1/namespaces/default/virtualmachines';
const instances = '/apis/kubevirt.io/v1/namespaces/default/virtualmachineinstances';
const snapshots = '/apis/snapshot.kubevirt.io/v1beta1/namespaces/default/virtualmachinesnapshots';
const restores = '/apis/snapshot.kubevirt.io/v1beta1/namespaces/default/virtualmachinerestores';
const clones = '/apis/clone.kubevirt.io/v1beta1/namespaces/default/virtualmachineclones';
const exports = '/apis/export.kubevirt.io/v1/namespaces/default/virtualmachineexports';
const dataVolumes = '/apis/cdi.kubevirt.io/v1beta1/namespaces/default/datavolumes';
const claims = '/api/v1/namespaces/default/persistentvolumeclaims';
const json = 'application/json-patch+json';

let lab: SnapshotLab;
let kills = 0;
/** What each disk has to read: byte by offset. */
const written = new Map<string, Map<string, number>>();
/** Of the machine that is off; a restore gives it others. */
const disks = (): string[] => [...written.keys()].filter((each) => !each.startsWith('live'));
const expected = (claim: string): Map<string, number> => {
  if (!written.has(claim)) written.set(claim, new Map());
  return written.get(claim)!;
};

const find = (path: string): Promise<KubeObject | undefined> =>
  lab.request('GET', path).catch((error: unknown) => {
    if (String(error).includes(': 404')) return undefined;
    throw error;
  });
const until = async (what: string, holds: () => Promise<boolean>, limit = 40_000): Promise<void> => {
  const end = Date.now() + limit;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`${what}: never\n${lab.engine.log.slice(-12).join('\n')}`);
    await wait(40);
  }
};
const gone = (path: string): Promise<void> => until(`${path} goes`, async () => (await find(path)) === undefined);
const remove = async (path: string): Promise<void> => {
  if (await find(path)) await lab.request('DELETE', path);
  await gone(path);
};
/** Begins something and kills the engine in the middle of it; where it was not even taken it is begun again. */
const cut = async (round: number, begin: () => Promise<unknown>): Promise<void> => {
  const moment = moments[(round + kills) % moments.length]!;
  const asked = begin().then(
    () => undefined,
    (error: unknown) => error,
  );
  await wait(moment);
  kills += 1;
  await lab.crash();
  if (await asked)
    await begin().catch((error: unknown) => {
      // It was taken, only its answer was lost.
      if (!/already|409|404|in progress/i.test(String(error))) throw error;
    });
};
const apiObject = (apiVersion: string, kind: string, name: string, spec: object, annotations: object = {}): object => ({
  apiVersion, kind, metadata: { name, annotations }, spec,
}); // prettier-ignore
const machine = (name: string): object => ({ apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name });

/** Writes to a disk that is off. One that was just frozen gets its overlay first, as the engine makes it at the next start. */
const scribble = async (claim: string, byte: number, at: string): Promise<void> => {
  const overlay = lab.overlay(claim);
  const { base } = lab.claim(claim);
  if (!existsSync(overlay))
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', `../base/${base}.qcow2`, '-F', 'qcow2', overlay]);
  await lab.write(claim, byte, at);
};
const fill = async (claim: string, byte: number, at: string): Promise<void> => {
  await scribble(claim, byte, at);
  expected(claim).set(at, byte);
};
/** As the guest would: through QEMU. */
const ask = async <T>(command: string, parameters?: Record<string, unknown>): Promise<T> => {
  const { uid } = (await lab.request('GET', `${instances}/live`)).metadata;
  const { argv } = JSON.parse(
    readFileSync(join(lab.engine.dataDir, 'engine/machines', String(uid), 'machine.json'), 'utf8'),
  ) as { argv: string[] };
  const qmp = await Qmp.connect(/path=([^,]+\.qm2)/.exec(argv.join(' '))?.[1] ?? '');
  try {
    return await qmp.execute<T>(command, parameters);
  } finally {
    qmp.close();
  }
};
const guestWrites = async (byte: number, at: string): Promise<void> => {
  // Flushed, or only QEMU knows where it lies.
  for (const command of [`write -P ${byte} ${at} 1M`, 'flush']) {
    const line = `qemu-io -d /machine/peripheral/disk0/virtio-backend "${command}"`;
    expect(await ask<string>('human-monitor-command', { 'command-line': line })).toBe('');
  }
  expected('live-0').set(at, byte);
};

/** Every file is whole, stands on files that are there, and reads what was written. */
async function allIsWell(): Promise<boolean> {
  for (const folder of ['base', 'volumes'])
    for (const name of readdirSync(join(lab.disks, folder)).filter((each) => each.endsWith('.qcow2'))) {
      const path = join(lab.disks, folder, name);
      // One may be merged away while it is looked at.
      const told = await run('qemu-img', ['info', '-U', '--backing-chain', path]).catch(
        (error: unknown) => error as Error,
      );
      if (told instanceof Error && existsSync(path)) throw told;
      const checked = await run('qemu-img', ['check', '-U', '-f', 'qcow2', path]).catch((error: unknown) => error as Error & { code: number }); // prettier-ignore
      // 3: clusters that nothing uses, as a power cut leaves them.
      if (checked instanceof Error && checked.code !== 3 && existsSync(path)) throw checked;
    }
  for (const [claim, bytes] of written)
    for (const [at, byte] of bytes) expect([claim, at, await lab.holds(claim, byte, at)]).toEqual([claim, at, true]);
  expect(lab.pids()).toHaveLength(1);
  return true;
}
const strays = (): string[] =>
  readdirSync(join(lab.engine.dataDir, 'engine'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.(tmp|new|restored|condemned)$/.test(path),
  );

const succeeded = (name: string): Promise<void> =>
  until(`snapshot ${name}`, async () => (await find(`${snapshots}/${name}`))?.status?.['phase'] === 'Succeeded');
const snapshot = (name: string, of: string, memory = false) => lab.snapshot(name, of, memory);
/** A snapshot that is done. */
const taken = async (name: string, of: string): Promise<void> => {
  await snapshot(name, of);
  await succeeded(name);
};

beforeAll(async () => {
  lab = await SnapshotLab.start();
  await lab.vm('cold', 'Halted', 2);
  await lab.printable('cold', 'Stopped');
  await fill('cold-0', 0x10, '1M');
  await fill('cold-1', 0x11, '2M');
  await lab.vm('live', 'Halted');
  await lab.printable('live', 'Stopped');
  await lab.request('PATCH', `${machines}/live`, [
    { op: 'add', path: '/spec/template/spec/domain/cpu', value: { sockets: 1, cores: 1, threads: 1, maxSockets: 4 } },
    { op: 'replace', path: '/spec/template/spec/domain/memory', value: { guest: '1Gi', maxGuest: '2Gi' } },
  ], json); // prettier-ignore
  await fill('live-0', 0x20, '1M');
  await lab.act('live', 'start');
  await lab.printable('live', 'Running');
}, 60_000);
afterAll(() => lab.end());

describe.each(Array.from({ length: rounds }, (_, index) => index))('round %i', { retry: 0 }, (round) => {
  test('snapshots of a machine that is off and of one that runs', async () => {
    for (const of of ['cold', 'live']) {
      const name = `s-${of}-${round}`;
      await cut(round, () => snapshot(name, of));
      await succeeded(name);
      expect(await allIsWell()).toBe(true);
    }
  }, 90_000);

  test('with memory: the guest goes on', async () => {
    const name = `m-${round}`;
    await cut(round, () => snapshot(name, 'live', true));
    await succeeded(name);
    expect((await ask<{ status: string }>('query-status')).status).toBe('running');
    await guestWrites(0x30 + round, '5M');
    expect(await allIsWell()).toBe(true);
  }, 90_000);

  test('restore', async () => {
    const name = `r-${round}`;
    await taken(name, 'cold');
    await scribble(disks()[0]!, 0x77, '1M');
    await cut(round, () => lab.restore(name, name, 'cold'));
    await until(name, async () => (await find(`${restores}/${name}`))?.status?.['complete'] === true);
    const vm = (await find(`${machines}/cold`)) as unknown as { spec: { template: { spec: { volumes: { dataVolume?: { name: string } }[] } } } }; // prettier-ignore
    const [first, second] = vm.spec.template.spec.volumes.flatMap(({ dataVolume }) => dataVolume?.name ?? []);
    for (const old of disks()) written.delete(old);
    written.set(first!, new Map([['1M', 0x10]]));
    written.set(second!, new Map([['2M', 0x11]]));
    expect(await allIsWell()).toBe(true);
    await remove(`${restores}/${name}`);
  }, 90_000);

  test('deletion with merge, off and under a running machine', async () => {
    const [disk] = disks();
    for (const step of [0, 1]) {
      await taken(`d-${round}-${step}`, 'cold');
      await fill(disk!, 0x40 + round + step, `${8 + step}M`);
      await taken(`e-${round}-${step}`, 'live');
      await guestWrites(0x50 + round + step, `${8 + step}M`);
    }
    for (const name of [`d-${round}-0`, `d-${round}-1`, `e-${round}-1`, `e-${round}-0`]) {
      await cut(round, () => lab.request('DELETE', `${snapshots}/${name}`));
      await gone(`${snapshots}/${name}`);
      expect(await allIsWell()).toBe(true);
    }
  }, 120_000);

  test('clones, linked and full', async () => {
    const [disk] = disks();
    for (const kind of ['linked', 'full']) {
      const name = `${kind}-${round}`;
      const object = apiObject('clone.kubevirt.io/v1beta1', 'VirtualMachineClone', name, { source: machine('cold'), target: machine(name) }, kind === 'full' ? { 'hearth.dev/clone': 'full' } : {}); // prettier-ignore
      await cut(round, () => lab.request('POST', clones, object));
      await until(name, async () => (await find(`${clones}/${name}`))?.status?.['phase'] === 'Succeeded');
      const vm = (await find(`${machines}/${name}`)) as unknown as { spec: { template: { spec: { volumes: { dataVolume?: { name: string } }[] } } } }; // prettier-ignore
      const copy = vm.spec.template.spec.volumes.flatMap(({ dataVolume }) => dataVolume?.name ?? [])[0]!;
      for (const [at, byte] of expected(disk!)) expect(await lab.holds(copy, byte, at)).toBe(true);
      expect(await allIsWell()).toBe(true);
      // One is killed while it is deleted.
      await cut(round, () => lab.request('DELETE', `${machines}/${name}`));
      await gone(`${machines}/${name}`);
      await remove(`${clones}/${name}`);
    }
    expect(await allIsWell()).toBe(true);
  }, 90_000);

  test('export and import', async () => {
    const name = `out-${round}`;
    const object = apiObject('export.kubevirt.io/v1', 'VirtualMachineExport', name, { source: machine('cold') }, { 'hearth.dev/prepare': 'qcow2' }); // prettier-ignore
    await cut(round, () => lab.request('POST', exports, object));
    await until(name, async () => (await find(`${exports}/${name}`))?.status?.['phase'] === 'Ready');
    const folder = join(lab.engine.dataDir, 'engine/exports', String((await find(`${exports}/${name}`))?.metadata.uid));
    const [file] = readdirSync(folder).filter((each) => each.endsWith('.qcow2'));
    const path = join(lab.engine.home, 'in.qcow2');
    await run('cp', ['--reflink=auto', '-f', join(folder, file!), path]);
    await remove(`${exports}/${name}`);
    const volume = apiObject('cdi.kubevirt.io/v1beta1', 'DataVolume', `in-${round}`, { source: { upload: {} }, storage: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Mi' } } } }, { 'hearth.dev/import-from-path': path }); // prettier-ignore
    await cut(round, () => lab.request('POST', dataVolumes, volume));
    await until('import', async () => (await find(`${dataVolumes}/in-${round}`))?.status?.['phase'] === 'Succeeded');
    expect(await lab.holds(`in-${round}`, 0x10)).toBe(true);
    await remove(`${dataVolumes}/in-${round}`);
    expect(await allIsWell()).toBe(true);
  }, 90_000);

  test('disks that grow, off and running', async () => {
    const [disk] = disks();
    for (const [claim, size] of [
      [disk!, 96 + 16 * round],
      ['live-0', 96 + 16 * round],
    ] as const) {
      const change = [{ op: 'replace', path: '/spec/resources/requests/storage', value: `${size}Mi` }];
      await cut(round, () => lab.request('PATCH', `${claims}/${claim}`, change, json));
      await until(`${claim} grows`, async () => {
        const told = (await find(`${claims}/${claim}`))?.status?.['capacity'] as { storage?: string } | undefined;
        return told?.storage === `${size}Mi`;
      });
      if (existsSync(lab.overlay(claim))) {
        const { stdout } = await run('qemu-img', ['info', '-U', '--output', 'json', lab.overlay(claim)]);
        expect((JSON.parse(stdout) as { 'virtual-size': number })['virtual-size']).toBe(size * 2 ** 20);
      }
      expect(await allIsWell()).toBe(true);
    }
  }, 90_000);

  test('disks that come and go, CPUs and memory that change', async () => {
    const name = `extra-${round}`;
    await lab.request('POST', dataVolumes, apiObject('cdi.kubevirt.io/v1beta1', 'DataVolume', name, { source: { blank: {} }, storage: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '16Mi' } } } })); // prettier-ignore
    await until(name, async () => (await find(`${dataVolumes}/${name}`))?.status?.['phase'] === 'Succeeded');
    const phase = async (): Promise<unknown> =>
      (((await find(`${instances}/live`))?.status?.['volumeStatus'] ?? []) as { name: string; phase?: string }[]).find(
        (each) => each.name === name,
      )?.phase;
    const nodes = async (): Promise<boolean> =>
      (await ask<{ inserted?: { file?: string } }[]>('query-block')).some(({ inserted }) => inserted?.file === lab.overlay(name)); // prettier-ignore
    const call = (action: string, body: object) =>
      lab.request('PUT', `/apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachines/live/${action}`, body);
    await cut(round, () => call('addvolume', { name, disk: { name, disk: { bus: 'scsi' } }, volumeSource: { dataVolume: { name, hotpluggable: true } } })); // prettier-ignore
    await until('plugged in', async () => (await phase()) === 'Ready' && (await nodes()));
    await cut(round, () => call('removevolume', { name }));
    await until('taken out', async () => (await phase()) === undefined && !(await nodes()));
    await remove(`${dataVolumes}/${name}`);
    const domain = '/spec/template/spec/domain';
    const sockets = 2 + (round % 3);
    await cut(round, () => lab.request('PATCH', `${machines}/live`, [
      { op: 'replace', path: `${domain}/cpu/sockets`, value: sockets },
      { op: 'replace', path: `${domain}/memory/guest`, value: `${1152 + 128 * round}Mi` },
    ], json)); // prettier-ignore
    await until('CPUs', async () => (await ask<unknown[]>('query-cpus-fast')).length === sockets);
    await until('memory', async () => {
      const bytes = await ask<number>('qom-get', { path: '/machine/peripheral/hotmem0', property: 'requested-size' });
      return bytes === (128 + 128 * round) * 2 ** 20;
    });
    expect(await allIsWell()).toBe(true);
  }, 90_000);
});

test('afterwards everything can go, and nothing is left', { retry: 0, timeout: 90_000 }, async () => {
  await lab.act('live', 'stop');
  await until('live stops', async () => (await find(`${instances}/live`)) === undefined);
  for (const [claim, bytes] of written)
    for (const [at, byte] of bytes) expect([claim, at, await lab.holds(claim, byte, at)]).toEqual([claim, at, true]);
  for (const path of [snapshots, restores, clones, exports])
    for (const { metadata } of (await lab.request('GET', path)).items ?? []) await remove(`${path}/${metadata.name}`);
  // A disk that was written to since stands alone again; one that was not is its layer.
  const unmerged = (): string[] => ['live-0', ...disks()].filter((claim) => existsSync(lab.overlay(claim)) && lab.claim(claim).base?.startsWith('frozen-')); // prettier-ignore
  await expect.poll(unmerged, { timeout: 20_000 }).toEqual([]);
  for (const [claim, bytes] of written)
    for (const [at, byte] of bytes) expect([claim, at, await lab.holds(claim, byte, at)]).toEqual([claim, at, true]);
  // What is left is what disks stand on.
  const names = ((await lab.request('GET', claims)).items ?? []).flatMap(({ metadata }) => metadata.name ?? []);
  const used = (): Set<string> => new Set(names.flatMap((name) => lab.chain(name)).map(({ path }) => path));
  await until('layers', () => Promise.resolve(lab.layers().every((name) => used().has(join(lab.disks, 'base', name)))));
  // All machines: one whose disk goes before it makes that anew.
  for (const path of [machines, dataVolumes, claims])
    for (const { metadata } of (await lab.request('GET', path)).items ?? []) await remove(`${path}/${metadata.name}`);
  await lab.crash();
  const engine = join(lab.engine.dataDir, 'engine');
  const left = (folder: string): string[] =>
    existsSync(join(engine, folder)) ? readdirSync(join(engine, folder)) : [];
  const folders = ['disks/base', 'disks/volumes', 'disks/snapshots', 'scratch', 'machines', 'states', 'firmware', 'exports', 'quarantine']; // prettier-ignore
  await expect
    .poll(() => Object.fromEntries(folders.map((folder) => [folder, left(folder)])), { timeout: 10_000 })
    .toEqual(Object.fromEntries(folders.map((folder) => [folder, []])));
  expect(strays()).toEqual([]);
  const { stdout } = await run('ps', ['-eo', 'args']);
  expect(stdout.split('\n').filter((line) => line.includes('qemu') && line.includes(lab.engine.home))).toEqual([]);
  expect(kills).toBeGreaterThanOrEqual(15 * rounds);
});
