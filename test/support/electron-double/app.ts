import { EventEmitter } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { closeChromium, startChromium } from './chromium.ts';

/** Everything that the double keeps; the test gives it and takes it away. */
const folder = process.env['ELECTRON_DOUBLE_FOLDER'] ?? '';
if (!existsSync(folder)) throw new Error('The double of Electron is started by its test: ELECTRON_DOUBLE_FOLDER.');
const lock = join(folder, 'instance');
const seconds = join(folder, 'seconds');

/** What is registered before `ready`, and refused after it, as Electron does. */
export const before = {
  ready: false,
  schemes: new Set<string>(),
  check(what: string): void {
    if (before.ready) throw new Error(`${what} is only possible before the app is ready.`);
  },
};

export const quitting: (() => Promise<void>)[] = [];

class App extends EventEmitter {
  readonly isPackaged = false;
  #sandboxed = false;
  #holds = false;
  #ending = false;
  readonly #ready = delay(0).then(async () => {
    if (this.#ending) return new Promise<never>(() => undefined);
    await startChromium(join(folder, 'profile'));
    before.ready = true;
    this.emit('ready');
  });

  get sandboxed(): boolean {
    return this.#sandboxed;
  }
  enableSandbox(): void {
    before.check('enableSandbox');
    this.#sandboxed = true;
  }
  whenReady(): Promise<void> {
    return this.#ready;
  }
  isReady(): boolean {
    return before.ready;
  }
  getAppPath(): string {
    return join(import.meta.dirname, '../../..');
  }
  getPath(name: string): string {
    mkdirSync(join(folder, name), { recursive: true });
    return join(folder, name);
  }
  getVersion(): string {
    return '0.0.0';
  }

  /** True for the first one. Another start leaves its arguments where the first one sees them. */
  requestSingleInstanceLock(): boolean {
    mkdirSync(seconds, { recursive: true });
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
    } catch {
      writeFileSync(join(seconds, `${process.pid}.json`), JSON.stringify({ args: process.argv, cwd: process.cwd() }));
      return false;
    }
    this.#holds = true;
    const watcher = watch(seconds, () => {
      for (const name of readdirSync(seconds)) {
        const text = readFileSync(join(seconds, name), 'utf8');
        if (text === '') continue; // it is being written: there will be one more event
        rmSync(join(seconds, name));
        const { args, cwd } = JSON.parse(text) as { args: string[]; cwd: string };
        this.emit('second-instance', {}, args, cwd, undefined);
      }
    });
    quitting.push(() => Promise.resolve(watcher.close()));
    return true;
  }

  quit(): void {
    let prevented = false;
    this.emit('before-quit', { preventDefault: () => (prevented = true) });
    if (prevented || this.#ending) return;
    this.#ending = true;
    void this.#end();
  }

  async #end(): Promise<void> {
    for (const step of quitting) await step();
    await closeChromium();
    if (this.#holds) rmSync(lock, { force: true });
    this.emit('quit', {}, 0);
    process.exit(0);
  }
}

export const app = new App();
// Electron ends in order for these.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => app.quit());
