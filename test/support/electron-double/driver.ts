import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import type { Order, Told } from './control.ts';

const root = join(import.meta.dirname, '../../..');

/** The built shell running on the double of Electron, as a test sees it. */
export class DesktopOnDouble {
  readonly folder = mkdtempSync(join(tmpdir(), 'hearth-desktop-'));
  readonly told: Told[] = [];
  #process!: ChildProcess;
  #browser: Browser | undefined;
  #output = '';
  #ended: Promise<number | null> = Promise.resolve(0);

  static async start(args: readonly string[] = []): Promise<DesktopOnDouble> {
    const desktop = new DesktopOnDouble();
    desktop.#process = desktop.#spawn(args);
    desktop.#ended = new Promise((resolve) => desktop.#process.once('exit', resolve));
    try {
      const { url } = await desktop.until(({ what }) => what === 'chromium', 90_000);
      await desktop.until(({ what }) => what === 'window', 90_000);
      desktop.#browser = await chromium.connectOverCDP(String(url));
    } catch (error) {
      await desktop.end();
      throw error;
    }
    return desktop;
  }

  /** One more start of the same app. Resolves with its exit code. */
  async again(args: readonly string[] = []): Promise<number | null> {
    const second = this.#spawn(args);
    return new Promise((resolve) => second.once('exit', resolve));
  }

  #spawn(args: readonly string[]): ChildProcess {
    for (const name of ['data', 'run', 'home', 'electron']) mkdirSync(join(this.folder, name), { recursive: true, mode: 0o700 });
    const child = fork(join(root, 'out/main/desktop.js'), args, {
      cwd: this.folder,
      execPath: process.execPath,
      execArgv: ['--import', new URL('register.ts', import.meta.url).href],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...process.env, HEARTH_DATA_DIR: join(this.folder, 'data'), XDG_RUNTIME_DIR: join(this.folder, 'run'), HOME: join(this.folder, 'home'), ELECTRON_DOUBLE_FOLDER: join(this.folder, 'electron'),
      },
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#output = (this.#output + chunk.toString()).slice(-50_000)));
    child.on('message', (told: Told) => this.told.push(told));
    return child;
  } // prettier-ignore

  /** What was told and fits, now or soon. Throws with the program's last words. */
  async until(fits: (told: Told) => boolean, limitMs = 30_000): Promise<Told> {
    for (const end = Date.now() + limitMs; ; await delay(50)) {
      const found = this.told.find(fits);
      if (found) return found;
      if (Date.now() > end || this.#process.exitCode !== null)
        throw new Error(`It was not told. What was: ${JSON.stringify(this.told)}\n${this.#output.slice(-4000)}`);
    }
  }

  order(order: Order): void {
    this.#process.send(order);
  }

  /** The pages of the app's windows, the first one first. */
  pages(): Page[] {
    return this.#browser?.contexts().flatMap((context) => context.pages()) ?? [];
  }

  get output(): string {
    return this.#output;
  }

  /** Resolves with the exit code when the shell has ended by itself. */
  async exit(limitMs = 60_000): Promise<number | null> {
    const late = delay(limitMs, undefined, { ref: false }).then(() => {
      throw new Error(`It did not end.\n${this.#output.slice(-4000)}`);
    });
    return Promise.race([this.#ended, late]);
  }

  /** Command lines of all processes that were started for it and are still there: each has its folder in its environment. */
  processes(): string[] {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
      try {
        const about = readFileSync(`/proc/${pid}/environ`, 'utf8') + readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        const state = /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        return about.includes(this.folder) && state !== 'Z' ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 200)] : [];
      } catch {
        return []; // it has ended meanwhile
      }
    });
  } // prettier-ignore

  /** Ends whatever is left and removes everything. */
  async end(): Promise<void> {
    await this.#browser?.close().catch(() => undefined);
    if (this.#process.exitCode === null) this.#process.kill('SIGTERM');
    const hard = setTimeout(() => this.#process.kill('SIGKILL'), 20_000);
    await this.#ended;
    clearTimeout(hard);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
