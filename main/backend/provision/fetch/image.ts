import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';
import type { ImageSource } from '../../../../provisioning/plan.ts';
import { openRegistry } from './registry.ts';
import type { ImageManifest } from './registry.ts';
import type { Route } from './route.ts';
import { digestOf, sizeOf, transfer, TransferError } from './transfer.ts';

/**
 * Pulls an image by digest into one OCI archive (image layout in a tar) that `ctr image import` and k3s' images folder take.
 * Layers are kept in `work` until all are there, so that it goes on after a break. The archive of one image is the same bytes
 * every time: names in order, no times, no owners.
 */
export async function pullImage(
  route: Route,
  image: ImageSource,
  path: string,
  options: { work: string; signal: AbortSignal; onBytes: (length: number) => void; onRetry: (why: string) => void },
): Promise<void> {
  await mkdir(options.work, { recursive: true, mode: 0o700 });
  const registry = openRegistry(route, image, options.signal);
  const manifest = await registry.manifest(image);
  let done = 0;
  for (const { digest, size } of manifest.blobs) {
    const file = join(options.work, digest.slice(7));
    const before = done;
    if ((await sizeOf(file)) !== size || (await digestOf(file)) !== digest.slice(7)) {
      const part = `${file}.part`;
      const is = await transfer(route, registry.blobUrl(digest), part, {
        signal: options.signal,
        headers: await registry.headers(),
        onBytes: (length) => options.onBytes(before + length),
        onRetry: options.onRetry,
      });
      if (is !== digest.slice(7)) {
        await rm(part, { force: true });
        throw new TransferError(`a layer of ${image.repository} is not what its digest says (${is})`, { again: false });
      }
      await rename(part, file);
    }
    done += size;
    options.onBytes(done);
  }
  await writeArchive(image, manifest, path, options.work);
  await rm(options.work, { recursive: true, force: true });
}

async function writeArchive(image: ImageSource, manifest: ImageManifest, path: string, work: string): Promise<void> {
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: image.names.map((name) => ({
      mediaType: manifest.mediaType,
      digest: manifest.digest,
      size: manifest.bytes.length,
      platform: { os: 'linux', architecture: image.arch },
      annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name.split(':').at(-1) },
    })),
  };
  const pack = tar.pack();
  const written = pipeline(pack, createWriteStream(path, { mode: 0o600, flush: true }));
  const whole = (name: string, bytes: string | Buffer): void => {
    pack.entry({ name, mtime: new Date(0), mode: 0o644 }, bytes);
  };
  whole('oci-layout', JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  whole('index.json', JSON.stringify(index));
  whole(`blobs/sha256/${manifest.digest.slice(7)}`, manifest.bytes);
  const seen = new Set<string>();
  for (const { digest, size } of manifest.blobs) {
    if (seen.has(digest)) continue;
    seen.add(digest);
    const entry = pack.entry({ name: `blobs/sha256/${digest.slice(7)}`, size, mtime: new Date(0), mode: 0o644 });
    await pipeline(createReadStream(join(work, digest.slice(7))), entry);
  }
  pack.finalize();
  await written;
  const file = await open(path, 'r');
  await file.sync();
  await file.close();
}
