import { BrowserWindow, ipcMain } from 'electron';
import type { WebContents } from 'electron';
import { isOurSender } from './guards.ts';

/** All that a page can say to this process; preload.ts says nothing else. */
export type Channel = 'hearth:port' | 'hearth:pick-file' | 'hearth:open-console' | 'hearth:save-file' | 'hearth:notify';

/** Who asked: checked already. */
interface Asker {
  readonly page: WebContents;
  readonly window: BrowserWindow;
}

/**
 * Answers a page's question. Only the living top frame of our own page in a window of ours is answered, everybody else gets
 * undefined. Arguments come from a page: `unknown`, and to be checked.
 */
export function answer(channel: Channel, work: (asker: Asker, ...args: readonly unknown[]) => unknown): void {
  ipcMain.handle(channel, (event, ...args: unknown[]) => {
    if (!isOurSender(event)) return undefined;
    const window = BrowserWindow.fromWebContents(event.sender);
    return window ? work({ page: event.sender, window }, ...args) : undefined;
  });
}

/** The same for what needs no answer. */
export function hear(channel: Channel, work: (asker: Asker, ...args: readonly unknown[]) => void): void {
  ipcMain.on(channel, (event, ...args: unknown[]) => {
    if (!isOurSender(event)) return;
    const window = BrowserWindow.fromWebContents(event.sender);
    if (window) work({ page: event.sender, window }, ...args);
  });
}
