import type { BytePipe } from '../../../main/contract/procedure.ts';

const [lineFeed, carriageReturn] = [10, 13];

/** Lines of a program that writes for no terminal, each begun at its left edge. `last`: the byte before. Pure. */
export function returned(chunk: Uint8Array, last: number): Uint8Array {
  let missing = 0;
  for (const [at, byte] of chunk.entries())
    if (byte === lineFeed && (at === 0 ? last : chunk[at - 1]) !== carriageReturn) missing += 1;
  if (missing === 0) return chunk;
  const made = new Uint8Array(chunk.length + missing);
  let to = 0;
  for (const [at, byte] of chunk.entries()) {
    if (byte === lineFeed && (at === 0 ? last : chunk[at - 1]) !== carriageReturn) made[to++] = carriageReturn;
    made[to++] = byte;
  }
  return made;
}

/** The pipe as a terminal wants it. */
export const withReturns = (pipe: BytePipe): BytePipe => ({
  readable: {
    async *[Symbol.asyncIterator]() {
      let last = 0;
      for await (const chunk of pipe.readable) {
        yield returned(chunk, last);
        last = chunk.at(-1) ?? last;
      }
    },
  },
  write: (bytes) => pipe.write(bytes),
  close: (problem) => pipe.close(problem),
});
