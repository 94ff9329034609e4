import type { Answer } from '../http.ts';
import type { ApiParts } from '../ports.ts';

/** /openapi/...: made at the first request, then kept. */
export class Documents {
  private readonly parts: ApiParts;
  constructor(parts: ApiParts) {
    this.parts = parts;
  }
  async answer(segments: string[], _accept: string | undefined, _query: URLSearchParams): Promise<Answer | undefined> {
    await Promise.resolve(this.parts);
    return segments.length > 5 ? { code: 404 } : undefined;
  }
}
