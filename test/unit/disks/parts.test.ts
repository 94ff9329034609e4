import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { detectHead } from '../../../main/embedded/disks/inspect/detect.ts';
import { inspect } from '../../../main/embedded/disks/inspect/inspect.ts';
import { bufferReader } from '../../../main/embedded/disks/inspect/reader.ts';
import { parseChecksum } from '../../../main/embedded/disks/source/digest.ts';
import { SparseFile } from '../../../main/embedded/disks/source/sparse.ts';
import { unzstd } from '../../../main/embedded/disks/source/zstd.ts';
import { Changes, Lanes, Turns } from '../../../main/embedded/disks/turns.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-parts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('checksums are read strictly', () => {
  expect(parseChecksum(`SHA256:${'A'.repeat(64)}`)).toEqual({ algorithm: 'sha256', hex: 'a'.repeat(64) });
  expect(() => parseChecksum('sha256:abc')).toThrow(/is no checksum/);
  expect(() => parseChecksum('constructor:aa')).toThrow(/is no checksum/);
});

describe('sparse files', () => {
  test('hold any content in any pieces, and zeros take no room', async () => {
    const path = join(folder, 'sparse');
    const content = Buffer.concat([
      Buffer.alloc(200_000),
      randomBytes(100_001),
      Buffer.alloc(1 << 20),
      Buffer.from('end'),
      Buffer.alloc(300_000),
    ]);
    const file = await SparseFile.open(path);
    for (let at = 0, step = 1; at < content.length; at += step, step = (step * 7 + 13) % 150_000)
      await file.append(content.subarray(at, at + step));
    await file.close();
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(statSync(path).blocks * 512).toBeLessThan(500_000);
  });

  test('go on where they are told to, cutting what lies behind', async () => {
    const path = join(folder, 'again');
    const first = await SparseFile.open(path);
    await first.append(Buffer.from('0123456789'));
    await first.abandon();
    const second = await SparseFile.open(path, 4);
    await second.append(Buffer.from('abc'));
    await second.close();
    expect(readFileSync(path, 'utf8')).toBe('0123abc');
  });
});

describe('zstd of many frames', () => {
  const parts = [randomBytes(200_000), Buffer.alloc(3 << 20), Buffer.alloc(0), randomBytes(5)];
  const skippable = Buffer.concat([Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0]), Buffer.from('abc')]);
  const packed = Buffer.concat(parts.flatMap((part) => [zstdCompressSync(part), skippable]));
  const unpack = async (data: Buffer, step: number): Promise<Buffer> => {
    const pieces = Array.from({ length: Math.ceil(data.length / step) }, (_, index) =>
      data.subarray(index * step, (index + 1) * step),
    );
    const out: Buffer[] = [];
    for await (const chunk of unzstd(Readable.from(pieces))) out.push(chunk);
    return Buffer.concat(out);
  };
  test.each([97, 4096, 1 << 20])('in pieces of %i bytes', async (step) => {
    expect((await unpack(packed, step)).equals(Buffer.concat(parts))).toBe(true);
  });
  test('is not fooled by an early end or by something behind', async () => {
    await expect(unpack(packed.subarray(0, packed.length - 20), 4096)).rejects.toThrow(/ends too early/);
    await expect(unpack(Buffer.concat([packed, Buffer.from('rubbish')]), 4096)).rejects.toThrow(/something else/);
  });
});

test('headers of random bytes are refused or raw, never a crash of another kind', async () => {
  const magics = ['QFI\xfb', 'KDMV', 'vhdxfile', 'conectix', ''].map((text) => Buffer.from(text, 'latin1'));
  const kinds = ['qcow2', 'vmdk', 'vhdx', 'vhd', 'vdi'] as const;
  for (let round = 0; round < 400; round += 1) {
    const data = randomBytes(300_000 - (round % 3) * 149_900);
    const kind = kinds[round % 5] ?? 'qcow2';
    magics[round % 5]?.copy(data);
    if (round % 2) data.fill(0, 8, 64);
    if (kind === 'qcow2') data.writeUInt32BE(2 + (round % 2), 4);
    await expect(inspect(bufferReader(data), kind)).rejects.toMatchObject({ name: 'Refusal' });
  }
  expect(detectHead(Buffer.alloc(0))).toBeUndefined();
});

describe('order of work', () => {
  test('one key runs in turn, failures included; lanes are as wide as they say', async () => {
    const turns = new Turns();
    const seen: number[] = [];
    const step = (value: number) => async (): Promise<void> => {
      await Promise.resolve();
      seen.push(value);
      if (value === 1) throw new Error('one');
    };
    const results = await Promise.allSettled([1, 2, 3].map((value) => turns.run('key', step(value))));
    expect(seen).toEqual([1, 2, 3]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    const lanes = new Lanes(2);
    let now = 0;
    let most = 0;
    const { signal } = new AbortController();
    await Promise.all(
      Array.from({ length: 9 }, () =>
        lanes.run(signal, async () => {
          most = Math.max(most, (now += 1));
          await new Promise((resolve) => setImmediate(resolve));
          now -= 1;
        }),
      ),
    );
    expect([now, most]).toEqual([0, 2]);
  });

  test('who waits in a lane or for a change can be called off', async () => {
    const stop = new AbortController();
    const lanes = new Lanes(1);
    let free: () => void = () => undefined;
    const first = lanes.run(stop.signal, () => new Promise<void>((resolve) => (free = resolve)));
    const waiting = [lanes.run(stop.signal, () => Promise.resolve()), new Changes().next(stop.signal)];
    stop.abort(new Error('enough'));
    for (const one of waiting) await expect(one).rejects.toThrow('enough');
    free();
    await first;
    await lanes.run(new AbortController().signal, () => Promise.resolve());
  });
});
