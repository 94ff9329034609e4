import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStick } from '../../../main/backend/boxes/sticks/format/slot.ts';
import { openImage } from '../../../main/backend/boxes/sticks/write/image.ts';
import { boxWishesSchema } from '../../../main/contract/box/settings.ts';
import { makeSignedImage } from '../../support/boxes/signed-image.ts';
import type { SignedImage } from '../../support/boxes/signed-image.ts';
import { stickLab, withBytes } from '../../support/boxes/stick-lab.ts';
import type { StickLab } from '../../support/boxes/stick-lab.ts';

const wishes = boxWishesSchema.parse({
  hostName: 'kitchen',
  network: { wifi: { ssid: 'home', security: 'wpa-psk', password: 'correct horse battery' } },
});
let lab: StickLab;
let image: SignedImage;
const at = (name: string): string => join(lab.folder, name);
const write = (path: string, how: { overwrite?: boolean; image?: string; enrol?: { days: number } } = {}) =>
  lab.sticks.write(
    {
      image: how.image ?? image.path,
      place: { type: 'file', path, overwrite: how.overwrite ?? false },
      wishes,
      fullCheck: false,
      ...(how.enrol && { enrol: how.enrol }),
    },
    lab.context,
  );
const written = async (path: string, how = {}) => lab.ended((await write(path, how)).taskId);
const verified = async (path: string) => {
  const { taskId } = await lab.sticks.verify({ place: { type: 'file', path, overwrite: false } }, lab.context);
  const task = await lab.ended(taskId);
  return { task, look: await lab.sticks.look({ taskId }, lab.context) };
};

beforeAll(async () => {
  lab = await stickLab();
  image = await makeSignedImage(join(lab.root, 'boxes', 'images'), { keys: join(lab.root, 'boxes', 'keys') });
});
afterAll(() => lab.close());

describe('images', () => {
  it('in Hearth’s folder are listed with what was signed about them', async () => {
    const { images, canBuild, whyNot } = await lab.sticks.images({}, lab.context);
    expect(images).toEqual([
      {
        path: image.path,
        facts: {
          version: '0.9.1',
          builtAt: '2026-11-01T10:00:00.000Z',
          size: image.size,
          base: 'Debian 13, Linux 6.12',
          payload: 'internet',
          signedBy: 'mine',
        },
      },
    ]);
    expect(canBuild ? whyNot : typeof whyNot).toBe(canBuild ? undefined : 'string');
  });

  it('of strangers, without their note or cut short are not taken', async () => {
    const foreign = await makeSignedImage(at('foreign'), { keys: at('foreign-keys') });
    expect((await lab.sticks.addImage({ path: foreign.path }, lab.context)).problem?.code).toBe('image-foreign');
    await writeFile(at('bare.img'), randomBytes(1000));
    expect((await lab.sticks.addImage({ path: at('bare.img') }, lab.context)).problem?.code).toBe('image-not-there');
    await execa('cp', [image.path, at('cut.img')]);
    await execa('cp', [image.path.replace('.img', '.json'), at('cut.json')]);
    await execa('truncate', ['-s', '-512', at('cut.img')]);
    expect((await lab.sticks.addImage({ path: at('cut.img') }, lab.context)).problem?.code).toBe('image-damaged');
    await expect(write(at('x.img'), { image: at('cut.img') })).rejects.toMatchObject({ problem: { code: 'image-damaged' } }); // prettier-ignore
    expect((await lab.sticks.images({}, lab.context)).images.length).toBe(1);
  });

  it('that were added are remembered', async () => {
    const other = await makeSignedImage(at('elsewhere'), { keys: join(lab.root, 'boxes', 'keys'), version: '0.9.2' });
    expect((await lab.sticks.addImage({ path: other.path }, lab.context)).facts?.version).toBe('0.9.2');
    const { images } = await lab.sticks.images({}, lab.context);
    expect(images.map(({ facts }) => facts?.version).toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual([
      '0.9.1',
      '0.9.2',
    ]);
  });
});

describe('a plain file', () => {
  it('is the image with the settings in it, nothing else changed, for its owner only', async () => {
    const task = await written(at('stick.img'), { enrol: { days: 3 } });
    expect([task.state, task.problem]).toEqual(['done', undefined]);
    const info = await stat(at('stick.img'));
    expect([info.size, info.mode & 0o777]).toEqual([image.size, 0o600]);
    expect((await execa('sgdisk', ['-v', at('stick.img')])).stdout).toContain('No problems found');
    const { stdout } = await execa('mtype', ['-i', `${at('stick.img')}@@1M`, '::/hearth/settings']);
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      hostName: 'kitchen',
      enrolment: { secret: lab.secrets.made.at(-1)?.secret, app: { name: 'Hearth on test' } },
    });
    await withBytes(at('stick.img'), async (target) => {
      const { fat } = await openStick(target);
      for (const [name, bytes] of Object.entries(image.files)) {
        if (name === '/hearth/settings') continue;
        const file = await fat.find(name);
        expect([name, file && (await fat.read(file)).equals(bytes)]).toEqual([name, true]);
      }
    });
    const { look } = await verified(at('stick.img'));
    expect(look).toMatchObject({ verdict: 'good', image: { version: '0.9.1' }, settings: { hostName: 'kitchen' } });
    expect(JSON.stringify(look)).not.toMatch(/correct horse|SSSS/);
  });

  it('that is there already, is a folder, a link or the image itself is left alone', async () => {
    await writeFile(at('there'), 'mine');
    await symlink('/dev/null', at('link'));
    const codes = [];
    for (const path of [at('there'), lab.folder, at('link'), image.path, '/nowhere/at/all.img'])
      codes.push((await written(path)).problem?.code);
    expect(codes).toEqual([
      'stick-file-exists',
      'stick-file-not-a-file',
      'stick-file-not-a-file',
      'stick-file-is-image',
      'stick-file-not-written',
    ]);
    expect(await readFile(at('there'), 'utf8')).toBe('mine');
    expect((await written(at('there'), { overwrite: true })).state).toBe('done');
    expect((await stat(at('there'))).size).toBe(image.size);
  });

  it('of an image that is not what was signed does not come to be, and its secret is forgotten', async () => {
    await execa('cp', [image.path, at('changed.img')]);
    await execa('cp', [image.path.replace('.img', '.json'), at('changed.json')]);
    await withBytes(at('changed.img'), (target) => target.write(image.size - 3_000_000, randomBytes(1)));
    const task = await written(at('never.img'), { image: at('changed.img'), enrol: { days: 1 } });
    expect(task.problem?.code).toBe('image-damaged');
    expect((await readdir(lab.folder)).filter((name) => name.startsWith('never'))).toEqual([]);
    expect(lab.secrets.dropped).toContain(lab.secrets.made.at(-1)?.secret);
  });

  it('is not begun with settings that the box would refuse', async () => {
    const bad = { ...wishes, hostName: 'NO' };
    const place = { type: 'file' as const, path: at('no.img'), overwrite: false };
    await expect(lab.sticks.write({ image: image.path, place, wishes: bad, fullCheck: false }, lab.context)).rejects.toMatchObject({ problem: { code: 'stick-settings-invalid', fields: { hostName: expect.any(String) } } }); // prettier-ignore
    expect(await lab.sticks.check({ wishes: bad }, lab.context)).toEqual({ fields: { hostName: expect.any(String) } });
  });
});

describe('a plain file that', () => {
  it('a killed writer left half goes with the next one, that of a living one stays', async () => {
    const folder = at('parts');
    await mkdir(folder);
    const gone = (await execa('sh', ['-c', 'echo $$'])).stdout;
    const left = [`s.img.${gone}-0123abcd.part`, `s.img.${process.pid}-0123abcd.part`];
    const stay = [`s.img.${process.ppid}-0123abcd.part`, `other.img.${gone}-0123abcd.part`, 's.img.part'];
    for (const name of [...left, ...stay]) await writeFile(join(folder, name), '');
    expect((await written(join(folder, 's.img'))).state).toBe('done');
    expect((await readdir(folder)).toSorted()).toEqual([...stay, 's.img'].toSorted());
  });

  it('came while it was written is not replaced', async () => {
    const { taskId } = await write(at('late.img'));
    await expect.poll(() => readdir(lab.folder), { interval: 5 }).toContainEqual(expect.stringMatching(/^late\.img\..*part$/)); // prettier-ignore
    await writeFile(at('late.img'), 'mine');
    expect((await lab.ended(taskId)).problem).toMatchObject({ code: 'stick-file-exists' });
    expect(await readFile(at('late.img'), 'utf8')).toBe('mine');
  });

  it('two write at once is one of theirs, whole', async () => {
    const [one, other] = await Promise.all([written(at('two.img'), { overwrite: true }), written(at('two.img'), { overwrite: true })]); // prettier-ignore
    expect([one.state, other.state]).toEqual(['done', 'done']);
    expect((await verified(at('two.img'))).look?.verdict).toBe('good');
    expect((await readdir(lab.folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('what is opened as an image', () => {
  it('is a plain file: no device, no folder, no pipe that nobody ever writes to', async () => {
    await execa('mkfifo', [at('pipe')]);
    for (const path of [at('pipe'), '/dev/zero', lab.folder, at('nothing')])
      await expect(openImage(path)).rejects.toMatchObject({ problem: { code: 'image-not-there' } });
  });
});

describe('reading again', () => {
  beforeAll(async () => {
    await written(at('good.img'));
  });
  const changedAt = async (change: (offset: number, file: string) => Promise<void>) => {
    await execa('cp', [at('good.img'), at('bad.img')]);
    const offset = await withBytes(at('bad.img'), async (target) => {
      const { fat } = await openStick(target);
      const file = await fat.find('/hearth/live/root.squashfs');
      if (!file) throw new Error('not there');
      return ((await fat.extents(file))[0]?.offset ?? 0) + 1_234_567;
    });
    await change(offset, at('bad.img'));
    return { offset, ...(await verified(at('bad.img'))) };
  };

  it('names the very byte that was flipped', async () => {
    const { offset, look, task } = await changedAt((byte, file) =>
      withBytes(file, async (target) => {
        const [old = 0] = await target.read(byte, 1);
        await target.write(byte, Buffer.from([old ^ 0x10]));
      }),
    );
    expect(look).toMatchObject({ verdict: 'damaged', badOffset: offset });
    expect(look?.why).toBe(`hearth/live/root.squashfs differs at byte ${offset} of the stick.`);
    expect([task.state, task.problem?.code]).toEqual(['failed', 'stick-damaged']);
  });

  it('tells when a file is missing, or one too many', async () => {
    const missing = await changedAt(async (_byte, file) => {
      await execa('mdel', ['-i', `${file}@@1M`, '::/boot/grub/grub.cfg']);
    });
    expect(missing.look).toMatchObject({ verdict: 'damaged', why: 'boot/grub/grub.cfg is missing.' });
    const more = await changedAt(async (_byte, file) => {
      await execa('mcopy', ['-i', `${file}@@1M`, '-', '::/boot/grub/x.mod'], { input: 'evil' });
    });
    expect(more.look).toMatchObject({ verdict: 'damaged', why: 'boot/grub/x.mod does not belong to this image.' });
  });

  it('tells a stick of strangers from a damaged one', async () => {
    const foreign = await makeSignedImage(at('foreign2'), { keys: at('foreign-keys') });
    const { look, task } = await verified(foreign.path);
    expect([look?.verdict, task.problem?.code]).toEqual(['foreign', 'stick-foreign']);
  });

  it('of something else says that it is no stick', async () => {
    await writeFile(at('junk.img'), randomBytes(1024 * 1024));
    const { look, task } = await verified(at('junk.img'));
    expect([look, task.problem?.code]).toEqual([undefined, 'stick-no-table']);
  });
});

describe('secrets', () => {
  it('are in no log and no list of tasks', async () => {
    await lab.tasks.close();
    const told = (await Promise.all(['test.log', 'tasks.json'].map((name) => readFile(at(name), 'utf8').catch(() => '')))).join('\n'); // prettier-ignore
    expect(told).toContain('stick-write');
    expect(told).not.toMatch(/correct horse|SSSS/);
  });
});
