import type { Readable } from 'node:stream';
import type { Duplex } from 'node:stream';
import type { ResourceType } from './resources.ts';

export interface SubresourceRequest {
  readonly namespace: string;
  readonly name: string;
  /** Path segments after the subresource's name, e.g. ["22", "tcp"] for portforward/22/tcp. */
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
  /** Parsed JSON or YAML; undefined when empty. */
  readonly body: unknown;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

export type SubresourceAnswer = {
  code: number;
  json?: unknown;
  text?: string;
  bytes?: { type: string; data: Uint8Array };
};

/**
 * The seam between API half and machine half: the API serves these under subresources.kubevirt.io without knowing what
 * they do. A `stream` is upgraded to a WebSocket (`plain.kubevirt.io`, binary) and pumped with back-pressure by the API.
 */
export type Subresource =
  | {
      kind: 'call';
      resource: ResourceType;
      name: string;
      method: 'GET' | 'PUT';
      handle(request: SubresourceRequest): Promise<SubresourceAnswer>;
    }
  | { kind: 'stream'; resource: ResourceType; name: string; open(request: SubresourceRequest): Promise<Duplex> };

/** CDI's upload endpoint: the API half routes `/v1beta1/upload` and `/v1beta1/upload-async` here. */
export interface UploadSink {
  /** A token good for five minutes for this claim; what UploadTokenRequest answers. Throws StatusError. */
  issueToken(namespace: string, claim: string): string;
  /** HEAD: 200 when it would take data now. POST: takes the stream; sync answers after the conversion, async once the bytes are in. */
  probe(token: string): { code: number; message: string };
  accept(
    token: string,
    body: Readable,
    options: { mode: 'sync' | 'async'; size?: number; signal: AbortSignal },
  ): Promise<{ code: number; message: string }>;
}

/** Disks of VirtualMachineExports: the API half routes their paths here. */
export interface ExportSource {
  /** The finished file (bytes of its size), to be compressed on the way where `gzip`; else a refusal. Waits until it is made. */
  open(request: {
    namespace: string;
    name: string;
    volume: string;
    file: string;
    token: string;
  }): Promise<{ code: number; message: string } | { path: string; gzip: boolean; size: number; etag: string }>;
}

/** Prometheus text, served at the virt-handler Pod's proxy path. */
export type MetricsSource = () => Promise<string>;
