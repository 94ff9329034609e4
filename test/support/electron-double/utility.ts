import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { DoublePort } from './ports.ts';

/** A utility process: a Node with `process.parentPort` (utility-child.ts). Ends when the shell does. */
class UtilityProcess extends EventEmitter {
  readonly #child: ChildProcess;
  readonly #ports = new Map<number, ReturnType<DoublePort['held']>>();
  #lastPort = 0;

  constructor(path: string, args: readonly string[], options: { env?: NodeJS.ProcessEnv }) {
    super();
    this.#child = fork(path, args, {
      execPath: process.execPath,
      execArgv: ['--import', new URL('utility-child.ts', import.meta.url).href],
      env: options.env ?? process.env,
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.once('exit', (code) => {
      for (const port of this.#ports.values()) port.close();
      this.emit('exit', code);
    });
    this.#child.on('message', ({ port, data, closed }: { port: number; data?: unknown; closed?: boolean }) => {
      if (closed) this.#ports.get(port)?.close();
      else this.#ports.get(port)?.post(data);
    });
  }

  postMessage(data: unknown, ports: readonly DoublePort[] = []): void {
    const ids = ports.map((port) => {
      const id = (this.#lastPort += 1);
      this.#ports.set(
        id,
        port.held({
          take: (message) => this.#send({ port: id, data: message }),
          closed: () => this.#send({ port: id, closed: true }),
        }),
      );
      return id;
    });
    this.#send({ data, ports: ids });
  }

  kill(): boolean {
    return this.#child.kill();
  }

  #send(message: object): void {
    if (this.#child.connected) this.#child.send(message);
  }
}

export const utilityProcess = {
  fork: (path: string, args: readonly string[], options: { env?: NodeJS.ProcessEnv }): UtilityProcess =>
    new UtilityProcess(path, args, options),
};
