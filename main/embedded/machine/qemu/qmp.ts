import { EventEmitter } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { JsonLines } from './json-lines.ts';

export interface QmpEvent {
  event: string;
  data: Record<string, unknown>;
}

/** QEMU refused a command. */
export class QmpError extends Error {
  readonly kind: string;
  constructor(command: string, kind: string, description: string) {
    super(`${command}: ${description}`);
    this.name = 'QmpError';
    this.kind = kind;
  }
}
/** The connection ended before the answer came. */
export class QmpClosed extends Error {
  override readonly name = 'QmpClosed';
}

type Waiting = {
  command: string;
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
};

/** One connection to a QMP monitor. Emits `event` (QmpEvent) and `close`. */
export class Qmp extends EventEmitter<{ event: [QmpEvent]; close: [] }> {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  closed = false;

  private constructor(socket: Socket) {
    super();
    this.#socket = socket;
  }

  /**
   * Connects and negotiates. A monitor that already serves a client gives no greeting, hence the timeout (ms).
   * Throws when the socket cannot be reached.
   */
  static async connect(path: string, timeout = 5000): Promise<Qmp> {
    const socket = connect(path);
    const qmp = new Qmp(socket);
    const greeted = Promise.withResolvers<void>();
    const timer = setTimeout(() => greeted.reject(new QmpClosed(`no QMP greeting within ${timeout} ms`)), timeout);
    const lines = new JsonLines((message) => {
      if ('QMP' in message) greeted.resolve();
      else qmp.#receive(message);
    });
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      try {
        lines.push(text);
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    socket.on('error', (error) => greeted.reject(error));
    socket.on('close', () => {
      greeted.reject(new QmpClosed('QMP connection closed'));
      qmp.#end();
    });
    try {
      await greeted.promise;
      await qmp.execute('qmp_capabilities');
      return qmp;
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Runs one command. Throws QmpError (refused) or QmpClosed (gone, or no answer within `timeout` ms). */
  execute<T = unknown>(command: string, parameters?: Record<string, unknown>, timeout = 10_000): Promise<T> {
    if (this.closed) return Promise.reject(new QmpClosed('QMP connection closed'));
    const id = this.#next++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const timer = setTimeout(() => {
      this.#waiting.delete(id);
      reject(new QmpClosed(`${command}: no answer within ${timeout} ms`));
    }, timeout);
    this.#waiting.set(id, { command, resolve, reject, timer });
    this.#socket.write(
      `${JSON.stringify({ execute: command, id, ...(parameters ? { arguments: parameters } : {}) })}\n`,
    );
    return promise as Promise<T>;
  }

  /** A monitor command of people; its answer is text, and so are its failures. */
  human(line: string): Promise<string> {
    return this.execute<string>('human-monitor-command', { 'command-line': line });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(message: Record<string, unknown>): void {
    if (typeof message['event'] === 'string') {
      this.emit('event', { event: message['event'], data: (message['data'] ?? {}) as Record<string, unknown> });
      return;
    }
    const waiting = this.#waiting.get(message['id'] as number);
    if (!waiting) return;
    this.#waiting.delete(message['id'] as number);
    clearTimeout(waiting.timer);
    const error = message['error'] as { class: string; desc: string } | undefined;
    if (error) waiting.reject(new QmpError(waiting.command, error.class, error.desc));
    else waiting.resolve(message['return']);
  }

  #end(): void {
    if (this.closed) return;
    this.closed = true;
    for (const waiting of this.#waiting.values()) {
      clearTimeout(waiting.timer);
      waiting.reject(new QmpClosed(`${waiting.command}: QEMU closed the connection`));
    }
    this.#waiting.clear();
    this.emit('close');
  }
}
