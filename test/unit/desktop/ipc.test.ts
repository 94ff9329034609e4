import { beforeEach, describe, expect, it, vi } from 'vitest';

type Listener = (event: unknown, ...args: unknown[]) => unknown;
const asked = new Map<string, Listener>();
const heard = new Map<string, Listener>();
const open = vi.fn(() => Promise.resolve({ canceled: false, filePaths: ['/home/ada/x.yaml'] }));
const save = vi.fn(() => Promise.resolve({ canceled: false, filePath: '/home/ada/x' }));
const told = vi.fn();
const windows = new Map<unknown, unknown>();
const made: string[] = [];

vi.mock('electron', () => ({
  app: { getPath: () => '/home/ada/Downloads' },
  BrowserWindow: class {
    static fromWebContents = (page: unknown): unknown => windows.get(page) ?? null;
    isMinimized = (): boolean => false;
    focus = vi.fn();
    once(name: string, done: () => void): void {
      if (name === 'closed') queueMicrotask(done);
    }
    loadURL = (url: string): Promise<void> => {
      made.push(url);
      return Promise.resolve();
    };
  },
  dialog: { showOpenDialog: open, showSaveDialog: save },
  ipcMain: {
    handle: (channel: string, work: Listener) => asked.set(channel, work),
    on: (channel: string, work: Listener) => heard.set(channel, work),
  },
  nativeTheme: {},
  Notification: class {
    static isSupported = (): boolean => true;
    constructor(what: unknown) {
      told(what);
    }
    on = vi.fn();
    show = vi.fn();
  },
}));
const { answerBridge, fileName } = await import('../../../main/desktop/bridge.ts');
const { hear } = await import('../../../main/desktop/ipc.ts');
answerBridge();
const port = vi.fn();
hear('hearth:port', port);

const frame = (over: object = {}): object => ({
  url: 'app://ui/index.html', origin: 'app://ui', parent: null, detached: false, isDestroyed: () => false, ...over,
}); // prettier-ignore
function event(senderFrame: object | null = frame(), gone = false, windowed = true): object {
  const sender = { mainFrame: senderFrame ?? frame(), isDestroyed: () => gone };
  if (windowed) windows.set(sender, { isDestroyed: () => false });
  return { sender, senderFrame };
}
const good = (): object => event();
const ask = (name: string, of: object, ...args: unknown[]): unknown => asked.get(`hearth:${name}`)!(of, ...args);
const say = (name: string, of: object, ...args: unknown[]): unknown => heard.get(`hearth:${name}`)!(of, ...args);
beforeEach(() => {
  vi.clearAllMocks();
  made.length = 0;
});

it('there are five channels', () => {
  expect([...asked.keys(), ...heard.keys()].toSorted()).toEqual([
    'hearth:notify', 'hearth:open-console', 'hearth:pick-file', 'hearth:port', 'hearth:save-file',
  ]); // prettier-ignore
});

describe('strangers are not answered', () => {
  it.each([
    ['a frame that is gone', event(null)],
    ['a page that is gone', event(frame(), true)],
    ['a destroyed frame', event(frame({ isDestroyed: () => true }))],
    ['a detached frame', event(frame({ detached: true }))],
    ['a frame in the page', { ...event(), senderFrame: frame({ parent: frame() }) }],
    ['another origin', event(frame({ url: 'https://example.org/', origin: 'https://example.org' }))],
    ['a frame without an origin', event(frame({ origin: 'null' }))],
    ['a host that begins like ours', event(frame({ url: 'app://ui.evil/', origin: 'app://ui.evil' }))],
    ['a page without a window', event(frame(), false, false)],
  ])('%s', async (_name, from) => {
    expect(await ask('pick-file', from, 'Open', ['yaml'])).toBeUndefined();
    expect(await ask('save-file', from, 'Save', 'x')).toBeUndefined();
    expect(await ask('open-console', from, 'default', 'web')).toBeUndefined();
    say('notify', from, 'a', 'b');
    say('port', from);
    for (const native of [open, save, told, port]) expect(native).not.toHaveBeenCalled();
    expect(made).toEqual([]);
  });
});

describe('our page', () => {
  it('gets its port', () => {
    const from = good() as { sender: unknown };
    say('port', from);
    expect(port.mock.lastCall?.[0]).toMatchObject({ page: from.sender });
  });
  it('gets the file that the person chose, or nothing', async () => {
    expect(await ask('pick-file', good(), 'Import a machine', ['hearth-vm'])).toBe('/home/ada/x.yaml');
    expect(open.mock.lastCall).toMatchObject([
      {},
      { title: 'Import a machine', properties: ['openFile'], filters: [{ extensions: ['hearth-vm'] }, { extensions: ['*'] }] },
    ]);
    open.mockResolvedValueOnce({ canceled: true, filePaths: ['/x'] });
    expect(await ask('pick-file', good(), 'Open', [])).toBeUndefined();
  }); // prettier-ignore
  it.each([
    [{}, 'yaml', []], [7, [{}, null, 1, 'a/b', '../x', '*', '', 'x'.repeat(13)], []], [undefined, undefined, []],
    ['t'.repeat(500), Array.from({ length: 50 }, () => 'img'), Array.from({ length: 20 }, () => 'img')],
  ])('cannot put anything but words into a dialog (%#)', async (title, extensions, left) => {
    await ask('pick-file', good(), title, extensions);
    const shown = (open.mock.lastCall as unknown as [object, { title: string; filters: { extensions: string[] }[] }])[1];
    expect(shown.filters[0]?.extensions ?? []).toEqual(left);
    expect(shown.title.length).toBeLessThanOrEqual(100);
    expect(Object.keys(shown).toSorted()).toEqual(['filters', 'properties', 'title']);
  }); // prettier-ignore
  it.each([
    ['web.hearth-vm', 'web.hearth-vm'], ['../../.bashrc', '.bashrc'], ['/etc/passwd', 'passwd'], ['..', 'hearth'], ['.', 'hearth'], ['', 'hearth'], ['a/', 'a'], ['..\\..\\x.lnk', 'x.lnk'],
    ['C:\\x', 'x'], ['a\u0000b\n', 'ab'], ['a<b>:"|?*c', 'abc'], ['\u202egpj.exe', 'gpj.exe'], [undefined, 'hearth'], [{}, 'hearth'], ['x'.repeat(999), 'x'.repeat(200)],
  ])('proposes the name %j as %j, in the downloads', async (name, last) => {
    expect(fileName(name)).toBe(last);
    await ask('save-file', good(), 'Save', name);
    expect(save.mock.lastCall).toMatchObject([{}, { defaultPath: `/home/ada/Downloads/${last}` }]);
  }); // prettier-ignore
  it.each([
    ['default', 'web', 'app://ui/index.html#/console/default/web'],
    ['default', '../x', undefined], ['default', 'web/../../x', undefined], ['', 'web', undefined], ['default', 'Web', undefined], ['default', 'a b', undefined], ['default', '-a', undefined],
    ['default', 'a?b', undefined], ['default', 'a#b', undefined], ['default', 'a%2fb', undefined], ['default', 'web\n', undefined], ['default', {}, undefined], [null, 'web', undefined], ['default', 'x'.repeat(254), undefined],
  ])('opens a console of %j, %j at %j', async (namespace, name, url) => {
    await ask('open-console', good(), namespace, name);
    expect(made).toEqual(url === undefined ? [] : [url]);
  }); // prettier-ignore
  it('tells in words alone, and not too many', () => {
    say('notify', good(), 'a'.repeat(999), 'b'.repeat(9999));
    expect(told).toHaveBeenLastCalledWith({ title: 'a'.repeat(200), body: 'b'.repeat(1000) });
    told.mockClear();
    for (const words of [[1, 'b'], ['a', {}], ['a'], [], [{ title: 'a' }, 'b']]) say('notify', good(), ...words);
    expect(told).not.toHaveBeenCalled();
  });
});
