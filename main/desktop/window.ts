import { join } from 'node:path';
import { BrowserWindow, nativeTheme } from 'electron';
import { appOrigin } from './protocol.ts';

/** Opens the main window. The options are literal on purpose: anyone can see that the page is a sandboxed one. */
export function openMainWindow(): BrowserWindow {
  return openWindow('', { width: 1280, height: 800 });
}

/** Kubernetes names only: the path goes into an address. Undefined for anything else. */
export function consolePath(namespace: unknown, name: unknown): string | undefined {
  const fine = (text: unknown): text is string =>
    typeof text === 'string' && /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(text);
  return fine(namespace) && fine(name) ? `/console/${namespace}/${name}` : undefined;
}

const consoles = new Map<string, BrowserWindow>();

/** A console in a window of its own, one a machine: the one that is open comes to the front. Resolves when it is closed. */
export function openConsoleWindow(path: string): Promise<void> {
  const open = consoles.get(path);
  if (open?.isMinimized()) open.restore();
  open?.focus();
  const window = open ?? openWindow(path, { width: 1080, height: 760 });
  consoles.set(path, window);
  return new Promise((resolve) => {
    window.once('closed', () => {
      consoles.delete(path);
      resolve();
    });
  });
}

function openWindow(path: string, size: { width: number; height: number }): BrowserWindow {
  const window = new BrowserWindow({
    ...size,
    minWidth: 720,
    minHeight: 480,
    show: false,
    title: 'Hearth',
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#16130f' : '#faf8f5',
    webPreferences: {
      preload: join(import.meta.dirname, '../preload/preload.cjs'),
      contextIsolation: true,
      nodeIntegration: false,
      sandbox: true,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    },
  });
  window.once('ready-to-show', () => window.show());
  void window.loadURL(`${appOrigin}/index.html${path === '' ? '' : `#${path}`}`);
  return window;
}
