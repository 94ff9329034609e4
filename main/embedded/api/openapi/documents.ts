import { createHash } from 'node:crypto';
import type { Answer } from '../http.ts';
import type { ApiParts } from '../ports.ts';
import { groupPaths } from './names.ts';
import { encodeOpenApiV2 } from './protobuf.ts';
import { openApiV2 } from './v2.ts';
import { openApiV3 } from './v3.ts';

// Clients ask with "@v1.0", which is no media type for Go; kube-openapi answers with this one.
const protobufType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** /openapi/...: made at the first request, then kept. */
export class Documents {
  private readonly parts: ApiParts;
  private readonly kept = new Map<string, string | Buffer>();
  constructor(parts: ApiParts) {
    this.parts = parts;
  }
  /** `segments` after /openapi; undefined for what is not there. */
  answer(segments: string[], accept = '', query = new URLSearchParams()): Answer | undefined {
    const [version, ...rest] = segments;
    if (version === 'v2' && rest.length === 0) return this.second(accept);
    if (version !== 'v3') return undefined;
    if (rest.length === 0) return { code: 200, json: { paths: this.index() } };
    const path = rest.join('/');
    if (!groupPaths().has(path)) return undefined;
    const hash = query.get('hash');
    // A client that names the hash of a document may keep it for ever.
    const headers: Record<string, string> =
      hash && hash === this.hashOf(path) ? { 'cache-control': 'public, immutable, max-age=31536000' } : {};
    return { code: 200, body: this.third(path), headers };
  }
  private second(accept: string): Answer {
    if (!accept.includes('protobuf'))
      return { code: 200, body: this.keep('v2', () => JSON.stringify(openApiV2(this.parts.schemaOf))) };
    const body = this.keep('v2.pb', () => encodeOpenApiV2(openApiV2(this.parts.schemaOf)));
    return { code: 200, body, type: protobufType };
  }
  private third(path: string): string | Buffer {
    return this.keep(path, () => JSON.stringify(openApiV3(groupPaths().get(path) ?? [], this.parts.schemaOf)));
  }
  private hashOf(path: string): string {
    return this.keep(`${path}#`, () =>
      createHash('sha256').update(this.third(path)).digest('hex').toUpperCase(),
    ).toString();
  }
  private index(): Record<string, { serverRelativeURL: string }> {
    const entries = [...groupPaths().keys()].map((path): [string, { serverRelativeURL: string }] => [
      path,
      { serverRelativeURL: `/openapi/v3/${path}?hash=${this.hashOf(path)}` },
    ]);
    return Object.fromEntries(entries);
  }
  private keep(key: string, make: () => string | Buffer): string | Buffer {
    let made = this.kept.get(key);
    if (made === undefined) this.kept.set(key, (made = make()));
    return made;
  }
}
