import { Duplex } from 'node:stream';
import { open, stat, truncate } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Log } from '../../kube/context.ts';
import { Ring } from './ring.ts';

const ringSize = 256 * 1024;
/** The log on disk is cut to its last part when it grows past this; a chatty guest cannot fill the disk. */
const maxLog = 8 * 2 ** 20;
/** A viewer that reads nothing for so long (ms) is let go: the guest must not wait for it. */
const defaultPatience = 5000;

/**
 * The one connection to a machine's serial port. Keeps the last 256 KiB, hands bytes to the newest viewer (the older is
 * closed, as in KubeVirt), and holds the guest back only as long as a viewer is slow for less than five seconds.
 */
export class SerialConsole {
  readonly #path: string;
  readonly #logPath: string;
  readonly #log: Log;
  readonly #ring = new Ring(ringSize);
  readonly #patience: number;
  readonly #listeners = new Set<(data: Buffer) => void>();
  #socket: Socket | undefined;
  #viewer: SerialViewer | undefined;
  #logged = 0;
  #closed = false;
  /** Bytes seen from the guest since this engine watches. */
  received = 0;

  constructor(path: string, logPath: string, log: Log, patience = defaultPatience) {
    this.#patience = patience;
    this.#path = path;
    this.#logPath = logPath;
    this.#log = log;
  }

  /** Fills the ring from the log (an adopted machine) and connects. */
  async start(): Promise<void> {
    await this.#recall();
    await this.#connect();
  }

  /** Called with each piece the guest writes. */
  onData(listener: (data: Buffer) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  recent(bytes = ringSize): Buffer {
    return this.#ring.last(bytes);
  }

  /** Opens the console for a viewer. `replay`: that many bytes of the past come first. */
  attach(replay = 0): Duplex {
    this.#viewer?.destroy();
    const viewer = new SerialViewer(
      (data, done) => {
        if (!this.#socket?.writable) done(new Error('the machine is not running'));
        else this.#socket.write(data, () => done());
      },
      () => this.#socket?.resume(),
    );
    viewer.once('close', () => {
      if (this.#viewer !== viewer) return;
      this.#viewer = undefined;
      this.#socket?.resume();
    });
    this.#viewer = viewer;
    if (replay > 0) viewer.offer(this.#ring.last(replay));
    if (this.#closed) viewer.finish();
    return viewer;
  }

  close(): void {
    this.#closed = true;
    this.#socket?.destroy();
    this.#viewer?.finish();
    this.#listeners.clear();
  }

  async #recall(): Promise<void> {
    try {
      await using file = await open(this.#logPath, 'r');
      const { size } = await file.stat();
      const length = Math.min(size, ringSize);
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
      this.#ring.push(buffer);
      this.#logged = size;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  #connect(): Promise<void> {
    const opened = Promise.withResolvers<void>();
    const socket = connect(this.#path, () => opened.resolve());
    this.#socket = socket;
    socket.on('data', (data) => this.#receive(data));
    socket.on('error', (error) => opened.reject(error));
    socket.on('close', () => {
      this.#viewer?.finish();
      if (!this.#closed) this.#log.debug({ path: this.#path }, 'serial connection closed');
    });
    return opened.promise;
  }

  #receive(data: Buffer): void {
    this.received += data.length;
    this.#ring.push(data);
    for (const listener of this.#listeners) listener(data);
    this.#logged += data.length;
    if (this.#logged > maxLog) {
      this.#logged = 0;
      void this.#cutLog();
    }
    const viewer = this.#viewer;
    if (!viewer || viewer.offer(data)) return;
    this.#socket?.pause();
    viewer.waitForReader(this.#patience, () => {
      this.#log.warn({ path: this.#path }, 'a console viewer stopped reading and was let go');
      viewer.destroy();
      this.#socket?.resume();
    });
  }

  /** QEMU writes with O_APPEND, so the file can be emptied under it. */
  async #cutLog(): Promise<void> {
    try {
      if ((await stat(this.#logPath)).size > maxLog) await truncate(this.#logPath, 0);
    } catch (error) {
      this.#log.warn({ err: error, path: this.#logPath }, 'the serial log could not be cut');
    }
  }
}

/** A viewer's end of the console. */
class SerialViewer extends Duplex {
  readonly #send: (data: Buffer, done: (error?: Error) => void) => void;
  readonly #reading: () => void;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(send: (data: Buffer, done: (error?: Error) => void) => void, reading: () => void) {
    super({ highWaterMark: 256 * 1024 });
    this.#send = send;
    this.#reading = reading;
  }

  /** False when the reader is behind. */
  offer(data: Buffer): boolean {
    return this.#ended || this.destroyed || this.push(data);
  }

  waitForReader(ms: number, late: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(late, ms);
    this.#timer.unref();
  }

  finish(): void {
    if (this.#ended || this.destroyed) return;
    this.#ended = true;
    this.push(null);
    this.end();
  }

  override _read(): void {
    clearTimeout(this.#timer);
    this.#reading();
  }

  override _write(data: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(data, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer);
    done(error);
  }
}
