import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readGpt } from '../../../main/backend/boxes/sticks/format/gpt.ts';
import { openImage } from '../../../main/backend/boxes/sticks/write/image.ts';
import { checkCapacity, checkWhole } from '../../../main/backend/boxes/sticks/write/probe.ts';
import type { Progress } from '../../../main/backend/boxes/sticks/write/progress.ts';
import { openDrive, openRaw, plainTarget } from '../../../main/backend/boxes/sticks/write/raw.ts';
import type { RawTarget } from '../../../main/backend/boxes/sticks/write/raw.ts';
import { writeStick } from '../../../main/backend/boxes/sticks/write/write.ts';
import { canLoop, makeLoop } from '../../support/boxes/loop.ts';
import { makeSignedImage } from '../../support/boxes/signed-image.ts';
import type { SignedImage } from '../../support/boxes/signed-image.ts';

const loops = await canLoop();
const mib = 1024 * 1024;
const size = 56 * mib;
const quiet: { onProgress: (progress: Progress) => void; signal: AbortSignal } = {
  onProgress: () => undefined,
  signal: new AbortController().signal,
};
let folder: string;
let image: SignedImage;
let target: RawTarget;
const file = (): string => join(folder, 'drive');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stick-faults-'));
  image = await makeSignedImage(folder, { keys: folder });
});
beforeEach(async () => {
  await rm(file(), { force: true });
  const handle = await open(file(), 'wx+');
  await handle.truncate(size);
  target = await plainTarget(handle, size);
  return () => target.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(onto: RawTarget, how: Partial<Parameters<typeof writeStick>[0]> = {}): Promise<string> {
  const source = await openImage(image.path);
  try {
    await writeStick({
      image: source,
      target: onto,
      expected: { size: image.size, sha256: image.sha256 },
      settings: { hostName: 'x' },
      capacity: 'none',
      ...quiet,
      ...how,
    });
    return 'written';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await source.close();
  }
}
const noTable = () => expect(readGpt(target)).rejects.toMatchObject({ problem: { code: 'stick-no-table' } });

/** A drive that gives back one byte of its own. */
const flipping = (byte: number, once = false): RawTarget => {
  let done = false;
  return {
    ...target,
    async take(offset, buffer) {
      await target.take(offset, buffer);
      if (byte < offset || byte >= offset + buffer.length || (once && done)) return;
      done = true;
      buffer.writeUInt8(buffer.readUInt8(byte - offset) ^ 0x01, byte - offset);
    },
  };
};

describe('a drive that does not keep what is written', () => {
  it.each([4 * mib, 20 * mib - 1, 40 * mib - 1])(
    'is caught, its byte %d named, and starts no computer',
    async (byte) => {
      expect(await write(flipping(byte))).toContain(`differs first at byte ${byte}.`);
      await noTable();
    },
  );

  it('is caught when it fails only once', async () => {
    expect(await write(flipping(10 * mib + 7, true))).toContain(`byte ${10 * mib + 7}.`);
  });

  it('is caught in its head as well', async () => {
    expect(await write(flipping(1024 + 56))).toContain('differs first at byte 1080.');
    expect(await write(flipping(3 * mib))).toContain(`byte ${3 * mib}.`);
  });

  it('is caught where its last bytes are', async () => {
    const lossy: RawTarget = { ...target, write: async (offset, bytes) => (offset > size - mib ? undefined : target.write(offset, bytes)) }; // prettier-ignore
    expect(await write(lossy)).toMatch(/differs first at byte 587\d+/);
  });

  it('that ends too early or gives an error is told', async () => {
    const failing: RawTarget = {
      ...target,
      put: async (offset, buffer) => {
        if (offset > 16 * mib) throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' });
        await target.put(offset, buffer);
      },
    };
    expect(await write(failing)).toContain('EIO');
    await noTable();
  });
});

describe('a drive that stops answering', () => {
  it.skipIf(process.platform !== 'linux')('is told in words, with the byte', async () => {
    // The kernel's own: one takes nothing, one gives nothing.
    const full = await openRaw('/dev/full', size, 'r+');
    const none = await openRaw('/dev/null', size, 'r+').catch((error: unknown) => error as Error);
    try {
      await expect(full.put(8 * mib, full.allocate(512))).rejects.toMatchObject({ problem: { code: 'stick-lost', detail: expect.stringContaining(`written at byte ${8 * mib}`) } }); // prettier-ignore
      expect(none).not.toBeInstanceOf(Error);
      if (!(none instanceof Error)) await expect(none.read(512, 512)).rejects.toMatchObject({ problem: { code: 'stick-lost', detail: expect.stringContaining('read at byte 512') } }); // prettier-ignore
    } finally {
      await full.close();
      if (!(none instanceof Error)) await none.close();
    }
  });
});

describe('the order', () => {
  it('is such that whatever comes before the last write leaves no table', async () => {
    expect(await write(target)).toBe('written');
    const puts: string[] = [];
    let tables = 0;
    const watched: RawTarget = {
      ...target,
      async put(offset, buffer) {
        tables += await readGpt(target).then(() => 1, () => 0); // prettier-ignore
        await target.put(offset, buffer);
        puts.push(offset === 0 ? 'head' : 'body');
      },
    };
    expect(await write(watched)).toBe('written');
    // The old table is there before the first write only; the tail of the new one stands when the head comes.
    expect(tables).toBeLessThanOrEqual(3);
    expect([puts[0], puts.at(-1)]).toEqual(['head', 'head']);
    expect((await readGpt(target)).problems).toEqual([]);
  });
  it('stops between two blocks, and the image that changed meanwhile is told', async () => {
    const stop = new AbortController();
    const aborted = write(target, {
      signal: stop.signal,
      onProgress: ({ stage, done }) => stage === 'write' && done > 8 * mib && stop.abort(),
    });
    expect(await aborted).toMatch(/abort/i);
    await noTable();
    expect(await write(target, { expected: { size: image.size, sha256: '0'.repeat(64) } })).toContain('not what was signed'); // prettier-ignore
    await noTable();
    expect(await write(target, { expected: { size: image.size + 512, sha256: image.sha256 } })).toContain(
      'were signed',
    );
    expect(await write({ ...target, size: 32 * mib })).toContain('The drive is too small');
  });
});

describe('a drive that is not as large as it says', () => {
  /** Begins again at 0 past its real end, as many counterfeits do. */
  const wrapping = (real: number): RawTarget => ({
    ...target,
    take: (offset, buffer) => target.take(offset % real, buffer),
    put: (offset, buffer) => target.put(offset % real, buffer),
    read: (offset, length) => target.read(offset % real, length),
    write: (offset, bytes) => target.write(offset % real, bytes),
  });
  it.each([8, 16, 32])('is found before the image is written when it wraps after %d MiB', async (real) => {
    await expect(checkCapacity({ target: wrapping(real * mib), ...quiet })).rejects.toMatchObject({ problem: { code: 'stick-fake' } }); // prettier-ignore
    expect(await write(wrapping(real * mib), { capacity: 'places' })).toContain('not as large as it says');
  });
  it.each([40, 41.7, 45, 49.3, 53, 55])('is found when it wraps after %d MiB, behind the image', async (real) => {
    const begins = Math.floor((real * mib) / 512) * 512;
    expect(await write(wrapping(begins), { capacity: 'places' })).toContain('not as large as it says');
    // Where nobody looks for such drives, the image itself is never lost without a word.
    const bare = await write(wrapping(begins));
    expect(['written', 'The drive did not keep'].some((words) => bare.startsWith(words))).toBe(true);
  });
  it('is told from an honest one', async () => {
    await checkCapacity({ target, ...quiet });
    expect(await write(target, { capacity: 'places' })).toBe('written');
  });
  it('is found by the whole check where places miss it, with the byte', async () => {
    const hole = 30 * mib + 70_000;
    const holed: RawTarget = {
      ...target,
      async take(offset, buffer) {
        await target.take(offset, buffer);
        if (hole >= offset && hole < offset + buffer.length) buffer.fill(0, hole - offset, hole - offset + 512);
      },
    };
    await checkWhole({ target, ...quiet });
    await expect(checkWhole({ target: holed, ...quiet })).rejects.toThrow(`at byte ${hole}`);
  });

  it('is found when it drops what is past its end', async () => {
    const dropping: RawTarget = {
      ...target,
      put: async (offset, buffer) => (offset >= 20 * mib ? undefined : target.put(offset, buffer)),
    };
    await expect(checkCapacity({ target: dropping, ...quiet })).rejects.toThrow(
      /kept everything up to byte (19|20)\d{6}\./,
    );
  });

  it.skipIf(!loops)('is found past the cache of a real block device', async () => {
    const loop = await makeLoop(join(folder, 'small'), 16 * mib);
    try {
      const drive = await openDrive(loop.path, loop.size);
      try {
        await checkCapacity({ target: drive, ...quiet });
        const small: RawTarget = {
          ...drive,
          size,
          take: (offset, buffer) => drive.take(offset % loop.size, buffer),
          put: (offset, buffer) => drive.put(offset % loop.size, buffer),
        };
        await expect(checkCapacity({ target: small, ...quiet })).rejects.toMatchObject({ problem: { code: 'stick-fake' } }); // prettier-ignore
        // Odd places and lengths go through windows of whole sectors.
        await drive.write(1000, Buffer.from('across the end of a sector'.repeat(30)));
        expect((await drive.read(998, 785)).toString('latin1').slice(2, 28)).toBe('across the end of a sector');
      } finally {
        await drive.close();
      }
    } finally {
      await loop.remove();
    }
  });
});
