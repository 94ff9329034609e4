/** A file of the project and words that stand in it. */
export type Place = readonly [file: string, words: string];

/** One demand on the window, what Hearth does about it, where that stands, and the test that would fail without it. */
export interface Demand {
  readonly item: string;
  readonly done: string;
  readonly where: Place;
  /** The test's file and a part of its name. */
  readonly test: Place;
}

const shell = 'test/unit/desktop/shell.test.ts';
const guards = 'test/unit/desktop/guards.test.ts';
const sources = 'test/unit/desktop/sources.test.ts';
const files = 'test/unit/desktop/page-files.test.ts';
const ipc = 'test/unit/desktop/ipc.test.ts';
const packed = 'test/unit/packaging/desktop-config.test.ts';
const window: Place = ['main/desktop/window.ts', 'const sandboxed'];

/** Electron's security checklist (electronjs.org/docs/latest/tutorial/security), its twenty items in its order. */
export const checklist: readonly Demand[] = [
  { item: 'Only load secure content', done: 'nothing is loaded but app:// and what the page made itself', where: ['main/desktop/security.ts', 'onBeforeRequest'], test: [guards, 'the page loads'] },
  { item: 'Do not enable Node.js integration for remote content', done: 'off in pages, workers and frames', where: window, test: [shell, 'the window shows a sandboxed page'] },
  { item: 'Enable context isolation', done: 'on', where: window, test: [shell, 'the window shows a sandboxed page'] },
  { item: 'Enable process sandboxing', done: 'for the window, and for all pages before the first', where: ['main/desktop/main.ts', 'app.enableSandbox()'], test: [sources, 'the order of the start'] },
  { item: 'Handle session permission requests from remote content', done: 'three are given, to the top frame of our page', where: ['main/desktop/security.ts', 'setPermissionRequestHandler'], test: [guards, 'permissions'] },
  { item: 'Do not disable webSecurity', done: 'on', where: window, test: [shell, 'the window shows a sandboxed page'] },
  { item: 'Define a Content Security Policy', done: 'one that begins with nothing, sent with every file and said in the page', where: ['main/contract/page-headers.ts', "default-src 'none'"], test: [files, 'every answer has the policy'] },
  { item: 'Do not enable allowRunningInsecureContent', done: 'off', where: window, test: [shell, 'the window shows a sandboxed page'] },
  { item: 'Do not enable experimental features', done: 'off', where: window, test: [shell, 'the window shows a sandboxed page'] },
  { item: 'Do not use enableBlinkFeatures', done: 'not used, nor switches of the command line', where: window, test: [sources, 'never asked of Electron'] },
  { item: '<webview>: Do not use allowpopups', done: 'there are no webviews', where: ['main/desktop/window.ts', 'webviewTag: false'], test: [sources, 'never asked of Electron'] },
  { item: '<webview>: Verify WebView options before creation', done: 'none is ever attached', where: ['main/desktop/security.ts', 'will-attach-webview'], test: [shell, 'navigation, windows, webviews'] },
  { item: 'Disable or limit navigation', done: 'to the one page, in its top frame', where: ['main/desktop/guards.ts', 'mayNavigate'], test: [guards, 'navigation'] },
  { item: 'Disable or limit creation of new windows', done: 'a page opens none', where: ['main/desktop/security.ts', "action: 'deny'"], test: [shell, 'navigation, windows, webviews'] },
  { item: 'Do not use shell.openExternal with untrusted content', done: 'https, and http to this computer, as the address was understood', where: ['main/desktop/guards.ts', 'outsideAddress'], test: [guards, 'links out of the page'] },
  { item: 'Use a current version of Electron', done: 'the newest stable one, pinned; the scan tells of newer ones', where: ['package.json', '"electron": "45.'], test: [sources, 'Electron is pinned'] },
  { item: 'Validate the sender of all IPC messages', done: 'in the one door that all messages come through', where: ['main/desktop/ipc.ts', 'isOurSender'], test: [ipc, 'strangers are not answered'] },
  { item: 'Avoid usage of the file:// protocol and prefer usage of custom protocols', done: 'app://ui, a folder of the build and nothing else', where: ['main/desktop/page-files.ts', 'pageFile'], test: [files, 'nothing outside the folder'] },
  { item: 'Check which fuses you can change', done: 'each is named below', where: ['main/launch/package/desktop-config.ts', 'export const fuses'], test: [packed, 'name every fuse'] },
  { item: 'Do not expose Electron APIs to untrusted web content', done: 'five functions of our own, no event and no emitter', where: ['main/desktop/preload.ts', 'exposeInMainWorld'], test: [sources, 'the preload'] },
]; // prettier-ignore

/** What the checklist does not name. */
export const beyond: readonly Demand[] = [
  { item: 'Devices, screens and Bluetooth', done: 'none is given', where: ['main/desktop/security.ts', 'setDevicePermissionHandler'], test: [shell, 'devices, certificates'] },
  { item: 'Certificates', done: 'no exception is ever made, none of ours is given', where: ['main/desktop/security.ts', 'certificate-error'], test: [shell, 'devices, certificates'] },
  { item: 'Downloads', done: 'of what the page made itself', where: ['main/desktop/security.ts', 'will-download'], test: [guards, 'downloads'] },
  { item: 'Deep links', done: 'no scheme is registered with the system; of a command line only the name of a file is taken', where: ['main/desktop/opened.ts', 'placeOfArguments'], test: ['test/unit/desktop/opened.test.ts', 'a command line'] },
  { item: 'One instance', done: 'a second start brings the first one to the front', where: ['main/desktop/main.ts', 'requestSingleInstanceLock'], test: ['test/e2e/desktop.test.ts', 'a second start'] },
  { item: 'Menu', done: 'roles of the system, none that reloads, looks into the page or runs code', where: ['main/desktop/menu.ts', 'buildFromTemplate'], test: ['test/unit/desktop/menu.test.ts', 'no role'] },
  { item: 'Remote module', done: 'not there', where: ['package.json', '"devDependencies"'], test: [sources, 'never asked of Electron'] },
  { item: 'Secrets', done: 'the window keeps none, so safeStorage has nothing to keep; those of the backend are files of mode 0600', where: ['main/desktop/updates/start.ts', 'updates.json'], test: [sources, 'writes nothing but'] },
]; // prettier-ignore

/** A fuse of the binary, its state in packages, and why. */
export interface FuseRow {
  readonly fuse: string;
  readonly on: boolean;
  readonly why: string;
}

/** Every fuse of Electron 45 (electronjs.org/docs/latest/tutorial/fuses); what packs sets them by the list that a test compares with this. */
export const fuseRows: readonly FuseRow[] = [
  { fuse: 'runAsNode', on: false, why: 'ELECTRON_RUN_AS_NODE would make the signed app a Node for anybody' },
  { fuse: 'enableCookieEncryption', on: true, why: 'what Chromium keeps is encrypted with a key of the system' },
  { fuse: 'enableNodeOptionsEnvironmentVariable', on: false, why: 'NODE_OPTIONS would load code into it' },
  { fuse: 'enableNodeCliInspectArguments', on: false, why: '--inspect would open it to every program of this user' },
  { fuse: 'enableEmbeddedAsarIntegrityValidation', on: true, why: 'an exchanged archive is not started (macOS, Windows)' },
  { fuse: 'onlyLoadAppFromAsar', on: true, why: 'a folder `app` beside the archive would be started instead' },
  { fuse: 'loadBrowserProcessSpecificV8Snapshot', on: false, why: 'there is no snapshot of ours' },
  { fuse: 'grantFileProtocolExtraPrivileges', on: false, why: 'pages come by app://' },
  { fuse: 'wasmTrapHandlers', on: true, why: 'faults of WebAssembly end in the page, as Electron ships it' },
]; // prettier-ignore
