import { cp, mkdir, mkdtemp, open, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decide } from '../../../main/backend/boxes/agent/disks/decide.ts';
import { readMarker } from '../../../main/backend/boxes/agent/disks/marker.ts';
import { install } from '../../../main/backend/boxes/agent/install/install.ts';
import type { InstallProgress } from '../../../main/backend/boxes/agent/install/steps.ts';
import { asProblem } from '../../../main/contract/problem.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import { attachDisks, makeDiskFile, must, sha256File, usedDisk } from '../../support/boxes/install/disks.ts';
import type { DiskLab } from '../../support/boxes/install/disks.ts';
import { bootFile, inspectDisk } from '../../support/boxes/install/installed.ts';
import { makeMedium } from '../../support/boxes/install/medium.ts';
import type { TestMedium } from '../../support/boxes/install/medium.ts';
import {
  boxId,
  installId,
  makeBoxFolder,
  makeSlot,
  readSettings,
  secret,
  testOrder,
  testSettings,
  wifiPassword,
} from '../../support/boxes/install/order.ts';
import type { TestOrder } from '../../support/boxes/install/order.ts';

const size = 176 * 1024 ** 2;
const small = 110 * 1024 ** 2;
let folder: string;
let lab: DiskLab & { detach(): Promise<void> };
let medium: TestMedium;
let slot: string;
let test: TestOrder;
const file = (name: string): string => join(folder, `${name}.img`);
const never = new AbortController().signal;

let original: TestMedium;
beforeAll(async () => {
  const place = await mkdtemp(join(tmpdir(), 'hearth-medium-'));
  original = await makeMedium(join(place, 'medium'), { system: 12 * 1024 ** 2, bundle: 3 * 1024 ** 2 });
  return () => rm(place, { recursive: true });
});
async function setUp(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'hearth-install-'));
  medium = { ...original, folder: join(folder, 'medium') };
  await cp(original.folder, medium.folder, { recursive: true });
  await usedDisk(file('target'), size);
  await usedDisk(file('decoy'), size);
  await makeDiskFile(file('whole'), small);
  await must(['mkfs.ext4', '-q', '-F', file('whole')]);
  lab = await attachDisks(folder, [
    { name: 'sda', file: file('decoy'), size, serial: 'PRECIOUS' },
    { name: 'sdb', file: file('whole'), size: small, serial: 'WHOLE' },
    { name: 'nvme0n1', file: file('target'), size, serial: 'TARGET01', extra: { wwn: 'eui.01' } },
  ]);
  const settings = testSettings();
  slot = await makeSlot(lab, settings);
  test = testOrder(lab, medium, {
    disk: { serial: 'TARGET01', size, wwn: 'eui.01' },
    settings,
    slot,
    box: await makeBoxFolder(folder),
  });
}
async function tearDown(): Promise<void> {
  await lab.detach();
  await rm(folder, { recursive: true, force: true });
}

const run = (changes: Partial<TestOrder['order']> = {}, parts: Partial<TestOrder['parts']> = {}, signal = never, onProgress: (progress: InstallProgress) => void = () => undefined) =>
  install({ ...test.order, ...changes }, { ...test.parts, ...parts }, onProgress, signal); // prettier-ignore
const failure = async (work: Promise<unknown>): Promise<Problem> =>
  work.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => asProblem(error),
  );
const mountsHere = async (): Promise<string[]> =>
  (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter((line) => line.includes(folder));

async function flipBit(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, 4711);
  await handle.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, 4711);
  await handle.close();
}

describe.skipIf(process.getuid?.() !== 0)('a real installation', () => {
  beforeEach(setUp);
  afterEach(tearDown);

  it('makes a disk that other tools find sound, changes no other disk, and leaves no secret on the stick', async () => {
    const decoy = await sha256File(file('decoy'));
    const seen: InstallProgress[] = [];
    const result = await run({}, {}, never, (progress) => seen.push(progress));
    expect(result.stickProblem).toBeUndefined();

    const { wrong, data } = await inspectDisk(file('target'), folder, medium.manifest);
    expect(wrong).toEqual([]);
    expect(data['box/identity.json']).toContain(boxId);
    expect(data['box/apps.json']).toContain('Desk');
    expect(data['agent/wishes.json']).toContain(wifiPassword);
    expect(data['agent/enrolment.json']).toContain(secret);
    expect(JSON.parse((await bootFile(file('target'), '/hearth/box.json')) ?? '')).toMatchObject({
      boxId,
      installId,
      hostName: 'attic',
      version: '0.9.1',
    });
    expect(await readMarker(file('target'))).toBeUndefined();
    expect(await sha256File(file('decoy'))).toBe(decoy);

    const left = await readFile(slot, 'utf8');
    for (const word of [secret, wifiPassword, 'hunter22']) expect(left).not.toContain(word);
    expect((await readSettings(slot)).done).toMatchObject({ boxId, disk: 'LAB DISK TARGET01' });

    const fractions = seen.map(({ fraction }) => fraction);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    expect(seen.at(-1)?.steps.map(({ state }) => state)).toEqual(Array(10).fill('done'));

    const disks = await test.list();
    expect(disks.find(({ serial }) => serial === 'TARGET01')).toMatchObject({
      content: 'Hearth box "attic", version 0.9.1',
      hearth: { installId, hostName: 'attic' },
      refused: { code: 'hearth-box' },
    });
    expect(decide(disks, { rule: 'serial', serial: 'TARGET01' }, installId).do).toBe('already-installed');
    expect(await failure(run())).toMatchObject({ code: 'disk-has-box' });
    await run({ reinstall: true, checked: true });
    expect(await mountsHere()).toEqual([]);
  });

  it('knows its unfinished work again, on the same disk only, and begins anew', async () => {
    const stop = new AbortController();
    const stopping = (progress: InstallProgress): void => {
      if (progress.words.startsWith('Read the system back')) stop.abort();
    };
    expect(await failure(run({}, {}, stop.signal, stopping))).toMatchObject({
      code: 'cancelled',
      detail: expect.stringContaining('erased'),
    });
    expect(await mountsHere()).toEqual([]);
    expect((await readSettings(slot)).enrolment?.secret).toBe(secret);
    const disks = await test.list();
    expect(disks.find(({ serial }) => serial === 'TARGET01')).toMatchObject({
      content: 'an installation of Hearth that was not finished',
      unfinished: { installId, same: true },
    });
    expect(decide(disks, { rule: 'confirm' }, installId)).toMatchObject({ do: 'resume', disk: { serial: 'TARGET01' } });
    expect(decide(disks, { rule: 'confirm' }, '00'.repeat(16)).do).toBe('confirm');
    const copied = disks.map((disk) => (disk.unfinished ? { ...disk, unfinished: { ...disk.unfinished, same: false } } : disk)); // prettier-ignore
    expect(decide(copied, { rule: 'confirm' }, installId).do).toBe('confirm');
    await run();
    expect((await inspectDisk(file('target'), folder, medium.manifest)).wrong).toEqual([]);
  });
});

describe.skipIf(process.getuid?.() !== 0)('nothing is erased', () => {
  let before: string;
  beforeAll(async () => {
    await setUp();
    before = await sha256File(file('target'));
    return tearDown;
  });
  /** The Problem of an order that is refused; the disk has every bit it had. */
  const refused = async (...what: Parameters<typeof run>): Promise<Problem> => {
    const problem = await failure(run(...what));
    expect(await sha256File(file('target'))).toBe(before);
    expect(await mountsHere()).toEqual([]);
    return problem;
  };

  it.each(['hearth/live/root.squashfs', 'hearth/bundle/part-001', 'EFI/BOOT/BOOTX64.EFI'])(
    'when one bit of %s is not what was signed',
    async (path) => {
      await flipBit(join(medium.folder, path));
      const problem = await refused();
      await flipBit(join(medium.folder, path));
      expect(problem.code).toBe('image-damaged');
      expect(problem.detail).toContain('Nothing was erased');
    },
  );

  it('when the list of files was changed, or was signed by somebody else', async () => {
    const path = join(medium.folder, 'hearth/manifest.json');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('0.9.1', '0.9.2'));
    expect((await refused()).code).toBe('image-damaged');
    await writeFile(path, text);
    expect((await refused({ trusted: [] })).code).toBe('image-foreign');
  });

  it('when the disk is another one than was chosen', async () => {
    const wanted = { serial: 'TARGET01', size, wwn: 'eui.01' };
    for (const changed of [{ serial: 'TARGET02' }, { size: size - 512 }, { wwn: 'eui.02' }]) {
      const problem = await refused({ checked: true, disk: { ...wanted, ...changed } });
      expect(problem.code).toBe('disk-gone');
      expect(problem.detail).toContain('Nothing was erased');
    }
    expect((await refused({ checked: true, disk: { serial: 'TARGET01', size } })).code).toBe('disk-gone');
  });

  it('when it was swapped between the two looks at it', async () => {
    let looks = 0;
    const list: TestOrder['list'] = async () => {
      const disks = await test.list();
      looks += 1;
      return looks === 1 ? disks : disks.map((disk) => ({ ...disk, wwn: 'eui.99' }));
    };
    expect((await refused({ checked: true }, { list })).code).toBe('disk-gone');
    expect(looks).toBe(2);
  });

  it('when something uses it', async () => {
    const holder = join(folder, 'elsewhere');
    await mkdir(holder);
    const loop = await readlink(join(lab.devices, 'sdb'));
    const image = await sha256File(file('whole'));
    await lab.run(['mount', '-t', 'ext4', '-o', 'ro', loop, holder]);
    try {
      const problem = await failure(run({ checked: true, disk: { serial: 'WHOLE', size: small } }));
      expect(problem).toMatchObject({ code: 'install-ebusy', detail: expect.stringContaining('Nothing was erased') });
    } finally {
      await lab.run(['umount', holder]);
    }
    expect(await sha256File(file('whole'))).toBe(image);
  });

  it('when it is too small for two systems', async () => {
    const problem = await refused({ checked: true, bootSize: 30 * 1024 ** 2 });
    expect(problem.code).toBe('disk-too-small');
  });

  it('when it is stopped before', async () => {
    const stop = new AbortController();
    const problem = await refused({}, {}, stop.signal, () => stop.abort());
    expect(problem).toMatchObject({ code: 'cancelled', detail: expect.stringContaining('Nothing was erased') });
  });
});

describe.skipIf(process.getuid?.() !== 0)('a failure on the way', () => {
  beforeEach(setUp);
  afterEach(tearDown);

  it('says what state the disk is in, unmounts, keeps the enrolment, and can be tried again', async () => {
    const partitions: DiskLab['partitions'] = async (device, layout) => {
      const open = await lab.partitions(device, layout);
      // The medium goes away once the partitions are there.
      await rm(join(medium.folder, 'hearth/bundle/part-001'));
      return open;
    };
    const problem = await failure(run({}, { partitions }));
    expect(problem.code).toBe('install-enodev');
    expect(problem.detail).toContain('was erased');
    expect(problem.fix).toContain('again');
    expect(await mountsHere()).toEqual([]);
    expect((await readSettings(slot)).enrolment?.secret).toBe(secret);
    expect((await readMarker(file('target')))?.installId).toBe(installId);
    expect(await bootFile(file('target'), '/hearth/box.json')).toBeUndefined();
    expect(await bootFile(file('target'), '/EFI/BOOT/BOOTX64.EFI')).toBeUndefined();
  });

  it('is only told when the stick cannot be written: the box is installed', async () => {
    const result = await run({}, { writeSettings: () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' })) }); // prettier-ignore
    expect(result.stickProblem).toMatchObject({ code: 'install-eio', detail: expect.stringContaining('box is on its disk') }); // prettier-ignore
    expect(decide(await test.list(), { rule: 'confirm' }, installId).do).toBe('already-installed');
  });
});
