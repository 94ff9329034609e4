/** The last bytes of a stream, at most `size`. */
export interface Ring {
  push(bytes: Uint8Array): void;
  /** What is kept, oldest first. */
  read(): Buffer;
  /** Bytes ever pushed: more than are kept means that the beginning is gone. */
  readonly total: number;
  /** Bytes that are kept at most. */
  readonly size: number;
}

export function createRing(size: number): Ring {
  let chunks: Buffer[] = [];
  let kept = 0;
  let total = 0;
  return {
    size,
    push(bytes) {
      total += bytes.length;
      kept += bytes.length;
      chunks.push(Buffer.from(bytes)); // a copy: what came in may be a view on a pooled buffer
      if (kept < size + size / 4 && chunks.length < 4096) return;
      const all = Buffer.concat(chunks);
      const rest = Buffer.from(all.subarray(Math.max(0, all.length - size)));
      chunks = [rest];
      kept = rest.length;
    },
    read() {
      const all = Buffer.concat(chunks);
      return all.subarray(Math.max(0, all.length - size));
    },
    get total() {
      return total;
    },
  };
}
