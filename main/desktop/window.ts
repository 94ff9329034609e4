import { join } from 'node:path';
import { BrowserWindow, nativeTheme } from 'electron';
import type { WebPreferences } from 'electron';
import { appOrigin } from './guards.ts';

/** Literal on purpose, defaults among it: anyone can see that the page is a sandboxed one. Each is a row of checklist.ts. */
const sandboxed = {
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  plugins: false,
  navigateOnDragDrop: false,
  safeDialogs: true,
  spellcheck: false,
} as const satisfies WebPreferences;

let main: BrowserWindow | undefined;

/** Opens the main window at a place of the pages (`/labs`); the first page without one. */
export function openMainWindow(place?: string): void {
  const made = openWindow(place ?? '', { width: 1280, height: 800 });
  main = made;
  made.once('closed', () => {
    if (main === made) main = undefined;
  });
}

/** Brings the main window to the front and shows a place in it; opens one where there is none. */
export function showMainWindow(place?: string): void {
  if (!main) return openMainWindow(place);
  if (main.isMinimized()) main.restore();
  main.show();
  main.focus();
  if (place !== undefined) void main.loadURL(addressOf(place));
}

const addressOf = (place: string): string => `${appOrigin}/index.html${place === '' ? '' : `#${place}`}`;

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
    webPreferences: { ...sandboxed, preload: join(import.meta.dirname, '../preload/preload.cjs') },
  });
  window.once('ready-to-show', () => window.show());
  void window.loadURL(addressOf(path));
  return window;
}
