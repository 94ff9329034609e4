import { execa } from 'execa';
import { createHash, randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyBody, verifyBody } from '../../../main/backend/boxes/sticks/write/copy.ts';
import { openImage } from '../../../main/backend/boxes/sticks/write/image.ts';
import { openDrive, plainTarget } from '../../../main/backend/boxes/sticks/write/raw.ts';
import type { RawTarget } from '../../../main/backend/boxes/sticks/write/raw.ts';
import { canLoop, makeLoop } from '../../support/boxes/loop.ts';
import type { Figure } from '../figures.ts';
import { median } from '../figures.ts';

const size = 512 * 2 ** 20;

/** Writing 512 MiB and reading them back, against `dd` past the cache and `sha256sum`, on a loop device where there is one. */
export async function measure(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-stick-'));
  const path = join(folder, 'image');
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(16 * 2 ** 20);
  writeFileSync(path, '');
  for (let done = 0; done < size; done += chunk.length) {
    randomFillSync(chunk);
    hash.update(chunk);
    writeFileSync(path, chunk, { flag: 'a' });
  }
  const sha256 = hash.digest('hex');
  const loop = (await canLoop()) ? await makeLoop(join(folder, 'drive'), size) : undefined;
  const place = loop?.path ?? join(folder, 'drive');
  const openTarget = async (): Promise<RawTarget> =>
    loop ? openDrive(place, size) : plainTarget(await open(place, 'w+'), size);
  const ours = { write: [] as number[], verify: [] as number[] };
  const bare = { copy: [] as number[], write: [] as number[], verify: [] as number[] };
  const timed = async <T>(into: number[], work: () => Promise<T>): Promise<T> => {
    const begun = performance.now();
    const result = await work();
    into.push(size / 1e6 / ((performance.now() - begun) / 1000));
    return result;
  };
  try {
    for (let run = 0; run < 3; run += 1) {
      const direct = loop ? ['oflag=direct'] : [];
      const dd = () => execa('dd', [`if=${path}`, `of=${place}`, 'bs=4M', 'conv=fsync', ...direct]);
      await timed(bare.copy, dd);
      // What a careful person does: the image is known to be good before it is written.
      await timed(bare.write, async () => {
        await execa('sha256sum', [path]);
        await dd();
      });
      const read = loop ? `dd if=${place} bs=4M iflag=direct status=none` : `cat ${place}`;
      await timed(bare.verify, () => execa('sh', ['-c', `${read} | sha256sum`]));
      const [image, target] = [await openImage(path), await openTarget()];
      const job = { image, target, onProgress: () => undefined, signal: new AbortController().signal };
      const copied = await timed(ours.write, () => copyBody(job));
      if (copied.sha256 !== sha256) throw new Error('another digest');
      await timed(ours.verify, () => verifyBody(job, copied));
      await target.close();
      await image.close();
    }
  } finally {
    await loop?.remove();
    rmSync(folder, { recursive: true, force: true });
  }
  const note = `median of 3, ${loop ? 'loop device, direct' : 'plain file'}`;
  return [
    {
      what: 'stick: write 512 MiB, hashed on the way',
      ours: median(ours.write),
      bare: median(bare.write),
      bareName: 'sha256sum, then dd',
      unit: 'MB/s',
      better: 'higher',
      goal: { ratio: 0.8 },
      note,
    },
    {
      what: 'stick: the same against a copy that checks nothing',
      ours: median(ours.write),
      bare: median(bare.copy),
      bareName: 'dd',
      unit: 'MB/s',
      better: 'higher',
      note: `${note}; a stick takes 20 to 200 MB/s`,
    },
    {
      what: 'stick: read back and compare',
      ours: median(ours.verify),
      bare: median(bare.verify),
      bareName: 'dd | sha256sum',
      unit: 'MB/s',
      better: 'higher',
      goal: { ratio: 0.8 },
      note,
    },
  ];
}
