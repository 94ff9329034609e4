import { EventEmitter } from 'node:events';

/** One end of a channel. Who holds it (a page, the backend) gets what is posted to it; until then it is kept. */
export class DoublePort extends EventEmitter {
  other!: DoublePort;
  #holder: { take(data: unknown): void; closed(): void } | undefined;
  readonly #early: unknown[] = [];
  #closed = false;

  /** Hands the end over to somebody. Returns what posts from there. */
  held(by: { take(data: unknown): void; closed(): void }): { post(data: unknown): void; close(): void } {
    if (this.#holder) throw new Error('A port is handed over once.');
    this.#holder = by;
    for (const data of this.#early.splice(0)) by.take(data);
    return { post: (data) => this.other.#arrive(data), close: () => this.close() };
  }

  /** Both ends are closed, as when the page goes that holds one. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#holder?.closed();
    this.other.close();
  }

  #arrive(data: unknown): void {
    if (this.#closed) return;
    if (this.#holder) this.#holder.take(data);
    else this.#early.push(data);
  }
}

export class MessageChannelMain {
  readonly port1 = new DoublePort();
  readonly port2 = new DoublePort();
  constructor() {
    this.port1.other = this.port2;
    this.port2.other = this.port1;
  }
}

/** Bytes stay bytes on their way through text. The page has the same two functions (isolated-world.ts). */
export const encode = (value: unknown): string =>
  JSON.stringify(value, function (this: Record<string, unknown>, key, one: unknown) {
    const whole = this[key]; // a Buffer has become something else by now
    return whole instanceof Uint8Array ? { $bytes: Buffer.from(whole).toString('base64') } : one;
  });
export const decode = (text: string): unknown =>
  JSON.parse(text, (_key, one: unknown) =>
    typeof one === 'object' && one !== null && '$bytes' in one
      ? new Uint8Array(Buffer.from(String(one.$bytes), 'base64'))
      : one,
  );
