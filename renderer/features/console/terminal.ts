import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';

export interface MadeTerminal {
  terminal: Terminal;
  search: SearchAddon;
  /** Resolves when all that was typed has been taken by the other side. */
  sent: () => Promise<void>;
  /** What it types goes through this now. */
  typesInto: (outbox: { sent: () => Promise<void> }) => void;
  dispose: () => void;
}

// A console is dark in both themes: guests colour their text for that.
const theme = {
  background: '#0e0c0b',
  foreground: '#e9e2da',
  cursor: '#f17a45',
  cursorAccent: '#0e0c0b',
  selectionBackground: '#6b3720',
  black: '#2b2724',
  red: '#ff7b72',
  green: '#4fc07f',
  yellow: '#dfae4a',
  blue: '#6aaef2',
  magenta: '#d39be8',
  cyan: '#5cc8c8',
  white: '#d8d0c6',
  brightBlack: '#8b8177',
  brightRed: '#ffa198',
  brightGreen: '#7ee0a4',
  brightYellow: '#f2cc7c',
  brightBlue: '#9cc9fa',
  brightMagenta: '#e6bcf5',
  brightCyan: '#8fe3e3',
  brightWhite: '#ffffff',
};

// xterm.js writes colours outside its palette, adjusted contrasts and search marks as style attributes, which the page's
// content policy forbids. The same text through CSSOM is allowed. Only spans, of which xterm.js makes its rows.
HTMLSpanElement.prototype.setAttribute = function (name: string, value: string): void {
  if (name === 'style') this.style.cssText = value;
  else Element.prototype.setAttribute.call(this, name, value);
};

/** A terminal that fills its element and follows its size. */
export function makeTerminal(target: HTMLElement): MadeTerminal {
  const terminal = new Terminal({
    // The search's marks are a "proposed" interface of xterm.js.
    allowProposedApi: true,
    cursorBlink: true,
    fontFamily: getComputedStyle(target).fontFamily,
    fontSize: 14,
    scrollback: 20_000,
    theme,
    minimumContrastRatio: 4.5,
  });
  let outbox: { sent: () => Promise<void> } | undefined;
  const fit = new FitAddon();
  const search = new SearchAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  terminal.open(target);
  terminal.attachCustomKeyEventHandler((event) => clipboardKeys(terminal, event));
  fit.fit();
  const observer = new ResizeObserver(() => {
    if (target.clientWidth > 0 && target.clientHeight > 0) fit.fit();
  });
  observer.observe(target);
  return {
    terminal,
    search,
    sent: () => outbox?.sent() ?? Promise.resolve(),
    typesInto: (next) => (outbox = next),
    dispose: () => {
      observer.disconnect();
      terminal.dispose();
    },
  };
}

/** Ctrl+Shift+C copies, as terminals do; Ctrl+Shift+V is the browser's own paste, which xterm.js hears. */
function clipboardKeys(terminal: Terminal, event: KeyboardEvent): boolean {
  if (!event.ctrlKey || !event.shiftKey) return true;
  if (event.code === 'KeyC') {
    if (event.type === 'keydown' && terminal.hasSelection())
      void navigator.clipboard.writeText(terminal.getSelection());
    event.preventDefault();
    return false;
  }
  return event.code !== 'KeyV';
}
