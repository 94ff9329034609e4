import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';

interface Made {
  options: { webPreferences: Record<string, unknown> };
  url: string;
}
const made: Made[] = [];
const listeners = new Map<string, (...args: never[]) => unknown>();

// Importing `electron` under plain Node starts a download; the shell is tested against what it asks Electron for.
vi.mock('electron', () => ({
  BrowserWindow: class {
    constructor(options: Made['options']) {
      made.push({ options, url: '' });
    }
    once = vi.fn();
    loadURL = (url: string): Promise<void> => {
      made.at(-1)!.url = url;
      return Promise.resolve();
    };
  },
  nativeTheme: { shouldUseDarkColors: true },
  protocol: { registerSchemesAsPrivileged: vi.fn(), handle: vi.fn() },
}));

const { openMainWindow } = await import('../../../main/desktop/window.ts');
const { pageFile } = await import('../../../main/desktop/protocol.ts');
const { guard, isOurTopFrame, mayOpenOutside } = await import('../../../main/desktop/security.ts');

beforeEach(() => listeners.clear());

test('the window shows a sandboxed page of our own origin', () => {
  openMainWindow();
  expect(made[0]?.options.webPreferences).toMatchObject({
    contextIsolation: true, nodeIntegration: false, sandbox: true, webSecurity: true, webviewTag: false,
  }); // prettier-ignore
  expect(made[0]?.url).toBe('app://ui/index.html');
});

describe('app:// serves the page folder and nothing else', () => {
  const folder = '/opt/hearth/out/renderer';
  test.each([
    ['app://ui/', `${folder}/index.html`],
    ['app://ui/assets/index-1.js', `${folder}/assets/index-1.js`],
    ['app://ui/../../etc/passwd', `${folder}/etc/passwd`],
    ['app://ui/%2e%2e/%2e%2e/etc/passwd', `${folder}/etc/passwd`],
    ['app://ui/..%2f..%2fetc/passwd', undefined],
    ['app://ui/..%5c..%5cetc', undefined],
    ['app://ui/%00', undefined],
    ['app://ui/%ff', undefined],
    ['app://other/index.html', undefined],
  ])('%s', (url, path) => {
    expect(pageFile(folder, url)).toBe(path);
  });
});

test('navigation, windows, webviews and permissions are refused outside our page', () => {
  const on = new Map<string, (event: { preventDefault(): void; url?: string }) => void>();
  let opened: unknown;
  let check: ((contents: unknown, permission: string, origin: string) => boolean) | undefined;
  const contents = {
    on: (name: string, listener: never) => on.set(name, listener),
    setWindowOpenHandler: (handler: () => unknown) => (opened = handler()),
    session: {
      setPermissionRequestHandler: vi.fn(),
      setPermissionCheckHandler: (handler: typeof check) => (check = handler),
    },
  };
  guard({
    on: (_name: string, listener: (event: unknown, contents: unknown) => void) => listener({}, contents),
  } as never);
  const stopped = (name: string, url: string): boolean => {
    const preventDefault = vi.fn();
    on.get(name)?.({ preventDefault, url });
    return preventDefault.mock.calls.length > 0;
  };
  expect(stopped('will-navigate', 'https://example.org/')).toBe(true);
  expect(stopped('will-redirect', 'app://ui.example.org/')).toBe(true);
  expect(stopped('will-navigate', 'app://ui/index.html')).toBe(false);
  expect(stopped('will-attach-webview', '')).toBe(true);
  expect(opened).toEqual({ action: 'deny' });
  expect(check?.(null, 'media', 'app://ui')).toBe(false);
  expect(check?.(null, 'fullscreen', 'app://ui')).toBe(true);
});

test('a port goes to the top frame of our page only; links outside are https only', () => {
  const frame = { url: 'app://ui/index.html' };
  expect(isOurTopFrame(frame as never, { mainFrame: frame } as never)).toBe(true);
  expect(isOurTopFrame(frame as never, { mainFrame: {} } as never)).toBe(false);
  expect(isOurTopFrame(null, { mainFrame: frame } as never)).toBe(false);
  const foreign = { url: 'https://example.org/' };
  expect(isOurTopFrame(foreign as never, { mainFrame: foreign } as never)).toBe(false);
  expect([
    mayOpenOutside('https://kubevirt.io'),
    mayOpenOutside('file:///etc/passwd'),
    mayOpenOutside('javascript:1'),
  ]).toEqual([true, false, false]);
});

test('only main/desktop imports electron, and the preload stays small', () => {
  const preload = readFileSync(join(import.meta.dirname, '../../../main/desktop/preload.ts'), 'utf8');
  expect(preload.split('\n').length).toBeLessThan(20);
});
