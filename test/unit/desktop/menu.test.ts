import { expect, it, vi } from 'vitest';

interface Item {
  role?: string;
  label?: string;
  submenu?: Item[];
  accelerator?: string;
}
const set = vi.fn<(menu: Item[]) => void>();
vi.mock('electron', () => ({ Menu: { buildFromTemplate: (items: Item[]) => items, setApplicationMenu: set } }));
const { setMenu } = await import('../../../main/desktop/menu.ts');

const all = (items: readonly Item[]): Item[] => items.flatMap((item) => [item, ...all(item.submenu ?? [])]);

it.each(['linux', 'darwin', 'win32'])(
  'on %s the menu has no role that reloads, looks into the page or runs code',
  (platform) => {
    const was = Object.getOwnPropertyDescriptor(process, 'platform')!;
    Object.defineProperty(process, 'platform', { ...was, value: platform });
    try {
      setMenu([{ label: 'No updates', enabled: false }]);
    } finally {
      Object.defineProperty(process, 'platform', was);
    }
    const items = all(set.mock.lastCall![0]);
    const roles = items.flatMap(({ role }) => role ?? []);
    const mac = platform === 'darwin';
    expect(roles).toEqual([
      mac ? 'appMenu' : 'quit', 'editMenu', 'resetZoom', 'zoomIn', 'zoomOut', 'togglefullscreen', 'windowMenu',
    ]); // prettier-ignore
    expect(items.map(({ label }) => label)).toContain('No updates');
    expect(items.some((item) => 'click' in item || item.accelerator !== undefined)).toBe(false);
  },
);
