import type { BytePipe } from '../../../main/contract/procedure.ts';
import { Outbox } from './outbox.ts';

/** Anything shaped like a WebSocket (core/websock.js checks these eight names). */
export interface RawChannel {
  binaryType: string;
  readonly protocol: string;
  readonly readyState: string;
  onopen: ((event: unknown) => void) | null;
  onmessage: ((event: { data: Uint8Array }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  send(data: Uint8Array): void;
  close(): void;
}

/**
 * A WebSocket-shaped face for the contract's byte pipe: noVNC takes any such object.
 * The next chunk is asked for only after noVNC took the last one, so the pipe's credit holds back the server.
 * Call `start` once noVNC has hung its handlers in.
 */
export class ByteChannel implements RawChannel {
  // noVNC looks for own properties of these names.
  binaryType = 'arraybuffer';
  readonly protocol = '';
  readyState: 'open' | 'closed' = 'open';
  onopen: RawChannel['onopen'] = null;
  onmessage: RawChannel['onmessage'] = null;
  onclose: RawChannel['onclose'] = null;
  onerror: RawChannel['onerror'] = null;
  /** Called once with the reason when the far side ended or failed; not when this side closed. */
  onlost: ((error: unknown) => void) | null = null;
  readonly #pipe: BytePipe;
  readonly #outbox: Outbox;

  constructor(pipe: BytePipe) {
    this.#pipe = pipe;
    this.#outbox = new Outbox(pipe, (error) => this.#lost(error));
  }

  /** Reads until either side ends. */
  async start(): Promise<void> {
    try {
      for await (const chunk of this.#pipe.readable) {
        if (this.readyState !== 'open') return;
        this.onmessage?.({ data: chunk });
      }
      this.#lost(undefined);
    } catch (error) {
      this.#lost(error);
    }
  }

  send(data: Uint8Array): void {
    if (this.readyState === 'open') this.#outbox.push(data);
  }

  /** Resolves when all that was sent has been taken. */
  sent(): Promise<void> {
    return this.#outbox.sent();
  }

  close(): void {
    if (this.readyState === 'closed') return;
    this.#shut();
    this.#pipe.close();
  }

  #lost(error: unknown): void {
    if (this.readyState === 'closed') return;
    this.#shut();
    this.#pipe.close();
    this.onlost?.(error);
  }

  #shut(): void {
    this.readyState = 'closed';
    this.#outbox.end();
    // A real WebSocket tells later; noVNC counts on that when it closes by itself.
    queueMicrotask(() => this.onclose?.({ code: 1000, reason: '' }));
  }
}
