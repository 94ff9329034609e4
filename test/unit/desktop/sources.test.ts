import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const sourcesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|tsx|mjs)$/.test(name) && !name.includes('node_modules'))
    .map((name) => join(folder, name));
/** Without comments: what is told about is not done. */
const code = (path: string): string => read(path).replaceAll(/\/\*[^]*?\*\/|(^|\s)\/\/.*$/gm, '');
// The list of what is done names what is not.
const shell = sourcesIn('main/desktop').filter((path) => !path.endsWith('/checklist.ts'));

describe('the shell', () => {
  it('is the only importer of electron, in few files; what decides is pure', () => {
    const importers = ['main', 'renderer', 'provisioning']
      .flatMap(sourcesIn)
      .filter((path) => /(from|import\(|require\() ?'electron'/.test(code(path).replaceAll(/import type [^;]+;/g, '')));
    expect(importers.toSorted()).toEqual([
      'main/desktop/backend-process.ts', 'main/desktop/bridge.ts', 'main/desktop/ipc.ts', 'main/desktop/main.ts', 'main/desktop/menu.ts', 'main/desktop/preload.ts',
      'main/desktop/protocol.ts', 'main/desktop/window.ts',
    ]);
  }); // prettier-ignore

  it.each([
    ['enableBlinkFeatures', /enableBlinkFeatures|disableBlinkFeatures/], ['switches of the command line', /commandLine|appendSwitch/], ['webviews', /<webview|allowpopups|webviewTag: true/],
    ['the remote module', /@electron\/remote|enableRemoteModule|electron\/remote/], ['code in a page', /executeJavaScript|insertCSS|\beval\(|new Function\(/], ['tools for developers', /openDevTools|toggleDevTools|devTools: true/],
    ['exceptions for certificates', /setCertificateVerifyProc|ignore-certificate|allow-insecure|trust\(true\)/], ['file://', /loadFile|file:\/\//], ['registered schemes', /setAsDefaultProtocolClient|registerFileProtocol|registerHttpProtocol|bypassCSP|corsEnabled|allowServiceWorkers/],
    ['opening files or programs', /openPath|showItemInFolder|openShell/], ['a sandbox that is off', /no-sandbox|sandbox: false/], ['views that the guards do not know', /WebContentsView|BrowserView|webContents\.create/],
    ['messages beside the one door', /ipcMain\.handleOnce|ipcMain\.once|\.ipc\.(on|handle)/],
  ])('%s: never asked of Electron', (_what, words) => {
    expect(shell.filter((path) => words.test(code(path)))).toEqual([]);
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
    expect(Object.keys({ ...dependencies, ...devDependencies })).not.toContain('@electron/remote');
  }); // prettier-ignore

  it.each([
    ['ipcMain', ['main/desktop/ipc.ts']], ['new BrowserWindow', ['main/desktop/window.ts']], ['openExternal', ['main/desktop/main.ts']], ['contextBridge', ['main/desktop/preload.ts']], ['webPreferences', ['main/desktop/window.ts']],
  ])('%s stands in one place', (word, places) => {
    expect(shell.filter((path) => code(path).includes(word))).toEqual(places);
    expect(places.map((path) => code(path).split('new BrowserWindow').length - 1)).toEqual([word === 'new BrowserWindow' || word === 'webPreferences' ? 1 : 0]);
  }); // prettier-ignore

  it('writes nothing but the channel of updates and the installers that it keeps, and no secret', () => {
    const writers = shell.filter((path) => /writeFile|appendFile|createWriteStream|copyFile|safeStorage/.test(code(path))); // prettier-ignore
    expect(writers.toSorted()).toEqual(['main/desktop/updates/kept.ts', 'main/desktop/updates/start.ts', 'main/desktop/updates/updates.ts']); // prettier-ignore
    // Those two judge addresses, in which a password may stand.
    const others = shell.filter((path) => !/\/(guards|page-files)\.ts$/.test(path));
    expect(others.filter((path) => /password|token|secret|privateKey/i.test(code(path)))).toEqual([]);
  });

  it('the order of the start: scheme and sandbox before ready, one instance before guards and windows', () => {
    const text = code('main/desktop/main.ts');
    const order = ['registerAppScheme()', 'app.enableSandbox()', 'app.requestSingleInstanceLock()', 'guard(app', 'app.whenReady().then(() => start', 'function start']; // prettier-ignore
    const places = order.map((words) => text.indexOf(words));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    // Nothing is opened in a line that runs when the file is loaded.
    expect(text.slice(0, places.at(-1))).not.toContain('openMainWindow()');
  });
});

describe('the preload', () => {
  const text = read('main/desktop/preload.ts');
  it('has less than twenty lines and gives five functions', () => {
    expect(text.trimEnd().split('\n').length).toBeLessThan(20);
    expect([...text.matchAll(/^ {2}(\w+): \(/gm)].map(([, name]) => name)).toEqual(['requestPort', 'pickFile', 'openConsole', 'saveFile', 'notify']); // prettier-ignore
  });
  it('names its channels itself and lets no argument choose one, and keeps events to itself', () => {
    const calls = [...text.matchAll(/ipcRenderer\.(\w+)\(([^,)]*)/g)].map(([, how, first]) => `${how} ${first}`);
    expect(calls.toSorted()).toEqual([
      "invoke 'hearth:open-console'", "invoke 'hearth:pick-file'", "invoke 'hearth:save-file'",
      "on 'hearth:port'", "send 'hearth:notify'", "send 'hearth:port'",
    ]); // prettier-ignore
    expect(text).not.toMatch(/process\.|require\(|exposeInIsolatedWorld|\.\.\.args|callback/);
    // What goes to the page goes to its own origin.
    expect(text).toContain("window.postMessage('hearth-port', window.location.origin");
  });
  it('is known to the pages as it is, and no more', () => {
    const [, bridge = ''] = /interface Bridge \{([^]*?)\n\}/.exec(read('renderer/lib/desktop.ts')) ?? [];
    expect([...bridge.matchAll(/^ {2}(\w+)\??\(/gm)].map(([, name = '']) => name).toSorted()).toEqual(['notify', 'openConsole', 'pickFile', 'requestPort', 'saveFile']); // prettier-ignore
  });
});

it('Electron is pinned to one version of the major that the fuses and the list are about', () => {
  const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: Record<string, string> };
  expect(devDependencies['electron']).toMatch(/^45\.\d+\.\d+$/);
});

it('the policy in the page is the one that is sent, but for what a page cannot say', async () => {
  const { pageHeaders } = await import('../../../main/contract/page-headers.ts');
  const [, inPage = ''] = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(read('renderer/index.html')) ?? []; // prettier-ignore
  const sent = pageHeaders['content-security-policy']?.split('; ').filter((part) => !part.startsWith('frame-ancestors'));
  expect(inPage.split('; ')).toEqual(sent);
}); // prettier-ignore
