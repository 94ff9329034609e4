/** The last bytes of a stream, in one fixed piece of memory. */
export class Ring {
  readonly #memory: Buffer;
  #end = 0;
  #filled = 0;

  constructor(size: number) {
    this.#memory = Buffer.alloc(size);
  }

  push(data: Buffer): void {
    const size = this.#memory.length;
    const piece = data.length > size ? data.subarray(data.length - size) : data;
    const first = Math.min(piece.length, size - this.#end);
    piece.copy(this.#memory, this.#end, 0, first);
    piece.copy(this.#memory, 0, first);
    this.#end = (this.#end + piece.length) % size;
    this.#filled = Math.min(size, this.#filled + piece.length);
  }

  /** A copy of the last `bytes`, oldest first. */
  last(bytes = this.#filled): Buffer {
    const wanted = Math.min(bytes, this.#filled);
    const size = this.#memory.length;
    const start = (this.#end - wanted + size) % size;
    const first = this.#memory.subarray(start, Math.min(size, start + wanted));
    return Buffer.concat([first, this.#memory.subarray(0, wanted - first.length)]);
  }
}
