import { EventEmitter } from 'node:events';
import type { Page } from 'playwright-core';
import { app, before, quitting } from './app.ts';
import { emptyPage } from './chromium.ts';
import { ContentsDouble } from './contents.ts';
import { tell } from './control.ts';

interface Options {
  webPreferences: Record<string, unknown> & { preload: string };
}
/** What a page must never have, and must have. The double has no way to do otherwise, so it refuses to pretend. */
const demanded: Readonly<Record<string, boolean>> = {
  contextIsolation: true, sandbox: true, webSecurity: true, nodeIntegration: false, nodeIntegrationInWorker: false, nodeIntegrationInSubFrames: false,
  allowRunningInsecureContent: false, experimentalFeatures: false, webviewTag: false,
}; // prettier-ignore

const windows = new Set<BrowserWindow>();

export class BrowserWindow extends EventEmitter {
  static getAllWindows = (): BrowserWindow[] => [...windows];
  static fromWebContents = (contents: unknown): BrowserWindow | null =>
    [...windows].find(({ webContents }) => webContents === contents) ?? null;

  readonly webContents = new ContentsDouble();
  readonly #page: Promise<Page>;
  #minimized = false;
  #gone = false;

  constructor({ webPreferences }: Options) {
    super();
    if (!before.ready || !app.sandboxed) throw new Error('A window before the app is ready, or without its sandbox.');
    for (const [name, value] of Object.entries(demanded))
      if (webPreferences[name] !== value) throw new Error(`webPreferences.${name} must be ${value}.`);
    windows.add(this);
    app.emit('web-contents-created', {}, this.webContents);
    this.#page = this.#make(webPreferences.preload);
  }

  async #make(preload: string): Promise<Page> {
    const page = await emptyPage();
    page.once('close', () => this.#closed());
    await this.webContents.attach(page, preload);
    return page;
  }

  async loadURL(url: string): Promise<void> {
    await this.#page;
    await this.webContents.load(url);
    this.emit('ready-to-show');
  }
  show(): void {
    tell({ what: 'window', url: this.webContents.mainFrame.url, windows: windows.size });
  }
  focus(): void {
    void this.#page.then((page) => page.bringToFront()).catch(() => undefined);
  }
  isMinimized(): boolean {
    return this.#minimized;
  }
  restore(): void {
    this.#minimized = false;
  }
  isDestroyed(): boolean {
    return this.#gone;
  }
  close(): void {
    void this.#page.then((page) => page.close()).catch(() => undefined);
  }

  #closed(): void {
    if (this.#gone) return;
    this.#gone = true;
    windows.delete(this);
    tell({ what: 'closed', windows: windows.size });
    this.emit('closed');
    if (windows.size === 0) app.emit('window-all-closed');
  }
}

quitting.push(() => {
  for (const window of windows) window.close();
  return Promise.resolve();
});
