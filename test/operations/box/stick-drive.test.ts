import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { truncateSync } from 'node:fs';
import { mkdir, readFile, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { execa, execaSync } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundleProgram } from '../../../main/launch/bundle.mjs';
import { asProblem } from '../../../main/contract/problem.ts';
import { readGpt } from '../../../main/backend/boxes/sticks/format/gpt.ts';
import { linuxDrives } from '../../../main/backend/boxes/sticks/drives/linux.ts';
import { openStick } from '../../../main/backend/boxes/sticks/format/slot.ts';
import { runStickHelper } from '../../../main/backend/boxes/sticks/helper/client.ts';
import type { HelperCall, HelperEvent } from '../../../main/backend/boxes/sticks/helper/contract.ts';
import { claimDrive } from '../../../main/backend/boxes/sticks/helper/drive.ts';
import { fedProgram } from '../../../main/backend/boxes/sticks/helper/program.ts';
import type { HelperProgram } from '../../../main/backend/boxes/sticks/helper/program.ts';
import type { WantedDrive } from '../../../main/backend/boxes/sticks/helper/drive.ts';
import { openDrive } from '../../../main/backend/boxes/sticks/write/raw.ts';
import { createLog } from '../../../main/backend/log.ts';
import { localPlace } from '../../../main/backend/provision/places/local.ts';
import { boxWishesSchema } from '../../../main/contract/box/settings.ts';
import type { StickDrive } from '../../../main/contract/box/sticks.ts';
import { canLoop, makeLoop } from '../../support/boxes/loop.ts';
import type { Loop } from '../../support/boxes/loop.ts';
import { makeSignedImage } from '../../support/boxes/signed-image.ts';
import type { SignedImage } from '../../support/boxes/signed-image.ts';
import { loopHelper, stickLab, withBytes } from '../../support/boxes/stick-lab.ts';
import type { StickLab } from '../../support/boxes/stick-lab.ts';

const mib = 1024 * 1024;
const size = 56 * mib;
const wishes = boxWishesSchema.parse({ hostName: 'kitchen' });
const possible = await canLoop();

// Real block devices: O_EXCL, O_DIRECT, mount and lsblk are the kernel's own.
describe.skipIf(!possible)('a drive', () => {
  let lab: StickLab;
  let image: SignedImage;
  let loop: Loop;
  let drive: StickDrive;
  beforeAll(async () => {
    lab = await stickLab();
    image = await makeSignedImage(join(lab.root, 'boxes', 'images'), { keys: join(lab.root, 'boxes', 'keys') });
  });
  afterAll(() => lab.close());
  beforeEach(async () => {
    loop = await makeLoop(join(lab.folder, 'drive'), size);
    const found = (await lab.drives()).find(({ path }) => path === loop.path);
    if (!found) throw new Error('not listed');
    drive = found;
  });
  afterEach(() => loop.remove());

  const start = (how: { key?: string; fullCheck?: boolean; enrol?: { days: number } } = {}) =>
    lab.sticks.write(
      {
        image: image.path,
        place: { type: 'drive', path: loop.path, key: how.key ?? drive.key },
        wishes,
        fullCheck: how.fullCheck ?? false,
        ...(how.enrol && { enrol: how.enrol }),
      },
      lab.context,
    );
  const written = async (how = {}) => lab.ended((await start(how)).taskId);
  const call = (change: Partial<Extract<HelperCall, { mode: 'write' }>> = {}): HelperCall => ({
    mode: 'write',
    device: loop.path,
    serial: drive.serial,
    size: loop.size,
    diskseq: loop.diskseq,
    image: image.path,
    imageSize: image.size,
    imageSha256: image.sha256,
    typed: '',
    fullCheck: 'no',
    ...change,
  });
  /** Runs the helper; resolves with the code of its Problem. */
  async function helper(
    given: HelperCall,
    how: { program?: HelperProgram; onEvent?: (event: HelperEvent) => void } = {},
  ) {
    const log = createLog({ path: join(lab.folder, 'helper.log'), quiet: true });
    const place = localPlace({ stagingRoot: join(lab.folder, 'staging'), log });
    const settings = { ...wishes, version: 1, installId: '1'.repeat(32) };
    return runStickHelper({
      place,
      call: given,
      settings,
      signal: new AbortController().signal,
      program: how.program ?? loopHelper,
      onEvent: how.onEvent ?? (() => undefined),
    }).then(
      () => 'written',
      (error: unknown) => asProblem(error).code,
    );
  }
  /** What the helper does before its first byte, without a process of its own. Resolves with the code of its Problem. */
  const claimed = (change: Partial<WantedDrive> & { need?: number } = {}): Promise<string> => {
    const wanted = { device: loop.path, serial: drive.serial, size: loop.size, diskseq: loop.diskseq, ...change };
    return claimDrive(linuxDrives, wanted, { loops: true, need: change.need ?? image.size }).then(
      async ({ target }) => {
        await target.close();
        return 'claimed';
      },
      (error: unknown) => asProblem(error).code,
    );
  };
  const untouched = async () => expect((await readFile(loop.file)).every((byte) => byte === 0)).toBe(true);
  const noTable = () =>
    expect(withBytes(loop.path, readGpt)).rejects.toMatchObject({ problem: { code: 'stick-no-table' } });

  /** What an earlier stick left. */
  const oldTable = async () => {
    await execa('sgdisk', ['-n', '1:2048:0', '-t', '1:ef00', loop.path]);
    expect((await withBytes(loop.path, readGpt)).problems).toEqual([]);
  };

  it('is written, read back, has a table for its real size, and is good when it is read again', async () => {
    const task = await written({ enrol: { days: 2 } });
    expect([task.state, task.problem]).toEqual(['done', undefined]);
    expect(task.steps.map(({ state }) => state)).toEqual(Array.from({ length: 7 }, () => 'done'));
    expect((await execa('sgdisk', ['-v', loop.path])).stdout).toContain('No problems found');
    expect(await withBytes(loop.path, readGpt)).toMatchObject({ problems: [], lastUsable: loop.size / 512 - 34 });
    const { stdout } = await execa('mtype', ['-i', `${loop.path}@@1M`, '::/hearth/settings']);
    expect(JSON.parse(stdout)).toMatchObject({ hostName: 'kitchen', enrolment: lab.secrets.made.at(-1) });
    // Apart from the table's ends and the settings it is the image, byte by byte.
    const [ours, theirs] = await Promise.all([readFile(loop.file), readFile(image.path)]);
    const from = 34 * 512;
    const slot = ours.indexOf('{\n  "hostName"');
    expect(ours.subarray(from, slot).equals(theirs.subarray(from, slot))).toBe(true);
    const behind = image.size - 33 * 512;
    expect(ours.subarray(slot + 65536, behind).equals(theirs.subarray(slot + 65536, behind))).toBe(true);

    const { taskId } = await lab.sticks.verify({ place: { type: 'drive', path: loop.path, key: drive.key } }, lab.context);
    expect((await lab.ended(taskId)).problem).toBeUndefined();
    expect(await lab.sticks.look({ taskId }, lab.context)).toMatchObject({ verdict: 'good', settings: { hostName: 'kitchen' } });

    const byte = await withBytes(loop.path, async (target) => {
      const { fat } = await openStick(target);
      const file = await fat.find('/hearth/live/root.squashfs');
      const at = ((file && (await fat.extents(file))[0]?.offset) ?? 0) + 2_000_001;
      await target.write(at, Buffer.from([(theirs[at] ?? 0) ^ 1]));
      return at;
    });
    const again = await lab.sticks.verify({ place: { type: 'drive', path: loop.path, key: drive.key } }, lab.context);
    expect((await lab.ended(again.taskId)).problem?.code).toBe('stick-damaged');
    expect(await lab.sticks.look(again, lab.context)).toMatchObject({ verdict: 'damaged', badOffset: byte });
  }); // prettier-ignore

  it('that is held by another program is not written', async () => {
    const held = await openDrive(loop.path, loop.size);
    try {
      expect(await helper(call())).toBe('stick-busy');
    } finally {
      await held.close();
    }
    await untouched();
    expect(await claimed()).toBe('claimed');
  });

  it('cannot be mounted while it is written', async () => {
    await execa('mkfs.ext4', ['-q', loop.path]);
    const { target } = await claimDrive(
      linuxDrives,
      { device: loop.path, serial: '', size: loop.size, diskseq: loop.diskseq },
      { loops: true },
    );
    try {
      const mount = await execa('mount', [loop.path, '/mnt'], { reject: false });
      expect([mount.failed, mount.stderr]).toEqual([true, expect.stringMatching(/busy|already mounted/)]);
    } finally {
      await target.close();
    }
  });

  it('that is mounted where desktops mount is unmounted first; elsewhere it is left alone', async () => {
    await execa('mkfs.ext4', ['-q', loop.path]);
    const elsewhere = join(lab.folder, 'mounted');
    await mkdir(elsewhere, { recursive: true });
    await execa('mount', [loop.path, elsewhere]);
    try {
      expect((await lab.drives()).find(({ path }) => path === loop.path)?.refused?.code).toBe('system');
      await expect(start()).rejects.toMatchObject({ problem: { code: 'stick-refused' } });
      expect(await claimed()).toBe('stick-refused');
    } finally {
      await execa('umount', [elsewhere]);
    }
    const usual = (await execa('mktemp', ['-d', '/mnt/stick-XXXXXX'])).stdout;
    await execa('mount', [loop.path, usual]);
    try {
      const open = spawn('sleep', ['30'], { cwd: usual });
      await once(open, 'spawn');
      expect(await claimed()).toBe('stick-busy');
      open.kill();
      await once(open, 'close');
      expect(await claimed()).toBe('claimed');
      expect(await readdir(usual)).toEqual([]);
    } finally {
      await execa('umount', [usual], { reject: false });
      await execa('rmdir', [usual], { reject: false });
    }
  });

  it('that was plugged in again, or is another one, is not written', async () => {
    const { key } = drive;
    await loop.remove();
    loop = await makeLoop(join(lab.folder, 'drive'), size);
    await expect(start({ key })).rejects.toMatchObject({ problem: { code: expect.stringMatching(/stick-(changed|gone)/) } }); // prettier-ignore
    for (const change of [{ serial: 'OTHER' }, { size: loop.size - 512 }, { diskseq: '1' }])
      expect([change, await claimed(change)]).toEqual([change, 'stick-changed']);
    expect(await claimed({ device: '/dev/sdzz' })).toBe('stick-gone');
    await untouched();
  });

  it('is not believed to be a stick because somebody says so', async () => {
    const real = { argv: [process.execPath, join(import.meta.dirname, '../../../main/stick-helper.ts')] };
    expect(await helper(call(), { program: real })).toBe('stick-refused');
    await untouched();
  });

  it('is written by the helper as it is handed over to root: without a file of its own', async () => {
    const code = Buffer.from(await bundleProgram('test/support/boxes/stick-helper.ts'));
    const program = await fedProgram(code, createHash('sha256').update(code).digest('hex'));
    expect(await helper(call(), { program })).toBe('written');
    expect((await withBytes(loop.path, readGpt)).problems).toEqual([]);
  });

  it('with as long settings as fit is read again whole', async () => {
    const line = `${'A'.repeat(64)}\n`;
    const pem = `-----BEGIN CERTIFICATE-----\n${line.repeat(170)}-----END CERTIFICATE-----\n`;
    const long = { ...wishes, ca: Array.from({ length: 5 }, () => pem) };
    const place = { type: 'drive' as const, path: loop.path, key: drive.key };
    // A manifest as long as a real one, too.
    const extra = Object.fromEntries(
      Array.from({ length: 60 }, (_each, at) => [`/boot/file-${at}`, Buffer.from(`${at}`)]),
    );
    const many = await makeSignedImage(join(lab.folder, 'many'), { keys: join(lab.root, 'boxes', 'keys'), extra });
    const wrote = await lab.sticks.write({ image: many.path, place, wishes: long, fullCheck: false }, lab.context);
    expect((await lab.ended(wrote.taskId)).state).toBe('done');
    const { taskId } = await lab.sticks.verify({ place: { ...place, key: (await lab.drives()).find(({ path }) => path === loop.path)?.key ?? '' } }, lab.context); // prettier-ignore
    expect((await lab.ended(taskId)).problem).toBeUndefined();
    expect((await lab.sticks.look({ taskId }, lab.context))?.settings?.ca).toEqual(long.ca);
  });

  it('with sectors of 4096 bytes is neither written nor read, and says why and what to take instead', async () => {
    await loop.remove();
    loop = await makeLoop(join(lab.folder, 'drive'), size, 4096);
    const large = (await lab.drives()).find(({ path }) => path === loop.path);
    expect(large?.refused).toMatchObject({ code: 'sector-size', why: expect.stringMatching(/4096 bytes.*would not start.*Take another drive/) }); // prettier-ignore
    const { key = '' } = large ?? {};
    await expect(start({ key })).rejects.toMatchObject({
      problem: { code: 'stick-refused', detail: large?.refused?.why },
    });
    expect(await claimed()).toBe('stick-refused');
    const { taskId } = await lab.sticks.verify({ place: { type: 'drive', path: loop.path, key } }, lab.context);
    expect((await lab.ended(taskId)).problem).toMatchObject({ code: 'stick-refused', detail: large?.refused?.why });
    await untouched();
  });

  it('that is too small is not written', async () => {
    await loop.remove();
    loop = await makeLoop(join(lab.folder, 'drive'), 36 * mib);
    const small = (await lab.drives()).find(({ path }) => path === loop.path);
    await expect(start({ key: small?.key ?? '' })).rejects.toMatchObject({ problem: { code: 'stick-refused' } });
    expect(await claimed()).toBe('stick-refused');
  });

  it('whose writing is stopped starts no computer, and the secret is forgotten', async () => {
    await oldTable();
    const { taskId } = await start({ enrol: { days: 1 }, fullCheck: true });
    await expect.poll(() => lab.tasks.get(taskId)?.detail, { timeout: 20_000, interval: 10 }).toMatch(/MB\/s/);
    lab.tasks.cancel(taskId);
    expect((await lab.ended(taskId)).state).toBe('cancelled');
    await noTable();
    expect(lab.secrets.dropped).toContain(lab.secrets.made.at(-1)?.secret);
    // Nothing holds it any more.
    await (await openDrive(loop.path, loop.size)).close();
  });

  it('whose writer is killed starts no computer', async () => {
    await oldTable();
    let killed = false;
    const code = await helper(call(), {
      onEvent: (event) => {
        if (killed || event.event !== 'progress') return;
        killed = true;
        // In one go: whoever waits for a list of processes may come after the last byte.
        const { stdout } = execaSync('pgrep', ['-f', `stick-helper.ts write --device ${loop.path}`]);
        for (const pid of stdout.split('\n')) process.kill(Number(pid), 'SIGKILL');
      },
    });
    expect([killed, code]).toEqual([true, 'stick-helper-ended']);
    await noTable();
  });

  it('whose Hearth is killed is let go by the writer, and starts no computer', async () => {
    await oldTable();
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../support/boxes/stick-child.ts'), loop.path, image.path, lab.root]); // prettier-ignore
    let told = '';
    child.stdout.on('data', (chunk: Buffer) => (told += chunk.toString()));
    await expect.poll(() => told, { timeout: 20_000, interval: 5 }).toMatch(/MB\/s/);
    child.kill('SIGKILL');
    const free = () => openDrive(loop.path, loop.size).then(async (target) => target.close().then(() => 'free'), () => 'held'); // prettier-ignore
    await expect.poll(free, { timeout: 15_000 }).toBe('free');
    await noTable();
  });

  it('that loses its bytes while it is read back is told, and starts no computer', async () => {
    let pulled = false;
    const result = await helper(call(), {
      onEvent(event) {
        if (pulled || event.event !== 'progress' || event.stage !== 'write') return;
        pulled = true;
        // What lies behind the loop goes: the kernel answers with errors or with nothing of ours.
        truncateSync(loop.file, 5 * mib);
      },
    });
    expect([pulled, ['stick-lost', 'stick-mismatch', 'stick-fake'].includes(result)]).toEqual([true, true]);
    await truncate(loop.file, size);
    await noTable();
  });

  it('gets its settings by stdin only: no argument of any process tells them', async () => {
    const { taskId } = await start({ enrol: { days: 1 } });
    const seen: string[] = [];
    const over = new AbortController();
    const looking = (async () => {
      while (!over.signal.aborted) seen.push((await execa('ps', ['-eo', 'args'])).stdout);
    })();
    expect((await lab.ended(taskId)).state).toBe('done');
    over.abort();
    await looking;
    expect(seen.join('\n')).toContain(`write --device ${loop.path}`);
    expect(seen.join('\n')).not.toContain('SSSS');
  });
});
