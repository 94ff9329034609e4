import { app, BrowserWindow, dialog, ipcMain, Notification, shell } from 'electron';
import { basename, join } from 'node:path';
import { isOurTopFrame, mayOpenOutside } from './security.ts';
import { consolePath, openConsoleWindow } from './window.ts';

/** The native abilities of renderer/lib/desktop.ts. Arguments come from a page: checked, never trusted. */
export function answerBridge(): void {
  ipcMain.handle('hearth:pick-file', async (event, title: unknown, extensions: unknown) => {
    const window = BrowserWindow.fromWebContents(event.sender);
    if (!window || !isOurTopFrame(event.senderFrame, event.sender)) return undefined;
    const wanted = Array.isArray(extensions)
      ? extensions.filter((one): one is string => typeof one === 'string' && /^[a-z0-9.]{1,12}$/i.test(one))
      : [];
    const result = await dialog.showOpenDialog(window, {
      title: typeof title === 'string' ? title.slice(0, 100) : 'Choose a file',
      properties: ['openFile'],
      filters:
        wanted.length > 0
          ? [
              { name: 'Disk images', extensions: wanted },
              { name: 'All files', extensions: ['*'] },
            ]
          : [],
    });
    return result.filePaths[0];
  });
  ipcMain.handle('hearth:open-external', async (event, url: unknown) => {
    if (isOurTopFrame(event.senderFrame, event.sender) && typeof url === 'string' && mayOpenOutside(url))
      await shell.openExternal(url);
  });
  ipcMain.handle('hearth:open-console', async (event, namespace: unknown, name: unknown) => {
    const path = consolePath(namespace, name);
    if (isOurTopFrame(event.senderFrame, event.sender) && path !== undefined) await openConsoleWindow(path);
  });
  ipcMain.handle('hearth:save-file', async (event, title: unknown, name: unknown) => {
    const window = BrowserWindow.fromWebContents(event.sender);
    if (!window || !isOurTopFrame(event.senderFrame, event.sender)) return undefined;
    const result = await dialog.showSaveDialog(window, {
      title: typeof title === 'string' ? title.slice(0, 100) : 'Save',
      // A name, no path: where it goes is for the person to say.
      defaultPath: join(app.getPath('downloads'), typeof name === 'string' ? basename(name).slice(0, 200) : 'hearth'),
      properties: ['createDirectory', 'showOverwriteConfirmation'],
    });
    return result.canceled ? undefined : result.filePath;
  });
  ipcMain.on('hearth:notify', (event, title: unknown, detail: unknown) => {
    if (!isOurTopFrame(event.senderFrame, event.sender) || !Notification.isSupported()) return;
    if (typeof title !== 'string' || typeof detail !== 'string') return;
    const window = BrowserWindow.fromWebContents(event.sender);
    const shown = new Notification({ title: title.slice(0, 200), body: detail.slice(0, 1000) });
    shown.on('click', () => window?.show());
    shown.show();
  });
}
