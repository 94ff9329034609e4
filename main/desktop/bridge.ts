import { app, dialog, Notification } from 'electron';
import { basename, join } from 'node:path';
import { answer, hear } from './ipc.ts';
import { consolePath, openConsoleWindow } from './window.ts';

/** Words of a page for a dialog's head. */
const titleOf = (title: unknown, otherwise: string): string =>
  typeof title === 'string' ? title.slice(0, 100) : otherwise;

/** The native abilities of renderer/lib/desktop.ts. Arguments come from a page: checked, never trusted. */
export function answerBridge(): void {
  answer('hearth:pick-file', async ({ window }, title, extensions) => {
    const wanted = Array.isArray(extensions)
      ? extensions
          .filter((one): one is string => typeof one === 'string' && /^[a-z0-9.-]{1,12}$/i.test(one))
          .slice(0, 20)
      : [];
    const result = await dialog.showOpenDialog(window, {
      title: titleOf(title, 'Choose a file'),
      properties: ['openFile'],
      filters:
        wanted.length > 0
          ? [
              { name: wanted.map((one) => `.${one}`).join(', '), extensions: wanted },
              { name: 'All files', extensions: ['*'] },
            ]
          : [],
    });
    return result.canceled ? undefined : result.filePaths[0];
  });
  answer('hearth:open-console', async (_asker, namespace, name) => {
    const path = consolePath(namespace, name);
    if (path !== undefined) await openConsoleWindow(path);
  });
  answer('hearth:save-file', async ({ window }, title, name) => {
    const result = await dialog.showSaveDialog(window, {
      title: titleOf(title, 'Save'),
      // A name, no path: where it goes is for the person to say.
      defaultPath: join(app.getPath('downloads'), fileName(name)),
      properties: ['createDirectory', 'showOverwriteConfirmation'],
    });
    return result.canceled ? undefined : result.filePath;
  });
  hear('hearth:notify', ({ window }, title, detail) => {
    if (typeof title !== 'string' || typeof detail !== 'string' || !Notification.isSupported()) return;
    const shown = new Notification({ title: title.slice(0, 200), body: detail.slice(0, 1000) });
    shown.on('click', () => {
      if (!window.isDestroyed()) window.show();
    });
    shown.show();
  });
}

/** The last part of what a page proposes, without what no file is named; `hearth` where nothing is left. Pure. */
export function fileName(name: unknown): string {
  if (typeof name !== 'string') return 'hearth';
  const last = basename(name.replaceAll('\\', '/')).replaceAll(/[\p{Cc}\p{Cf}<>:"|?*]/gu, '').slice(0, 200); // prettier-ignore
  return /^\.*$/.test(last) ? 'hearth' : last;
}
