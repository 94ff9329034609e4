import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { expect, test } from 'vitest';
import type { FieldError } from '../../../../main/embedded/admission/field-error.ts';
import { schemasFrom } from '../../../../main/embedded/admission/schema.ts';
import { prune, validate } from '../../../../main/embedded/admission/structural.ts';
import { virtualMachineInstances } from '../../../../main/embedded/kube/resources.ts';
import { smokeDisk } from '../../../../provisioning/manifests/smoke-disk.ts';
import { smokeImage, smokeImageName } from '../../../../provisioning/manifests/smoke-image.ts';
import { smokeMachine } from '../../../../provisioning/manifests/smoke.ts';

interface Entry {
  mode: number | undefined;
  uid: number | undefined;
  bytes: Buffer;
}
async function unpack(archive: Uint8Array): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  const reader = extract();
  Readable.from([Buffer.from(archive)]).pipe(reader);
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    entries.set(entry.header.name, { mode: entry.header.mode, uid: entry.header.uid, bytes: Buffer.concat(chunks) });
  }
  return entries;
}
const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
interface Described {
  mediaType: string;
  digest: string;
  size: number;
  annotations?: Record<string, string>;
}

test('the image is an OCI layout whose every digest and size holds', async () => {
  const entries = await unpack(smokeImage());
  const json = (path: string): unknown => JSON.parse(entries.get(path)!.bytes.toString('utf8'));
  const blob = ({ digest, size }: Described): Buffer => {
    const { bytes } = entries.get(`blobs/${digest.replace(':', '/')}`)!;
    expect(sha256(bytes)).toBe(digest);
    expect(bytes.length).toBe(size);
    return bytes;
  };
  expect(json('oci-layout')).toEqual({ imageLayoutVersion: '1.0.0' });
  const [described] = (json('index.json') as { manifests: Described[] }).manifests;
  expect(described!.annotations).toMatchObject({ 'io.containerd.image.name': smokeImageName });
  const manifest = JSON.parse(blob(described!).toString('utf8')) as { config: Described; layers: Described[] };
  const config = JSON.parse(blob(manifest.config).toString('utf8')) as {
    architecture: string;
    rootfs: { diff_ids: string[] };
  };
  const layer = blob(manifest.layers[0]!);
  expect(config).toMatchObject({ architecture: 'amd64', rootfs: { diff_ids: [sha256(layer)] } });
  expect(json('manifest.json')).toEqual([
    {
      Config: `blobs/sha256/${manifest.config.digest.slice(7)}`,
      RepoTags: [smokeImageName],
      Layers: [`blobs/sha256/${manifest.layers[0]!.digest.slice(7)}`],
    },
  ]);
  const files = await unpack(layer);
  expect(files.get('disk/')).toMatchObject({ mode: 0o755, uid: 107 });
  const disk = files.get('disk/smoke.img')!;
  expect(disk).toMatchObject({ mode: 0o644, uid: 107 });
  expect(disk.bytes.equals(smokeDisk())).toBe(true);
});

test('it is the same at every call, so that a plan made twice is the same plan', () => {
  expect(sha256(smokeImage())).toBe(sha256(smokeImage()));
});

test('the disk is one a BIOS boots: signature, and at least a cylinder', () => {
  const disk = smokeDisk();
  expect([disk[510], disk[511]]).toEqual([0x55, 0xaa]);
  expect(disk.length).toBeGreaterThanOrEqual(16 * 63 * 512);
});

test("the machine keeps to KubeVirt's schema and uses the image", () => {
  const schema = schemasFrom(join(import.meta.dirname, '../../../../assets')).schemaOf(virtualMachineInstances);
  const unknown: string[] = [];
  const errors: FieldError[] = [];
  validate(schema, prune(schema, smokeMachine, '', unknown), '', errors);
  expect({ unknown, errors }).toEqual({ unknown: [], errors: [] });
  expect(smokeMachine).toHaveProperty('spec.volumes.0.containerDisk.image', smokeImageName);
});
