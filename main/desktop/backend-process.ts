import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { app, MessageChannelMain, utilityProcess } from 'electron';
import type { UtilityProcess, WebContents } from 'electron';
import { monotonic } from '../contract/monotonic.ts';

const longestDelayMs = 10_000;
/** Machines that are stopped with the app get their grace period (two minutes in all). */
const stopLimitMs = 130_000;

/** Owns the backend: starts it, starts it again with growing pauses when it dies, hands pages their port, ends it. */
export class BackendProcess {
  #child: UtilityProcess | undefined;
  #failures = 0;
  #stopping = false;

  constructor() {
    this.#start();
  }

  /** Gives the page one end of a new channel and the backend the other. The data never passes through this process. */
  connectPage(page: WebContents): void {
    if (!this.#child) return; // the page asks again while it is not connected
    const { port1, port2 } = new MessageChannelMain();
    this.#child.postMessage({ type: 'page' }, [port1]);
    page.postMessage('hearth:port', null, [port2]);
  }

  /** Ends the backend in order; resolves when it is gone, at the latest after 130 s. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (!child) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const limit = setTimeout(() => child.kill(), stopLimitMs);
    child.postMessage({ type: 'stop' });
    await gone;
    clearTimeout(limit);
  }

  #start(): void {
    const child = utilityProcess.fork(join(programs(), 'out/main/backend.js'), [], {
      serviceName: 'Hearth backend',
      stdio: 'inherit',
      env: { ...process.env, ...nodeForEngine() },
    });
    this.#child = child;
    const startedAt = monotonic();
    child.once('exit', () => {
      this.#child = undefined;
      if (this.#stopping) return;
      this.#failures = monotonic() - startedAt > 60_000 ? 1 : this.#failures + 1;
      setTimeout(() => this.#start(), Math.min(longestDelayMs, 250 * 2 ** this.#failures));
    });
  }
}

/**
 * Folder of Hearth's Node programs with all they need: the checkout, or in a package a folder of plain files beside the app's
 * archive, for the engine runs in a plain Node, which reads no archives.
 */
const programs = (): string => (app.isPackaged ? join(process.resourcesPath, 'hearth') : app.getAppPath());

/** The engine is a plain Node child: the pinned Node. Electron itself as Node is for a checkout without it; packages have that fused off. */
function nodeForEngine(): Record<string, string> {
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const pinned = join(programs(), 'node_modules', `node-${platform}-${process.arch}`, 'bin', binary);
  return app.isPackaged || existsSync(pinned)
    ? { HEARTH_NODE: pinned }
    : { HEARTH_NODE: process.execPath, ELECTRON_RUN_AS_NODE: '1' };
}
