import { describe, expect, it } from 'vitest';
import {
  isOurs, isOurSender, mayAsk, mayLoad, mayNavigate, maySave, outsideAddress,
} from '../../../main/desktop/guards.ts'; // prettier-ignore
import type { Asked } from '../../../main/desktop/guards.ts';

/** Addresses that a page, a stranger's lab file or a guest's console could try in our origin's place. */
const foreign: readonly unknown[] = [
  '', ' ', 'ui', '/index.html', '//ui/index.html', 'index.html', 'about:blank', 'about:srcdoc',
  'https://ui/', 'http://ui/index.html', 'https://example.org/', 'https://app.ui/', 'https://app:ui/', 'wss://ui/',
  'data:text/html,<script>1</script>', 'DATA:text/html;base64,PGI+', 'data:,app://ui/',
  'javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'java\nscript:alert(1)', ' javascript:1', '\u0001javascript:1', 'javascript://app://ui/%0aalert(1)',
  'file:///etc/passwd', 'FILE:///etc/passwd', 'file://ui/index.html', 'file:app://ui/', 'filesystem:app://ui/temporary/x',
  'blob:app://ui/00000000-0000-4000-8000-000000000000', 'blob:https://example.org/1', 'blob:null/1', 'view-source:app://ui/',
  'chrome://settings', 'devtools://devtools/bundled/inspector.html', 'chrome-extension://abc/x.html', 'hearth://ui/', 'apps://ui/', 'app2://ui/', 'xapp://ui/', 'app+x://ui/',
  'app:ui', 'app:/ui/index.html', 'app:///ui/index.html', 'app://', 'app:///', 'app://index.html',
  'app://user@ui/', 'app://user:pass@ui/', 'app://:@evil/', 'app://ui@evil/', 'app://ui:pass@evil/index.html', 'app://ui%40evil/', 'app://evil@ui/index.html',
  'app://ui:80/', 'app://ui:0/index.html', 'app://ui:443/', 'app://ui:x/',
  'app://ui./', 'app://ui../', 'app://.ui/', 'app://ui.evil/', 'app://evil.ui/', 'app://ui-evil/', 'app://uii/', 'app://u/', 'app://ui,evil/',
  'app://UI/index.html', 'app://Ui/', 'app://u\u0069\u0307/', 'app://u\u0456/', 'app://\uff55\uff49/', 'app://xn--u-mga/', 'app://xn--ui/', 'app://%75%69/', 'app://u%69/', 'app://ui%00/', 'app://ui%2f..%2fevil/',
  'app://ui\u200b/', 'app://\u202eiu/', 'app://u\u00adi/', 'app://ui\u0000/index.html', 'app://ui\t/', 'app://ui\n/index.html', 'app://ui /', ' app://ui/', 'app://ui/ ', '\tapp://ui/', 'app\n://ui/',
  'app:\\\\ui\\index.html', 'app://ui\\@evil/', 'app://evil\\@ui/', 'app:/\\ui/', 'app://ui\\', 'app://evil#@ui/', 'app://evil?@ui/', 'app://evil/app://ui/', 'app://[::1]/', 'app://127.0.0.1/', undefined, null, 1, {}, ['app://ui/'], { toString: () => 'app://ui/' },
]; // prettier-ignore

const id = '0b1c2d3e-0000-4000-8000-0123456789ab';

describe('navigation', () => {
  it.each(foreign)('goes not to %j', (url) => {
    expect(isOurs(url)).toBe(false);
    expect(mayNavigate(url, true)).toBe(false);
  });

  it.each(['app://ui/', 'app://ui/index.html', 'app://ui/index.html#/machines/default/web', 'app://ui/index.html?x=1', 'APP://ui/', 'app://ui/x/../index.html'])('goes to %s, in the top frame alone', (url) => {
    expect(isOurs(url)).toBe(true);
    expect(mayNavigate(url, true)).toBe(true);
    expect(mayNavigate(url, false)).toBe(false);
  }); // prettier-ignore

  it('takes no endless addresses, but the longest path of a file', () => {
    expect(mayNavigate(`app://ui/index.html#${'a'.repeat(9000)}`, true)).toBe(false);
    expect(mayNavigate(`app://ui/index.html#/machines/import/${'a'.repeat(5462)}`, true)).toBe(true);
    expect(outsideAddress(`https://example.org/${'a'.repeat(2048)}`)).toBeUndefined();
  });

  it.each(['app://ui/assets/index.js', 'app://ui/favicon.svg', 'app://ui/index.html/x', 'app://ui/INDEX.html', 'app://ui//index.html', 'app://ui/%69ndex.html'])('shows no single file: %s', (url) => {
    expect(mayNavigate(url, true)).toBe(false);
  }); // prettier-ignore
});

describe('the page loads', () => {
  const kinds = ['mainFrame', 'subFrame', 'stylesheet', 'script', 'image', 'font', 'object', 'xhr', 'ping', 'cspReport', 'media', 'webSocket', 'other']; // prettier-ignore
  it.each(kinds)('our own files as %s, and nothing of anybody else', (kind) => {
    expect(mayLoad('app://ui/assets/index.js', kind)).toBe(true);
    const loaded = foreign.filter((url) => mayLoad(url, kind));
    expect(loaded.every((url) => String(url).startsWith('blob:app://ui/0'))).toBe(true);
    expect(mayLoad('ws://127.0.0.1:1/', kind)).toBe(false);
    expect(mayLoad('http://127.0.0.1:1/', kind)).toBe(false);
  });
  it('pictures and files that it made itself, but no code, frames and pages of that kind', () => {
    const can = (url: string): string[] => kinds.filter((kind) => mayLoad(url, kind));
    expect(can('data:image/png;base64,AA==')).toEqual(['image']);
    expect(can('data:text/html,x')).toEqual([]);
    expect(can(`blob:app://ui/${id}`)).toEqual(['stylesheet', 'image', 'font', 'xhr', 'ping', 'cspReport', 'media', 'other']); // prettier-ignore
    expect(can(`blob:app://ui.evil/${id}`)).toEqual([]);
    expect(can(`blob:https://ui/${id}`)).toEqual([]);
  });
});

it('downloads are of what the page made itself', () => {
  expect([maySave(`blob:app://ui/${id}`), maySave('app://ui/x')]).toEqual([true, true]);
  const saved = foreign.filter(maySave);
  expect(saved).toEqual(['blob:app://ui/00000000-0000-4000-8000-000000000000']);
  for (const url of [`blob:app://ui/${id}/..`, `blob:app://ui/${id}\n`, `xblob:app://ui/${id}`, `blob:app://ui@evil/${id}`])
    expect(maySave(url)).toBe(false);
}); // prettier-ignore

describe('permissions', () => {
  const all = [
    'ar', 'automatic-fullscreen', 'background-fetch', 'background-sync', 'captured-surface-control', 'clipboard-read', 'clipboard-sanitized-write',
    'deprecated-sync-clipboard-read', 'display-capture', 'fileSystem', 'fullscreen', 'geolocation', 'geolocation-approximate', 'hand-tracking', 'hid',
    'idle-detection', 'keyboardLock', 'local-fonts', 'local-network', 'local-network-access', 'loopback-network', 'media', 'mediaKeySystem', 'midi', 'midiSysex', 'nfc',
    'notifications', 'openExternal', 'payment-handler', 'periodic-background-sync', 'persistent-storage', 'pointerLock', 'screen-wake-lock', 'sensors', 'serial',
    'smart-card', 'speaker-selection', 'storage-access', 'system-wake-lock', 'top-level-storage-access', 'usb', 'vr', 'web-app-installation', 'web-printing',
    'window-management', 'unknown', '', 'constructor', '__proto__', 'FULLSCREEN',
  ]; // prettier-ignore
  it('three are given to our page', () => {
    expect(all.filter((one) => mayAsk(one, 'app://ui/index.html#/x', true))).toEqual([
      'clipboard-sanitized-write', 'fullscreen', 'keyboardLock',
    ]); // prettier-ignore
    // A check tells the origin alone.
    expect(mayAsk('fullscreen', 'app://ui', true)).toBe(true);
  });
  it('none to a frame in it, and none to anybody else', () => {
    expect(all.filter((one) => mayAsk(one, 'app://ui/', false))).toEqual([]);
    expect(foreign.filter((url) => all.some((one) => mayAsk(one, url, true)))).toEqual([]);
  });
});

describe('links out of the page', () => {
  it.each([
    ['https://kubevirt.io', 'https://kubevirt.io/'],
    ['HTTPS://KubeVirt.IO/a%20b?c=d#e', 'https://kubevirt.io/a%20b?c=d#e'],
    ['https://example.org:8443/', 'https://example.org:8443/'],
    ['https://192.0.2.7/', 'https://192.0.2.7/'],
    ['https://bücher.example/ß', 'https://xn--bcher-kva.example/%C3%9F'],
    // Cyrillic: the person's browser gets what it really is.
    ['https://\u0430pple.example/', 'https://xn--pple-43d.example/'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080/'],
    ['http://localhost:3000/x', 'http://localhost:3000/x'],
    ['http://[::1]:9090/', 'http://[::1]:9090/'],
    ['http://0.0.0.0:8080/', 'http://0.0.0.0:8080/'],
    // Other ways to write the same host are understood before they are judged.
    ['http://0x7f.1/', 'http://127.0.0.1/'],
    ['http://2130706433/', 'http://127.0.0.1/'],
    ['https:example.org', 'https://example.org/'],
    ['https:///example.org', 'https://example.org/'],
  ])('%s is opened as %s', (url, opened) => {
    expect(outsideAddress(url)).toBe(opened);
  });

  it.each([
    'http://example.org/', 'http://127.0.0.1.example.org/', 'http://localhost.example.org/', 'http://localhost./', 'http://127.0.0.1@example.org/', 'http://10.0.0.1/', 'http://192.168.1.1/', 'http://128.0.0.1/', 'http://[::2]/', 'http://169.254.169.254/', 'http://xlocalhost/',
    'https://user@example.org/', 'https://user:pass@example.org/', 'https://kubevirt.io@example.org/', 'https://:x@example.org/', 'https://kubevirt.io%40@example.org/',
    'https://example.org./', 'https://./', 'https://', 'https://example..org./',
    'https://exa\u200bmple.org/', 'https://\u202egro.elpmaxe/', 'https://example.org/\u202e', 'https://example.org/\n', 'https://example.org/ x', 'https:\\\\example.org', 'https://example.org\\@evil.org/', 'https://example.org/a\\b', '\thttps://example.org/',
    'https://exa%00mple.org/', 'https://example.org:99999/', 'https://[::1', 'https://a b/',
    'file:///etc/passwd', 'file://server/share/x.exe', 'FILE:///C:/Windows/System32/calc.exe', '\\\\server\\share', 'C:\\Windows\\calc.exe', '/usr/bin/true',
    'javascript:alert(1)', 'data:text/html,x', 'blob:https://example.org/1', 'vbscript:1', 'about:blank', 'view-source:https://example.org/',
    'smb://server/share', 'ftp://example.org/', 'sftp://example.org/', 'ssh://example.org/', 'telnet://example.org/', 'ldap://example.org/', 'mailto:a@example.org', 'tel:1', 'ms-msdt:/id', 'ms-officecmd:x', 'search-ms:query=x', 'steam://run/1', 'vscode://file/x', 'x-apple.systempreferences:', 'shell:startup', 'jar:https://example.org!/x', 'intent://x', 'app://ui/', 'httpss://example.org/', 'https', 'https+x://example.org/', 'wss://example.org/', 'ws://127.0.0.1/', '', undefined, null, 7, { href: 'https://example.org/' }, ['https://example.org/'],
  ])('%j is opened nowhere', (url) => {
    expect(outsideAddress(url)).toBeUndefined();
  }); // prettier-ignore
});

describe('who asks', () => {
  type Frame = Asked['sender']['mainFrame'];
  const frame = (over: Partial<Frame> = {}): Frame => ({
    url: 'app://ui/index.html', origin: 'app://ui', parent: null, detached: false, isDestroyed: () => false, ...over,
  }); // prettier-ignore
  const by = (sent: Frame | null, mainFrame: Frame = sent ?? frame(), gone = false): Asked => ({
    senderFrame: sent,
    sender: { mainFrame, isDestroyed: () => gone },
  });
  it('is the living top frame of our page', () => {
    expect(isOurSender(by(frame()))).toBe(true);
    expect(isOurSender(by(frame({ url: 'app://ui/index.html#/console/default/web' })))).toBe(true);
  });
  it.each<[string, Asked]>([
    ['a frame that is gone', by(null)],
    ['a page that is gone', by(frame(), undefined, true)],
    ['a frame that was destroyed', by(frame({ isDestroyed: () => true }))],
    ['a frame that is being replaced', by(frame({ detached: true }))],
    ['a frame in the page', by(frame({ parent: frame() }), frame())],
    ['a frame that says it is the top one and is not', by(frame(), frame())],
    ['a top frame that has a parent', by(frame({ parent: frame() }))],
    ['another origin at our address', by(frame({ origin: 'https://example.org' }))],
    ['no origin: a sandboxed frame', by(frame({ origin: 'null' }))],
    ['our origin at about:blank', by(frame({ url: 'about:blank' }))],
    ...foreign.filter((url) => typeof url === 'string').map((url): [string, Asked] => [`an address: ${JSON.stringify(url)}`, by(frame({ url }))]),
  ])('is not %s', (_name, asked) => {
    expect(isOurSender(asked)).toBe(false);
  }); // prettier-ignore
  it('reads nothing of a frame or page that is gone, for Electron throws then', () => {
    const gone = { isDestroyed: () => true } as Frame;
    for (const name of ['url', 'origin', 'parent', 'detached'] as const)
      Object.defineProperty(gone, name, { get: () => expect.unreachable(`${name} was read`) });
    expect(isOurSender(by(gone))).toBe(false);
    const sender = { isDestroyed: () => true } as Asked['sender'];
    Object.defineProperty(sender, 'mainFrame', { get: () => expect.unreachable('mainFrame was read') });
    expect(isOurSender({ sender, senderFrame: frame() })).toBe(false);
  });
});
