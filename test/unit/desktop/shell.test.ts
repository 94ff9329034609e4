import { describe, expect, test, vi } from 'vitest';
import type { App } from 'electron';

interface Made {
  options: { webPreferences: Record<string, unknown> };
  urls: string[];
  on: Map<string, () => void>;
  calls: string[];
}
const made: Made[] = [];

// Importing `electron` under plain Node starts a download; the shell is tested against what it asks Electron for.
vi.mock('electron', () => ({
  BrowserWindow: class {
    readonly #one: Made;
    constructor(options: Made['options']) {
      this.#one = { options, urls: [], on: new Map(), calls: [] };
      made.push(this.#one);
    }
    once(name: string, listener: () => void): void {
      this.#one.on.set(name, listener);
    }
    loadURL(url: string): Promise<void> {
      this.#one.urls.push(url);
      return Promise.resolve();
    }
    isMinimized = (): boolean => true;
    restore = (): unknown => this.#one.calls.push('restore');
    show = (): unknown => this.#one.calls.push('show');
    focus = (): unknown => this.#one.calls.push('focus');
  },
  nativeTheme: { shouldUseDarkColors: true },
}));

const { openMainWindow, showMainWindow } = await import('../../../main/desktop/window.ts');
const { guard } = await import('../../../main/desktop/security.ts');

test('the window shows a sandboxed page of our own origin: every preference, by its letters', () => {
  openMainWindow();
  const { preload, ...preferences } = made[0]!.options.webPreferences;
  // Nothing more and nothing less: enableBlinkFeatures, partition, a session of its own and the like are not there.
  expect(preferences).toStrictEqual({
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
  });
  expect(preload).toMatch(/preload\/preload\.cjs$/);
  expect(made[0]?.urls).toEqual(['app://ui/index.html']);
  // Not before there is something to see.
  expect(made[0]?.calls).toEqual([]);
  made[0]?.on.get('ready-to-show')?.();
  expect(made[0]?.calls).toEqual(['show']);
});

test('a second start brings the window to the front and shows its file; after it was closed, a new one', () => {
  const [first] = made;
  first!.calls.length = 0;
  showMainWindow();
  expect([first?.calls, first?.urls.length]).toEqual([['restore', 'show', 'focus'], 1]);
  showMainWindow('/labs/-/open/abc');
  expect(first?.urls.at(-1)).toBe('app://ui/index.html#/labs/-/open/abc');
  first?.on.get('closed')?.();
  showMainWindow('/labs');
  expect(made.map(({ urls }) => urls.at(-1))).toEqual([
    'app://ui/index.html#/labs/-/open/abc',
    'app://ui/index.html#/labs',
  ]);
});

describe('guards', () => {
  type Listener = (...args: unknown[]) => unknown;
  const ofApp = new Map<string, Listener>();
  const ofPage = new Map<string, Listener>();
  const ofSession = new Map<string, Listener>();
  const opened: string[] = [];
  let open: ((details: { url: string }) => unknown) | undefined;
  const set = (name: string) => (handler: Listener) => void ofSession.set(name, handler);
  const session = {
    on: (name: string, listener: Listener) => ofSession.set(name, listener),
    setPermissionRequestHandler: set('request'),
    setPermissionCheckHandler: set('check'),
    setDevicePermissionHandler: set('device'),
    setDisplayMediaRequestHandler: set('screen'),
    setBluetoothPairingHandler: set('bluetooth'),
    webRequest: { onBeforeRequest: (filter: unknown, handler: Listener) => (expect(filter).toEqual({ urls: ['<all_urls>'] }), set('load')(handler)) },
  }; // prettier-ignore
  guard({ on: (name: string, listener: Listener) => ofApp.set(name, listener) } as unknown as App, (address) =>
    opened.push(address),
  );
  ofApp.get('web-contents-created')?.(
    {},
    { on: (name: string, listener: Listener) => ofPage.set(name, listener), setWindowOpenHandler: (handler: typeof open) => (open = handler), session },
  ); // prettier-ignore
  /** Whether an event was stopped. */
  const stopped = (of: Map<string, Listener>, name: string, event: object, ...args: unknown[]): boolean => {
    const preventDefault = vi.fn();
    of.get(name)!({ preventDefault, ...event }, ...args);
    return preventDefault.mock.calls.length > 0;
  };

  test('navigation, windows, webviews are refused outside our page', () => {
    for (const name of ['will-navigate', 'will-redirect', 'will-frame-navigate']) {
      expect(stopped(ofPage, name, { url: 'https://example.org/', isMainFrame: true })).toBe(true);
      expect(stopped(ofPage, name, { url: 'app://ui.example.org/', isMainFrame: true })).toBe(true);
      expect(stopped(ofPage, name, { url: 'app://ui/index.html', isMainFrame: false })).toBe(true);
      expect(stopped(ofPage, name, { url: 'app://ui/index.html', isMainFrame: true })).toBe(false);
    }
    expect(stopped(ofPage, 'will-attach-webview', {})).toBe(true);
    expect(open?.({ url: 'app://ui/index.html' })).toEqual({ action: 'deny' });
    expect(opened).toEqual([]);
  });

  test('a link goes to the person’s browser when it may, never into a window, and not in crowds', () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(1000);
    for (const url of ['file:///etc/passwd', 'javascript:1', 'https://a@example.org/', 'https://kubevirt.io', 'https://example.org/2'])
      expect(open?.({ url })).toEqual({ action: 'deny' });
    expect(opened).toEqual(['https://kubevirt.io/']);
    now.mockReturnValue(1499);
    open?.({ url: 'https://example.org/3' });
    now.mockReturnValue(1500);
    open?.({ url: 'https://example.org/4' });
    expect(opened).toEqual(['https://kubevirt.io/', 'https://example.org/4']);
    vi.restoreAllMocks();
  }); // prettier-ignore

  test('permissions are asked of the rule, with the address of who asks', () => {
    const answer = vi.fn();
    const request = (permission: string, requestingUrl: string, isMainFrame = true): unknown => {
      ofSession.get('request')!({}, permission, answer, { requestingUrl, isMainFrame });
      return answer.mock.lastCall?.[0];
    };
    expect(request('fullscreen', 'app://ui/index.html')).toBe(true);
    expect(request('fullscreen', 'app://ui/index.html', false)).toBe(false);
    expect(request('fullscreen', 'https://example.org/')).toBe(false);
    expect(request('media', 'app://ui/index.html')).toBe(false);
    const check = ofSession.get('check')!;
    expect(check(null, 'fullscreen', 'app://ui/', { isMainFrame: true })).toBe(true);
    expect(check(null, 'fullscreen', 'app://ui/', { isMainFrame: false })).toBe(false);
    expect(check(null, 'notifications', 'app://ui/', { isMainFrame: true })).toBe(false);
    expect(check(null, 'fullscreen', '', { isMainFrame: true })).toBe(false);
  });

  test('devices, certificates and passwords are never given', () => {
    const answer = vi.fn();
    expect(ofSession.get('device')!({ deviceType: 'usb', origin: 'app://ui' })).toBe(false);
    ofSession.get('screen')!({}, answer);
    expect(answer).toHaveBeenLastCalledWith(null);
    ofSession.get('bluetooth')!({}, answer);
    expect(answer).toHaveBeenLastCalledWith({ confirmed: false });
    expect(stopped(ofApp, 'certificate-error', {}, {}, 'https://127.0.0.1/', 'net::ERR_CERT_AUTHORITY_INVALID', {}, answer)).toBe(true);
    expect(answer).toHaveBeenLastCalledWith(false);
    expect(stopped(ofApp, 'select-client-certificate', {}, {}, 'https://example.org/', [{}], answer)).toBe(true);
    expect(answer).toHaveBeenLastCalledWith();
    expect(stopped(ofApp, 'login', {}, {}, {}, {}, answer)).toBe(true);
    expect(answer).toHaveBeenLastCalledWith();
  }); // prettier-ignore

  test('requests and downloads are asked of the rule; a session is guarded once', () => {
    const answer = vi.fn();
    for (const [url, resourceType, cancel] of [
      ['app://ui/assets/x.js', 'script', false], ['http://127.0.0.1:1/', 'xhr', true], ['data:image/png;base64,AA==', 'image', false], ['file:///etc/passwd', 'mainFrame', true],
    ]) {
      ofSession.get('load')!({ url, resourceType }, answer);
      expect(answer).toHaveBeenLastCalledWith({ cancel });
    }
    const item = (url: string): object => ({ getURL: () => url });
    expect(stopped(ofSession, 'will-download', {}, item('https://example.org/x.exe'))).toBe(true);
    expect(stopped(ofSession, 'will-download', {}, item('blob:app://ui/00000000-0000-4000-8000-000000000000'))).toBe(false);
    ofSession.clear();
    ofApp.get('web-contents-created')?.({}, { on: vi.fn(), setWindowOpenHandler: vi.fn(), session });
    expect([...ofSession]).toEqual([]);
  }); // prettier-ignore
});
