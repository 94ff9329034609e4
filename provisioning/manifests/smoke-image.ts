import { createHash } from 'node:crypto';
import { smokeDisk } from './smoke-disk.ts';

/** The name under which containerd knows the image. Nobody serves it: it is only ever imported. */
export const smokeImageName = 'hearth.local/smoke:1';

/**
 * An image archive with one file, `/disk/smoke.img`: an OCI image layout that k3s imports from its images folder and kind by
 * `load image-archive`, with a `manifest.json` besides so that `docker load` takes it too. Always the same bytes.
 */
export function smokeImage(): Uint8Array {
  // KubeVirt's launcher runs as 107 (qemu) and must be able to read the disk.
  const layer = tar([
    { path: 'disk/', mode: 0o755, owner: 107 },
    { path: 'disk/smoke.img', mode: 0o644, owner: 107, bytes: smokeDisk() },
  ]);
  const config = json({
    architecture: 'amd64',
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: {},
    rootfs: { type: 'layers', diff_ids: [digest(layer)] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: 'hearth' }],
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: described('application/vnd.oci.image.config.v1+json', config),
    layers: [described('application/vnd.oci.image.layer.v1.tar', layer)],
  });
  const index = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      {
        ...described('application/vnd.oci.image.manifest.v1+json', manifest),
        annotations: {
          'io.containerd.image.name': smokeImageName,
          'org.opencontainers.image.ref.name': smokeImageName.split(':')[1],
        },
      },
    ],
  });
  const docker = json([{ Config: blob(config), RepoTags: [smokeImageName], Layers: [blob(layer)] }]);
  return tar([
    { path: 'oci-layout', mode: 0o644, bytes: json({ imageLayoutVersion: '1.0.0' }) },
    { path: 'index.json', mode: 0o644, bytes: index },
    { path: 'manifest.json', mode: 0o644, bytes: docker },
    { path: 'blobs/', mode: 0o755 },
    { path: 'blobs/sha256/', mode: 0o755 },
    ...[manifest, config, layer].map((bytes) => ({ path: blob(bytes), mode: 0o644, bytes })),
  ]);
}

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const digest = (bytes: Uint8Array): string => `sha256:${hex(bytes)}`;
const blob = (bytes: Uint8Array): string => `blobs/sha256/${hex(bytes)}`;
const described = (mediaType: string, bytes: Uint8Array) => ({ mediaType, digest: digest(bytes), size: bytes.length });

interface Entry {
  /** Ends with a slash: a folder. At most 100 bytes. */
  readonly path: string;
  readonly mode: number;
  readonly owner?: number;
  readonly bytes?: Uint8Array;
}

/** A POSIX ustar archive. Times are the epoch, so that the same content is the same archive. */
function tar(entries: readonly Entry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { path, mode, owner = 0, bytes = new Uint8Array() } of entries) {
    const header = new Uint8Array(512);
    const put = (at: number, text: string): void => header.set(new TextEncoder().encode(text), at);
    const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
    put(0, path);
    put(100, octal(mode, 7));
    put(108, octal(owner, 7));
    put(116, octal(owner, 7));
    put(124, octal(bytes.length, 11));
    put(136, octal(0, 11));
    put(148, ' '.repeat(8));
    put(156, path.endsWith('/') ? '5' : '0');
    put(257, 'ustar\x0000');
    put(
      148,
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
    );
    parts.push(header, bytes, new Uint8Array((512 - (bytes.length % 512)) % 512));
  }
  parts.push(new Uint8Array(1024));
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
