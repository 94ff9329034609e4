import { EventEmitter } from 'node:events';

type Work = (event: object, ...args: unknown[]) => unknown;

class IpcMain extends EventEmitter {
  readonly #work = new Map<string, Work>();
  handle(channel: string, work: Work): void {
    if (this.#work.has(channel)) throw new Error(`${channel} is handled twice.`);
    this.#work.set(channel, work);
  }
  async invoke(channel: string, event: object, args: unknown[]): Promise<unknown> {
    const work = this.#work.get(channel);
    if (!work) throw new Error(`No handler registered for '${channel}'`);
    return work(event, ...args);
  }
}
export const ipcMain = new IpcMain();
