import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asarFiles, desktopConfig, fuses } from '../../../main/launch/package/desktop-config.ts';
import type { DesktopOptions } from '../../../main/launch/package/desktop-config.ts';
import { programOf } from '../../../main/launch/package/fuse.ts';
import { windowModules } from '../../../main/launch/package/window-modules.ts';

const root = join(import.meta.dirname, '../../..');
const tools = join(root, 'main/launch/package/tools');
const options: DesktopOptions = {
  root: '/p', programs: '/w/programs', system: '/w/system', icons: '/w/icons', scripts: '/w/scripts', out: '/p/dist',
  version: '1.0.0', electron: '45.4.1', processor: 'x64', platform: 'linux', windowModules: ['electron-updater', 'semver'],
  toolsFolder: '/p/tools', updateUrl: 'https://updates.invalid/', checksums: { 'electron-v45.4.1-linux-x64.zip': 'abc' },
}; // prettier-ignore
interface Config {
  [name: string]: unknown;
  files: (string | { from: string; to: string })[];
  linux: { target: { target: string; arch: string[] }[] };
  mac: Record<string, unknown> & { target: { target: string; arch: string[] }[] };
  win: Record<string, unknown> & { target: { target: string }[] };
  deb: { depends: string[]; fpm: string[] };
}
const make = (over: Partial<DesktopOptions> = {}): Config =>
  desktopConfig({ ...options, ...over }, () => Promise.resolve()) as Config;

describe('the desktop app’s packages', () => {
  it('are deb, rpm and AppImage; dmg and zip; nsis; for the processor that is asked for', () => {
    const config = make({ processor: 'arm64' });
    expect(config.linux.target).toEqual(['deb', 'rpm', 'AppImage'].map((target) => ({ target, arch: ['arm64'] })));
    // Updates of macOS come as zip.
    expect(config.mac.target.map(({ target }) => target)).toEqual(['dmg', 'zip']);
    expect(config.win.target.map(({ target }) => target)).toEqual(['nsis']);
  });

  it('have the window’s own files in the archive, and the Node programs beside it', () => {
    const config = make();
    expect(config.files.slice(0, asarFiles.length)).toEqual([...asarFiles]);
    expect(config.files.filter((each) => typeof each !== 'string').map(({ to }) => to)).toEqual([
      'node_modules/electron-updater',
      'node_modules/semver',
    ]);
    expect(config['asar']).toBe(true);
    expect(config['extraResources']).toEqual([
      { from: '/w/programs', to: 'hearth', filter: ['**/*'] },
      { from: '/w/programs/node_modules', to: 'hearth/node_modules', filter: ['**/*'] },
    ]);
    expect(config).not.toHaveProperty('asarUnpack');
    expect(config['npmRebuild']).toBe(false);
  });

  it('name every fuse, and switch off what is not Hearth’s', () => {
    expect(fuses).toEqual({
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
      wasmTrapHandlers: true,
    });
    const packager = { appInfo: { productFilename: 'Hearth' }, executableName: 'hearth' };
    const at = (electronPlatformName: string): string =>
      programOf({ appOutDir: '/out', electronPlatformName, packager });
    expect([at('linux'), at('darwin'), at('win32')]).toEqual([
      join('/out/hearth'),
      join('/out/Hearth.app/Contents/MacOS/Hearth'),
      join('/out/Hearth.exe'),
    ]);
  });

  it('take Electron only with the checksums of its npm package', () => {
    expect(make()['electronDownload']).toEqual({ checksums: options.checksums });
    expect(make()).not.toHaveProperty('electronDist');
    expect(make({ electronDist: '/e' })['electronDist']).toBe('/e');
  });

  it('look for updates only where there is a feed, and are then signed or not made at all', () => {
    expect(make()['publish']).toMatchObject({
      provider: 'generic',
      url: 'https://updates.invalid/',
      channel: 'latest',
    });
    expect(make({ version: '1.1.0-beta.2' })['publish']).toMatchObject({ channel: 'beta' });
    expect(make({ updateUrl: undefined })['publish']).toBeNull();
    for (const platform of ['darwin', 'win32'] as const) {
      expect(make({ platform })['forceCodeSigning']).toBe(true);
      expect(make({ platform, updateUrl: undefined })['forceCodeSigning']).toBe(false);
    }
    expect(make()['win']).toMatchObject({ verifyUpdateCodeSignature: true });
    expect(make()['mac']).toMatchObject({ hardenedRuntime: true, notarize: true });
  });

  it('depend on what Hearth needs on Linux, and put policy, types and helpers in place', () => {
    const { deb } = make();
    expect(deb.depends).toEqual(expect.arrayContaining(['qemu-system-x86 | qemu-system', 'qemu-utils', 'libnss3']));
    expect(deb.fpm).toEqual(['/w/system/usr/=/usr/', '--conflicts=hearth-headless', '--replaces=hearth-headless']);
  });
});

it('the window’s own packages are the updater and what it needs', async () => {
  const modules = await windowModules(tools);
  expect(modules).toEqual(expect.arrayContaining(['electron-updater', 'builder-util-runtime', 'semver', 'js-yaml']));
  expect(modules).not.toContain('electron-builder');
  expect(modules.length).toBeLessThan(25);
  const lock = JSON.parse(readFileSync(join(tools, 'package-lock.json'), 'utf8')) as { packages: Record<string, { integrity?: string; hasInstallScript?: boolean }> }; // prettier-ignore
  const unpinned = Object.entries(lock.packages).filter(([path, { integrity }]) => path !== '' && !integrity).map(([path]) => path); // prettier-ignore
  expect(unpinned).toEqual([]);
});

it('every script of package.json that makes packages is there', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const own = Object.entries(scripts).filter(([name]) => name.startsWith('package:'));
  expect(own.map(([name]) => name)).toEqual(['package:deb', 'package:desktop', 'package:feed']);
  for (const [, script] of own) expect(existsSync(join(root, script.split(' ')[1] ?? '-'))).toBe(true);
});
