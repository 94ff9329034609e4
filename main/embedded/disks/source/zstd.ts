import { createZstdDecompress } from 'node:zlib';

/**
 * Unpacks zstd of any number of frames. Node's own decoder ends after the first frame and drops the rest without a
 * word, so the frames' borders are found here (RFC 8878 section 3.1) and each frame gets a decoder of its own.
 */
export async function* unzstd(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const bytes = new Bytes(input);
  while (!(await bytes.atEnd())) {
    const magic = (await bytes.take(4)).readUInt32LE(0);
    if ((magic & 0xfffffff0) >>> 0 === 0x184d2a50) {
      const length = (await bytes.take(4)).readUInt32LE(0);
      for await (const _ of bytes.stream(length)) continue;
      continue;
    }
    if (magic !== 0xfd2fb528) throw new Error('there is something else behind the packed data');
    yield* decode(frame(bytes));
  }
}

/** The bytes of one frame whose magic number was read already. */
async function* frame(bytes: Bytes): AsyncGenerator<Buffer> {
  const descriptor = await bytes.take(1);
  const flags = descriptor.readUInt8(0);
  const single = (flags & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][flags & 3] ?? 0;
  const contentSize = [single ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  yield Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
  yield descriptor;
  yield await bytes.take((single ? 0 : 1) + dictionary + contentSize);
  for (let last = false; !last;) {
    const header = await bytes.take(3);
    const value = header.readUIntLE(0, 3);
    last = (value & 1) === 1;
    const kind = (value >> 1) & 3;
    if (kind === 3) throw new Error('a block has an unknown type');
    yield header;
    yield* bytes.stream(kind === 1 ? 1 : value >> 3);
  }
  if (flags & 4) yield await bytes.take(4);
}

/** Feeds a decoder and hands on what it gives, with back-pressure both ways: one small block may unfold to a great deal. */
async function* decode(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoder = createZstdDecompress({ chunkSize: 1 << 18 });
  const feed = async (): Promise<void> => {
    try {
      for await (const piece of pieces)
        await new Promise<void>((resolve, reject) =>
          decoder.write(piece, (error) => (error ? reject(error) : resolve())),
        );
      decoder.end();
    } catch (error) {
      decoder.destroy(error as Error);
    }
  };
  const fed = feed();
  try {
    yield* decoder as AsyncIterable<Buffer>;
    await fed;
  } finally {
    decoder.destroy();
  }
}

/** An input from which exact numbers of bytes are taken. */
class Bytes {
  private readonly input: AsyncIterator<Buffer>;
  private rest = Buffer.alloc(0);
  constructor(input: AsyncIterable<Buffer>) {
    this.input = input[Symbol.asyncIterator]();
  }

  async atEnd(): Promise<boolean> {
    while (this.rest.length === 0) {
      const next = await this.input.next();
      if (next.done) return true;
      this.rest = Buffer.from(next.value);
    }
    return false;
  }

  /** A few bytes at once. Throws at the end of the input. */
  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this.stream(length)) parts.push(part);
    return Buffer.concat(parts);
  }

  async *stream(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0;) {
      if (await this.atEnd()) throw new Error('it ends too early');
      const part = this.rest.subarray(0, left);
      this.rest = this.rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }
}
