import { createHash } from 'node:crypto';
import type { ImageSource } from '../../../../provisioning/plan.ts';
import { ask, TransferError } from './transfer.ts';
import type { Route } from './route.ts';

const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
/** A manifest is a page of text; anything longer is none. */
const longestManifest = 4 * 2 ** 20;

export interface Blob {
  readonly digest: string;
  readonly size: number;
}
export interface ImageManifest {
  /** Digest, media type and bytes of the manifest of our architecture, as the registry has it. */
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
  /** Configuration and layers. */
  readonly blobs: readonly Blob[];
}

/**
 * One repository of a registry (Docker Registry HTTP API V2 / OCI distribution), without an account: the anonymous token it
 * asks for is fetched when it says 401.
 */
export interface Registry {
  manifest(image: ImageSource): Promise<ImageManifest>;
  blobUrl(digest: string): string;
  /** Headers of a request, with the token where one is needed. */
  headers(): Promise<Record<string, string>>;
}

export function openRegistry(route: Route, image: ImageSource, signal: AbortSignal): Registry {
  const base = `https://${image.registry}/v2/${image.repository}`;
  let token: string | undefined;
  const headers = (): Record<string, string> => (token ? { authorization: `Bearer ${token}` } : {});

  async function get(url: string, accept: string): Promise<{ bytes: Buffer; type: string }> {
    for (let attempt = 0; ; attempt += 1) {
      const answer = await ask(route, url, { signal, headers: { accept, ...headers() } });
      if (answer.statusCode === 401 && attempt === 0) {
        await answer.body.dump();
        token = await anonymousToken(String(answer.headers['www-authenticate'] ?? ''));
        continue;
      }
      if (answer.statusCode !== 200) {
        await answer.body.dump();
        throw new TransferError(`${image.registry} answered ${answer.statusCode} for ${url}`, {
          again: answer.statusCode >= 500 || answer.statusCode === 429,
          status: answer.statusCode,
        });
      }
      const parts: Uint8Array[] = [];
      let length = 0;
      for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
        parts.push(chunk);
        length += chunk.length;
        if (length > longestManifest) throw new TransferError(`${url} is too long for a manifest`, { again: false });
      }
      return { bytes: Buffer.concat(parts), type: String(answer.headers['content-type'] ?? '').split(';')[0] ?? '' };
    }
  }

  /** `Bearer realm="https://quay.io/v2/auth",service="quay.io",scope="repository:x:pull"` */
  async function anonymousToken(challenge: string): Promise<string> {
    const field = (name: string): string | undefined => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
    const realm = field('realm');
    if (!realm) throw new TransferError(`${image.registry} wants an account`, { again: false, status: 401 });
    const url = new URL(realm);
    const service = field('service');
    if (service) url.searchParams.set('service', service);
    url.searchParams.set('scope', field('scope') ?? `repository:${image.repository}:pull`);
    const { bytes } = await get(url.href, 'application/json');
    const body = JSON.parse(bytes.toString('utf8')) as { token?: string; access_token?: string };
    const value = body.token ?? body.access_token;
    if (!value) throw new TransferError(`${url.host} gave no token`, { again: false, status: 401 });
    return value;
  }

  async function checked(digest: string): Promise<{ bytes: Buffer; type: string }> {
    const found = await get(`${base}/manifests/${digest}`, manifestTypes.join(', '));
    const is = `sha256:${createHash('sha256').update(found.bytes).digest('hex')}`;
    if (is !== digest)
      throw new TransferError(`${image.registry} sent another manifest (${is}) than ${digest}`, { again: false });
    return found;
  }

  return {
    blobUrl: (digest) => `${base}/blobs/${digest}`,
    headers: async () => headers(),
    async manifest({ digest, arch }) {
      let wanted = digest;
      let found = await checked(wanted);
      let body = JSON.parse(found.bytes.toString('utf8')) as ManifestBody;
      if (body.manifests) {
        const ours = body.manifests.find(({ platform }) => platform?.os === 'linux' && platform.architecture === arch);
        if (!ours) throw new TransferError(`${image.repository}@${digest} has no ${arch} image`, { again: false });
        wanted = ours.digest;
        found = await checked(wanted);
        body = JSON.parse(found.bytes.toString('utf8')) as ManifestBody;
      }
      const blobs = [body.config, ...(body.layers ?? [])];
      if (!blobs.every(isBlob))
        throw new TransferError(`${image.repository}@${wanted} is no image manifest`, { again: false });
      return { digest: wanted, mediaType: body.mediaType ?? found.type, bytes: found.bytes, blobs };
    },
  };
}

interface ManifestBody {
  mediaType?: string;
  config?: Blob;
  layers?: Blob[];
  manifests?: { digest: string; platform?: { os?: string; architecture?: string } }[];
}

const isBlob = (blob: Blob | undefined): blob is Blob =>
  blob !== undefined && /^sha256:[0-9a-f]{64}$/.test(blob.digest) && Number.isSafeInteger(blob.size) && blob.size >= 0;
