import { Menu } from 'electron';
import type { MenuItemConstructorOptions } from 'electron';

/** Only what the platform expects: editing, zoom, window, quit; and updates, which are the window's own. Everything else of Hearth is in the page. */
export function setMenu(updates: readonly MenuItemConstructorOptions[]): void {
  const mac = process.platform === 'darwin';
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...(mac ? [{ role: 'appMenu' as const }] : [{ label: 'Hearth', submenu: [{ role: 'quit' as const }] }]),
      { role: 'editMenu' },
      {
        label: 'View',
        submenu: [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, { role: 'togglefullscreen' }],
      },
      { role: 'windowMenu' },
      { label: 'Updates', submenu: [...updates] },
    ]),
  );
}
