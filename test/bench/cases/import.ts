import { execa } from 'execa';
import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream, mkdirSync, rmSync, statSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startHearth, temporaryDataDir, until } from '../../support/hearth.ts';
import type { Figure } from '../figures.ts';
import { median } from '../figures.ts';

/** Serves one file with Range, as a mirror does. */
async function mirror(path: string): Promise<{ url: string; close(): void }> {
  const size = statSync(path).size;
  const server = http.createServer((request, response) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(request.headers.range ? 206 : 200, {
      'content-length': size - from, 'accept-ranges': 'bytes', etag: '"1"',
      ...(request.headers.range ? { 'content-range': `bytes ${from}-${size - 1}/${size}` } : {}),
    }); // prettier-ignore
    if (request.method === 'HEAD') response.end();
    else createReadStream(path, { start: from, highWaterMark: 1 << 20 }).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
}

/** A 768 MiB image with holes, as distributions publish them: two thirds hold data, and never the same data twice. */
async function makeImage(folder: string, format: 'qcow2' | 'vmdk'): Promise<{ path: string; sha256: string }> {
  const raw = join(folder, 'content.raw');
  const chunk = Buffer.alloc(16 * 2 ** 20);
  writeFileSync(raw, '');
  for (let index = 0; index < 32; index += 1) writeFileSync(raw, randomFillSync(chunk), { flag: 'a' });
  await execa('truncate', ['-s', '768M', raw]);
  const path = join(folder, `image.${format}`);
  await execa('qemu-img', ['convert', '-f', 'raw', '-O', format, raw, path]);
  rmSync(raw);
  const hash = createHash('sha256');
  for await (const block of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(block as Buffer);
  return { path, sha256: hash.digest('hex') };
}

async function bare(url: string, sha256: string, folder: string, format: string): Promise<number> {
  const started = performance.now();
  const download = join(folder, 'download');
  await execa('curl', ['-sSf', '-o', download, url]);
  const { stdout } = await execa('sha256sum', [download]);
  if (!stdout.startsWith(sha256)) throw new Error('sha256sum disagrees');
  await execa('qemu-img', ['convert', '-f', format, '-O', 'qcow2', download, join(folder, 'converted.qcow2')]);
  const ms = performance.now() - started;
  rmSync(download);
  rmSync(join(folder, 'converted.qcow2'));
  return ms;
}

/** Download + checksum + conversion, from the button to "ready", against curl, sha256sum and qemu-img one after the other. */
export async function measure(): Promise<Figure[]> {
  const data = temporaryDataDir();
  const figures: Figure[] = [];
  const folder = join(data.path, 'bench');
  mkdirSync(folder);
  const hearth = await startHearth(join(data.path, 'data'));
  try {
    const page = await hearth.page();
    for (const format of ['qcow2', 'vmdk'] as const) {
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let run = 0; run < 3; run += 1) {
        const image = await makeImage(folder, format);
        const server = await mirror(image.path);
        theirs.push(await bare(server.url, image.sha256, folder, format));
        const name = `${format}-${run}`;
        const started = performance.now();
        await page.api.images.addFromUrl({
          url: `${server.url}/image.${format}`,
          name,
          checksum: `sha256:${image.sha256}`,
        });
        const rows = await until(page.api.images.watch({}), (row) => row.name, (all) => ['ready', 'failed'].includes(all.get(name)?.state ?? ''), 180_000); // prettier-ignore
        if (rows.get(name)?.state !== 'ready') throw new Error(JSON.stringify(rows.get(name)));
        ours.push(performance.now() - started);
        await page.api.images.remove({ namespace: 'hearth-images', name });
        server.close();
        rmSync(image.path);
      }
      figures.push({
        what: `import of 512 MiB of ${format} with checksum`,
        ours: median(ours),
        bare: median(theirs),
        bareName: 'curl+sha256sum+qemu-img',
        unit: 'ms',
        better: 'lower',
        goal: { ratio: 0.5 },
        note: 'median of 3',
      });
    }
    page.close();
    return figures;
  } finally {
    await hearth.stop();
    data.remove();
  }
}
