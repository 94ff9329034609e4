import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { signedStatement, signFeed, staged } from '../../../main/launch/package/feed.ts';
import { channelFile, NotSigned, sameAsSigned, signedInfo } from '../../../main/desktop/updates/feed.ts';
import type { UpdateInfo } from '../../../main/desktop/updates/feed.ts';
import { keep, keptInstaller, keptVersions } from '../../../main/desktop/updates/kept.ts';
import { stateLine, updateItems } from '../../../main/desktop/updates/menu.ts';
import { channelChoice, whyNoUpdates } from '../../../main/desktop/updates/start.ts';
import { Updates } from '../../../main/desktop/updates/updates.ts';
import type { UpdateState } from '../../../main/desktop/updates/updates.ts';
import type { Updater } from '../../../main/desktop/updates/updater.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-updates-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const pair = (): { key: string; pem: string } => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
};
const ours = pair();
const strangers = pair();
const sha512 = (bytes: string): string => createHash('sha512').update(bytes).digest('base64');
const infoOf = (version: string, content = `installer ${version}`, more: object = {}): UpdateInfo => ({
  version,
  files: [{ url: `hearth-${version}.AppImage`, sha512: sha512(content), size: content.length }],
  ...more,
});

describe('the signed list', () => {
  const info = infoOf('1.1.0', 'x', { stagingPercentage: 10 });
  const text = signedStatement(info, ours.key);
  it('is believed with any of the keys that the app knows', () => {
    expect(signedInfo(text, [strangers.pem, ours.pem])).toEqual(info);
  });
  it.each([
    ['a stranger’s key', () => signedInfo(signedStatement(info, strangers.key), [ours.pem])],
    ['no key at all', () => signedInfo(text, [])],
    ['another version', () => signedInfo(text.replace('1.1.0', '1.2.0'), [ours.pem])],
    ['another checksum', () => signedInfo(text.replace(sha512('x'), sha512('y')), [ours.pem])],
    ['another share', () => signedInfo(text.replace(':10', ':100'), [ours.pem])],
    ['nothing before the list', () => signedInfo(text.slice(text.indexOf('\n')), [ours.pem])],
    ['a list without a signature', () => signedInfo(JSON.stringify(info), [ours.pem])],
    ['a short signature', () => signedInfo(`AAAA\n${JSON.stringify(info)}`, [ours.pem])],
    ['nothing', () => signedInfo('', [ours.pem])],
    ['a file somewhere else, though signed', () => signedInfo(signedStatement(infoOf('1.0.0', 'x', { files: [{ url: '../../evil', sha512: sha512('x') }] }), ours.key), [ours.pem])],
    ['a file without its checksum, though signed', () => signedInfo(signedStatement(infoOf('1.0.0', 'x', { files: [{ url: 'a', sha512: '' }] }), ours.key), [ours.pem])],
  ])('is refused with %s', (_what, read) => {
    expect(read).toThrow(NotSigned);
  }); // prettier-ignore
  it('must be what the updater read', () => {
    expect(() => sameAsSigned({ ...info, files: [...info.files] }, info)).not.toThrow();
    for (const other of [{ version: '1.1.1' }, { stagingPercentage: 100 }, { files: [] }, { files: [{ url: 'x', sha512: 'y' }] }])
      expect(() => sameAsSigned({ ...info, ...other }, info)).toThrow(NotSigned); // prettier-ignore
  });
  it('has its place by system, processor and channel, as electron-updater has', () => {
    expect(channelFile('latest', 'linux', 'x64')).toBe('latest-linux.yml');
    expect(channelFile('beta', 'linux', 'arm64')).toBe('beta-linux-arm64.yml');
    expect(channelFile('latest', 'darwin', 'arm64')).toBe('latest-mac.yml');
    expect(channelFile('beta', 'win32', 'x64')).toBe('beta.yml');
  });
});

describe('a folder of packages', () => {
  const feed = join(folder, 'feed');
  const yaml = (content: string): string => `version: 1.1.0\nfiles:\n  - url: a.AppImage\n    sha512: ${sha512(content)}\n    size: 7\npath: a.AppImage\nsha512: ${sha512(content)}\nreleaseDate: '2026-01-01'\n`; // prettier-ignore
  beforeEach(() => {
    rmSync(feed, { recursive: true, force: true });
    mkdirSync(feed);
    writeFileSync(join(feed, 'a.AppImage'), 'content');
    writeFileSync(join(feed, 'latest-linux.yml'), yaml('content'));
    writeFileSync(join(feed, 'builder-debug.yml'), 'x: 1\n');
  });
  it('becomes a feed: a share of computers, and a statement that the app believes', async () => {
    expect(await signFeed(feed, { key: ours.key, percent: 5 })).toEqual(['latest-linux.yml']);
    const statement = readFileSync(join(feed, 'latest-linux.yml.signed'), 'utf8');
    const info = signedInfo(statement, [ours.pem]);
    expect(info).toMatchObject({ version: '1.1.0', stagingPercentage: 5 });
    const text = readFileSync(join(feed, 'latest-linux.yml'), 'utf8');
    expect(() => sameAsSigned(staged(text, 5).info, info)).not.toThrow();
    expect(text).toContain('stagingPercentage: 5');
    expect(text).toContain('releaseDate');
    // Signed again (for another channel in the same folder): the share stays. Then for everybody.
    await signFeed(feed, { key: ours.key });
    expect(readFileSync(join(feed, 'latest-linux.yml'), 'utf8')).toContain('stagingPercentage: 5');
    await signFeed(feed, { key: ours.key, percent: 100 });
    expect(readFileSync(join(feed, 'latest-linux.yml'), 'utf8')).not.toContain('staging');
  });
  it('is refused when it is not what its lists name', async () => {
    writeFileSync(join(feed, 'a.AppImage'), 'exchang');
    await expect(signFeed(feed, { key: ours.key })).rejects.toThrow(/a\.AppImage is not the file/);
    rmSync(join(feed, 'a.AppImage'));
    await expect(signFeed(feed, { key: ours.key })).rejects.toThrow(/not in/);
    rmSync(join(feed, 'latest-linux.yml'));
    await expect(signFeed(feed, { key: ours.key })).rejects.toThrow(/no channel file/);
    expect(readdirSync(feed)).toEqual(['builder-debug.yml']);
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    });
    expect(() => signedStatement(infoOf('1.0.0'), other.toString())).toThrow(RangeError);
  });
});

describe('kept installers', () => {
  const kept = join(folder, 'kept');
  const put = async (version: string, content = `installer ${version}`): Promise<void> => {
    const file = join(folder, `hearth-${version}.AppImage`);
    writeFileSync(file, content);
    const info = infoOf(version);
    await keep(kept, { file, pending: '/pending', statement: signedStatement(info, ours.key), info });
  };
  beforeEach(() => rmSync(kept, { recursive: true, force: true }));
  it('are two: the running one and the one before it', async () => {
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) {
      await put(version);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(readdirSync(kept).toSorted()).toEqual(['1.1.0', '1.2.0']);
    expect(await keptVersions(kept, '1.2.0')).toEqual(['1.1.0']);
    expect(await keptVersions(join(folder, 'none'), '1.2.0')).toEqual([]);
  });
  it('are checked anew before they are used', async () => {
    await put('1.0.0');
    expect(await keptInstaller(kept, '1.0.0', [ours.pem])).toMatchObject({ pending: '/pending', info: { version: '1.0.0' } });
    await expect(keptInstaller(kept, '1.0.0', [strangers.pem])).rejects.toThrow(NotSigned);
    await expect(keptInstaller(kept, '../1.0.0', [ours.pem])).rejects.toThrow(/no version/);
    writeFileSync(join(kept, '1.0.0', 'hearth-1.0.0.AppImage'), 'installer 6.6.6');
    await expect(keptInstaller(kept, '1.0.0', [ours.pem])).rejects.toThrow(/changed or damaged/);
    // What was never what the list says is not kept as if it were.
    await put('1.0.1', 'something else');
    await expect(keptInstaller(kept, '1.0.1', [ours.pem])).rejects.toThrow(/changed or damaged/);
  }); // prettier-ignore
  it('that were cut off while they were copied are none', async () => {
    mkdirSync(join(kept, '1.0.0.new'), { recursive: true });
    mkdirSync(join(kept, '0.9.0'));
    expect(await keptVersions(kept, '1.2.0')).toEqual([]);
  });
});

/** Stands in for electron-updater: what its own code does is tested with it in test/operations/packages. */
class UpdaterDouble implements Updater {
  autoDownload = true;
  autoInstallOnAppQuit = true;
  allowDowngrade = true;
  allowPrerelease = false;
  channel: string | null = null;
  logger = null;
  isUpdateSupported: Updater['isUpdateSupported'] = () => true;
  isUserWithinRollout: Updater['isUserWithinRollout'] = () => true;
  feeds: object[] = [];
  offered: UpdateInfo = infoOf('1.1.0');
  installed = 0;
  file = '';
  setFeedURL(options: object): void {
    this.feeds.push(options);
  }
  async checkForUpdates() {
    const isUpdateAvailable = (await this.isUpdateSupported(this.offered)) && (await this.isUserWithinRollout(this.offered)); // prettier-ignore
    return { isUpdateAvailable, updateInfo: this.offered };
  }
  downloadUpdate(): Promise<string[]> {
    return Promise.resolve([this.file]);
  }
  quitAndInstall(): void {
    this.installed += 1;
  }
  on(): void {
    // Nothing comes by events here.
  }
}

describe('looking for an update', () => {
  const make = (statement: (file: string) => string) => {
    const updater = new UpdaterDouble();
    updater.file = join(folder, 'pending-file');
    writeFileSync(updater.file, 'installer 1.1.0');
    const states: UpdateState[] = [];
    const asked: string[] = [];
    const updates = new Updates({
      updater, feed: 'https://updates.invalid/here', keys: [ours.pem], running: '1.0.0', folder: join(folder, 'own'),
      platform: 'linux', arch: 'x64',
      read: (url) => Promise.resolve(statement((asked.push(url.href), url.href))),
      onState: (state) => states.push(state),
    }); // prettier-ignore
    return { updater, updates, states, asked };
  };
  it('downloads, keeps and offers what was signed, and installs nothing by itself', async () => {
    const { updater, updates, states, asked } = make(() => signedStatement(infoOf('1.1.0'), ours.key));
    await updates.look('beta');
    expect(asked).toEqual(['https://updates.invalid/here/beta-linux.yml.signed']);
    expect(states.map(({ at }) => at)).toEqual(['looking', 'loading', 'ready']);
    expect(updater).toMatchObject({ autoDownload: false, autoInstallOnAppQuit: false, allowDowngrade: false, allowPrerelease: true, installed: 0 }); // prettier-ignore
    expect(await updates.kept()).toEqual(['1.1.0']);
    expect(updates.install()).toBe(true);
    expect(updater.installed).toBe(1);
  });
  it.each([
    ['a stranger signed', () => signedStatement(infoOf('1.1.0'), strangers.key)],
    ['names another version', () => signedStatement(infoOf('1.1.1'), ours.key)],
    ['is not there', () => { throw new Error('The list of updates could not be read (404).'); }],
  ])('fails with a reason where the list %s, and downloads nothing', async (_what, statement) => {
    const { updater, updates, states } = make(statement);
    updater.file = '/must/not/be/read';
    await updates.look('latest');
    expect(states.at(-1)).toMatchObject({ at: 'failed', why: expect.stringMatching(/list/) as string });
    expect(updates.install()).toBe(false);
    expect(updater.installed).toBe(0);
  }); // prettier-ignore
  it('leaves alone whoever is not in the share yet', async () => {
    const { updater, updates, states } = make(() => signedStatement(infoOf('1.1.0'), ours.key));
    updater.isUserWithinRollout = () => false;
    await updates.look('latest');
    expect(states.at(-1)).toEqual({ at: 'newest' });
  });
  it('goes back to a kept version by command only, without asking a server', async () => {
    const { updater, updates, states, asked } = make(() => '');
    const pending = join(folder, 'pending');
    const file = join(folder, 'hearth-0.9.0.AppImage');
    writeFileSync(file, 'installer 0.9.0');
    await keep(join(folder, 'own'), { file, pending, statement: signedStatement(infoOf('0.9.0'), ours.key), info: infoOf('0.9.0') }); // prettier-ignore
    updater.isUserWithinRollout = () => false;
    updater.offered = infoOf('0.9.0');
    await updates.goBack('0.9.0');
    expect(states.at(-1)).toEqual({ at: 'ready', version: '0.9.0', back: true });
    expect(updater.allowDowngrade).toBe(true);
    expect(asked).toEqual([]);
    expect(readFileSync(join(pending, 'hearth-0.9.0.AppImage'), 'utf8')).toBe('installer 0.9.0');
    expect(await updater.isUserWithinRollout(infoOf('0.9.0'))).toBe(false);
    // The next look is an ordinary one again.
    await updates.look('latest');
    expect(updater.allowDowngrade).toBe(false);
    await updates.goBack('0.0.1');
    expect(states.at(-1)).toMatchObject({ at: 'failed' });
  });
});

describe('the menu of updates', () => {
  const base = { state: { at: 'idle' } as UpdateState, channel: 'latest' as const, kept: [], off: undefined, look: () => undefined, install: () => undefined, goBack: () => undefined, choose: () => undefined }; // prettier-ignore
  it('says why there are none', () => {
    expect(whyNoUpdates({ packaged: false, feed: 'x', keys: 1, platform: 'darwin', appImage: false })).toContain('sources');
    expect(whyNoUpdates({ packaged: true, feed: '', keys: 1, platform: 'darwin', appImage: false })).toContain('no feed');
    expect(whyNoUpdates({ packaged: true, feed: 'x', keys: 0, platform: 'win32', appImage: false })).toContain('no feed');
    expect(whyNoUpdates({ packaged: true, feed: 'x', keys: 1, platform: 'linux', appImage: false })).toContain('system');
    expect(whyNoUpdates({ packaged: true, feed: 'x', keys: 1, platform: 'linux', appImage: true })).toBeUndefined();
    expect(updateItems({ ...base, off: 'No updates: because' })).toEqual([{ label: 'No updates: because', enabled: false }]);
  }); // prettier-ignore
  it('offers what can be done now', () => {
    const labels = (menu: Partial<typeof base>): (string | undefined)[] => updateItems({ ...base, ...menu }).map(({ label }) => label); // prettier-ignore
    expect(labels({})).toEqual(['Look for updates', undefined, 'Stable', 'Beta']);
    expect(labels({ state: { at: 'ready', version: '1.1.0', back: false } })[0]).toBe('Restart and update to 1.1.0');
    expect(labels({ state: { at: 'ready', version: '0.9.0', back: true } })[0]).toBe('Restart and go back to 0.9.0');
    const loading = updateItems({ ...base, kept: ['0.9.0'], state: { at: 'loading', version: '1.1.0', percent: 40 } });
    expect(loading[0]?.label).toBe('Downloading 1.1.0 (40 %)');
    expect(loading.filter(({ enabled }) => enabled === false).map(({ label }) => label)).toEqual(['Downloading 1.1.0 (40 %)', 'Look for updates', 'Go back to 0.9.0']); // prettier-ignore
    expect(stateLine({ at: 'failed', why: 'x'.repeat(500) })?.length).toBeLessThan(150);
    expect(updateItems({ ...base, channel: 'beta' } as never).filter(({ checked }) => checked).map(({ label }) => label)).toEqual(['Beta']); // prettier-ignore
  });
  it('keeps the channel in a file, and takes a damaged one for everybody’s', () => {
    const path = join(folder, 'updates.json');
    expect(channelChoice(path).value).toBe('latest');
    channelChoice(path).set('beta');
    expect(channelChoice(path).value).toBe('beta');
    for (const text of ['{', '{"channel":"nightly"}', 'null']) {
      writeFileSync(path, text);
      expect(channelChoice(path).value).toBe('latest');
    }
  });
});
