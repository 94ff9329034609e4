import { about, packageNames, processors } from '../../../provisioning/packaging/about.ts';
import { depends } from '../../../provisioning/packaging/debian.ts';
import type { Processor } from '../../../provisioning/packaging/about.ts';

/** Folders that `desktop.ts` fills before electron-builder runs. All absolute. */
export interface DesktopFolders {
  /** The project. */
  root: string;
  /** The Node programs with all they need, as plain files: becomes resources/hearth. */
  programs: string;
  /** Files below / of a Linux system: entry, metainfo, types, icons, policy, helpers. */
  system: string;
  /** icon.icns, icon.ico, and PNGs named by their size. */
  icons: string;
  /** What the maintainer scripts of Linux packages are, completed. */
  scripts: string;
  out: string;
}
export interface DesktopOptions extends DesktopFolders {
  version: string;
  electron: string;
  processor: Processor;
  platform: 'linux' | 'darwin' | 'win32';
  /** Packages that are only for the window's process (electron-updater and what it needs), as folder names of tools/node_modules. */
  windowModules: readonly string[];
  toolsFolder: string;
  /** Where updates will be; undefined: a build without updates. */
  updateUrl: string | undefined;
  /** An unpacked Electron; undefined: electron-builder fetches it and compares it with Electron's own checksums. */
  electronDist?: string;
  checksums: Readonly<Record<string, string>>;
}

/**
 * Every fuse of Electron 45, named (electronjs.org/docs/latest/tutorial/fuses): what a package can do beyond its own code is
 * switched off in the binary.
 */
export const fuses = {
  /** `ELECTRON_RUN_AS_NODE` would make the signed app a Node for anybody. The engine has a Node of its own. */
  runAsNode: false,
  /** Cookies on the disk are encrypted with a key of the system. */
  enableCookieEncryption: true,
  enableNodeOptionsEnvironmentVariable: false,
  enableNodeCliInspectArguments: false,
  /** macOS and Windows: the archive is compared with the checksum in the binary. */
  enableEmbeddedAsarIntegrityValidation: true,
  onlyLoadAppFromAsar: true,
  /** One snapshot for all processes, as Electron ships it. */
  loadBrowserProcessSpecificV8Snapshot: false,
  /** Pages come by app://, never by file://. */
  grantFileProtocolExtraPrivileges: false,
  /** Faults in WebAssembly are caught by signal handlers, as Electron ships it. */
  wasmTrapHandlers: true,
} as const;

/** What of the project is in the archive: the window's process, its preload, the pages. The Node programs lie beside it. */
export const asarFiles = [
  'package.json',
  'out/main/desktop.js',
  'out/main/chunks/**',
  'out/preload/**',
  'out/renderer/**',
  '!**/*.map',
  '!node_modules/**',
] as const;

/** What electron-builder tells when an app is packed and not yet signed; as much of it as is used. */
export interface PackContext {
  appOutDir: string;
  electronPlatformName: string;
  packager: { appInfo: { productFilename: string }; executableName?: string };
}

/** electron-builder's configuration (26.17). `afterPack` flips the fuses, of which electron-builder does not know all. Pure: the unit tests read it, and `desktop.ts` hands it over. */
export function desktopConfig(options: DesktopOptions, afterPack: (context: PackContext) => Promise<void>): object {
  const { root, programs, system, icons, scripts, out, version, processor, platform, windowModules, toolsFolder } = options; // prettier-ignore
  const { Depends, Recommends } = depends(processor);
  // Given to fpm as FROM=TO.
  const placed = [`${system}/usr/=/usr/`];
  const linuxScripts = { afterInstall: `${scripts}/after-install`, afterRemove: `${scripts}/after-remove` };
  return {
    appId: about.id,
    productName: about.name,
    copyright: about.authors,
    extraMetadata: { name: packageNames.desktop, version, homepage: about.homepage, author: { name: about.authors, email: about.contact } },
    directories: { app: root, output: out, buildResources: icons },
    electronVersion: options.electron,
    ...(options.electronDist !== undefined && { electronDist: options.electronDist }),
    electronDownload: { checksums: options.checksums },
    npmRebuild: false,
    nodeGypRebuild: false,
    buildDependenciesFromSource: false,
    forceCodeSigning: platform !== 'linux' && options.updateUrl !== undefined,
    asar: true,
    disableDefaultIgnoredFiles: false,
    afterPack,
    electronLanguages: ['en', 'en-US', 'de', 'es', 'fr', 'ja', 'zh-CN', 'zh_CN'],
    files: [
      ...asarFiles,
      ...windowModules.map((name) => ({ from: `${toolsFolder}/node_modules/${name}`, to: `node_modules/${name}`, filter: ['**/*', '!**/*.{map,md,ts}', '!**/node_modules/**'] })),
    ],
    extraResources: [
      { from: programs, to: 'hearth', filter: ['**/*'] },
      // A node_modules at the top of such a folder is left out without a word (app-builder-lib, util/filter.js).
      { from: `${programs}/node_modules`, to: 'hearth/node_modules', filter: ['**/*'] },
    ],
    // One signed list for each channel; without an address no updates are looked for (main/desktop/updates/start.ts).
    publish: options.updateUrl === undefined ? null : { provider: 'generic', url: options.updateUrl, channel: /-beta/.test(version) ? 'beta' : 'latest', useMultipleRangeRequest: false },
    generateUpdatesFilesForAllChannels: true,
    artifactName: `${packageNames.desktop}-\${version}-\${os}-\${arch}.\${ext}`,
    linux: {
      target: ['deb', 'rpm', 'AppImage'].map((target) => ({ target, arch: [processor] })),
      executableName: packageNames.desktop,
      icon: icons,
      category: 'System',
      maintainer: `${about.authors} <${about.contact}>`,
      vendor: about.authors,
      synopsis: about.summary,
      description: about.description.join('\n\n'),
      // The entry of our own is placed below /usr; this one is for AppImage.
      mimeTypes: ['application/vnd.hearth.lab-pack', 'application/vnd.hearth.lab+yaml', 'application/vnd.hearth.machine'],
      desktop: { entry: { Name: about.name, Keywords: 'virtual machine;VM;KubeVirt;Kubernetes;QEMU;lab;', Categories: 'System;Emulator;', StartupWMClass: about.name } },
      extraFiles: [],
    },
    deb: {
      ...linuxScripts,
      packageName: packageNames.desktop,
      depends: ['libgtk-3-0 | libgtk-3-0t64', 'libnotify4', 'libnss3', 'libxss1', 'libxtst6', 'xdg-utils', 'libatspi2.0-0 | libatspi2.0-0t64', 'libuuid1', 'libsecret-1-0', ...Depends],
      recommends: [...Recommends],
      fpm: [...placed, `--conflicts=${packageNames.headless}`, `--replaces=${packageNames.headless}`],
    },
    rpm: {
      ...linuxScripts,
      packageName: packageNames.desktop,
      depends: ['gtk3', 'libnotify', 'nss', 'libXScrnSaver', '(libXtst or libXtst6)', 'xdg-utils', 'at-spi2-core', '(libuuid or libuuid1)', `qemu-system-${processors[processor].rpm}-core`, 'qemu-img', 'xz'],
      fpm: [...placed, '--rpm-rpmbuild-define=_build_id_links none'],
    },
    appImage: { license: `${root}/LICENSE` },
    mac: {
      target: ['dmg', 'zip'].map((target) => ({ target, arch: [processor] })),
      icon: `${icons}/icon.icns`,
      category: 'public.app-category.developer-tools',
      hardenedRuntime: true,
      gatekeeperAssess: false,
      notarize: options.updateUrl !== undefined,
      // The Node of the programs makes its code while it runs, as Electron does.
      entitlements: `${root}/provisioning/packaging/files/mac-entitlements.plist`,
      entitlementsInherit: `${root}/provisioning/packaging/files/mac-entitlements.plist`,
      fileAssociations: associations,
    },
    win: {
      target: [{ target: 'nsis', arch: [processor] }],
      icon: `${icons}/icon.ico`,
      fileAssociations: associations,
      // An update that is not signed by the same publisher is refused by the updater, too.
      verifyUpdateCodeSignature: true,
    },
    nsis: { oneClick: false, perMachine: false, allowElevation: true, deleteAppDataOnUninstall: false, license: `${root}/LICENSE` },
  };
} // prettier-ignore

const associations = [
  { ext: 'hearthlab', name: 'Hearth lab', role: 'Viewer', mimeType: 'application/vnd.hearth.lab-pack' },
  { ext: 'hearth-vm', name: 'Hearth virtual machine', role: 'Viewer', mimeType: 'application/vnd.hearth.machine' },
] as const;
