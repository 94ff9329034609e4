import { EventEmitter } from 'node:events';
import { app } from './app.ts';
import { nextAnswer, onMenu, tell } from './control.ts';

// What a system shows: told to the test, and answered by it.

export const dialog = {
  showOpenDialog: async (_window: unknown, options: object): Promise<{ canceled: boolean; filePaths: string[] }> => {
    tell({ what: 'dialog', kind: 'open', options });
    const path = await nextAnswer();
    return { canceled: path === undefined, filePaths: path === undefined ? [] : [path] };
  },
  showSaveDialog: async (_window: unknown, options: object): Promise<{ canceled: boolean; filePath: string }> => {
    tell({ what: 'dialog', kind: 'save', options });
    const path = await nextAnswer();
    return { canceled: path === undefined, filePath: path ?? '' };
  },
};

export const shell = {
  openExternal: (url: string): Promise<void> => {
    tell({ what: 'outside', url });
    return Promise.resolve();
  },
};

export const nativeTheme = { shouldUseDarkColors: false };

export class Notification extends EventEmitter {
  static isSupported = (): boolean => true;
  readonly #words: object;
  constructor(words: object) {
    super();
    this.#words = words;
  }
  show(): void {
    tell({ what: 'notification', ...this.#words });
  }
}

interface Item {
  role?: string;
  label?: string;
  submenu?: Item[];
}
const all = (items: readonly Item[]): Item[] => items.flatMap((item) => [item, ...all(item.submenu ?? [])]);

export const Menu = {
  buildFromTemplate: (items: Item[]): Item[] => items,
  setApplicationMenu: (items: Item[]): void => {
    tell({ what: 'menu', items: all(items).map(({ role, label }) => role ?? label) });
    menu = items;
  },
};
let menu: Item[] = [];
onMenu((role) => {
  if (role !== 'quit' || !all(menu).some((item) => item.role === role)) throw new Error(`The menu has no ${role}.`);
  app.quit();
});
