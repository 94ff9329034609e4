import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import type { SystemFile } from '../../backend/boxes/image/app-files.ts';
import { packageNames, processors } from '../../../provisioning/packaging/about.ts';
import type { Processor } from '../../../provisioning/packaging/about.ts';
import { sbom } from '../../../provisioning/packaging/sbom.ts';
import { stickHelperProgram } from '../../../provisioning/packaging/stick-helper.ts';
import { desktopConfig } from './desktop-config.ts';
import type { DesktopOptions } from './desktop-config.ts';
import { flipPacked } from './fuse.ts';
import { helpTexts } from './help.ts';
import { icns, ico, iconSizes, png } from './icons.ts';
import { programFiles, timeOf } from './programs.ts';
import { builtLicences, shippedParts } from './shipped.ts';
import { fileList, stage } from './staged.ts';
import { toolsFolder } from './tools.mjs';
import { desktopFiles } from './tree.ts';
import { windowModules } from './window-modules.ts';

const usage = `npm run package:desktop -- [--out FOLDER] [--platform linux|darwin|win32] [--arch x64|arm64] [--dir] [--electron-dist FOLDER]

Packs Hearth with its window by electron-builder: deb, rpm and AppImage; dmg and zip; nsis. OUT is "dist" in this folder unless
told. --dir stops at the unpacked app. Electron comes from GitHub (ELECTRON_MIRROR for another place) and is compared with the
checksums in its npm package, unless --electron-dist names an unpacked one. HEARTH_UPDATE_URL and HEARTH_UPDATE_KEYS, told to the
build as well, make it look for updates (docs/release.md). Signing: CSC_LINK and the like, as electron-builder reads them.`;

const root = resolve(import.meta.dirname, '../../..');
/** Where both Linux packages put the app. */
const installed = `/opt/Hearth/resources/hearth`;

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      out: { type: 'string', default: 'dist' },
      platform: { type: 'string', default: process.platform },
      arch: { type: 'string', default: process.arch },
      dir: { type: 'boolean', default: false },
      'electron-dist': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { platform, arch } = values;
  if (values.help || !(arch in processors) || !['linux', 'darwin', 'win32'].includes(platform)) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const work = await mkdtemp(join(tmpdir(), 'hearth-desktop-'));
  try {
    const options = await prepare(work, { platform: platform as DesktopOptions['platform'], processor: arch as Processor, out: resolve(values.out), electronDist: values['electron-dist'] }); // prettier-ignore
    await pack(options, values.dir);
    return 0;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Fills the folders that electron-builder takes from. */
async function prepare(
  work: string,
  { platform, processor, out, electronDist }: Pick<DesktopOptions, 'platform' | 'processor' | 'out'> & { electronDist: string | undefined },
): Promise<DesktopOptions> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const electronFolder = join(root, 'node_modules/electron');
  const electron = (JSON.parse(await readFile(join(electronFolder, 'package.json'), 'utf8')) as { version: string }).version;
  const time = await timeOf(root);
  const help = await helpTexts([process.execPath, join(root, 'out/main/cli.js')]);
  const [programs, system, icons, scripts] = ['programs', 'system', 'icons', 'scripts'].map((name) => join(work, name)) as [string, string, string, string];
  for (const folder of [programs, system, icons, scripts]) await mkdir(folder, { recursive: true });
  const files = await programFiles(root, { platform, processor });
  await stage(files, programs, time);
  if (platform === 'linux') {
    const made = (path: string, content: Uint8Array): SystemFile => ({ path, run: true, from: { bytes: content } });
    const beside = await desktopFiles({ root, version, help, time });
    await stage(
      [
        // electron-builder makes the entry and the app's icons itself, by the name of the program.
        ...beside.filter(({ path }) => !path.startsWith('usr/share/applications/')),
        made('usr/libexec/hearth/root-helper', await readFile(join(root, 'provisioning/root-helper.sh'))),
        made('usr/libexec/hearth/stick-helper', Buffer.from(stickHelperProgram(installed))),
      ],
      system,
      time,
    );
  }
  await writeIcons(icons);
  await writeScripts(scripts);
  await mkdir(out, { recursive: true });
  const name = `${packageNames.desktop}_${version}_${platform}_${processor}`;
  await writeFile(join(out, `${name}.files.txt`), await fileList(files));
  const node = `node_modules/node-${platform === 'win32' ? 'win' : platform}-${processor}`;
  const parts = await shippedParts(root, await builtLicences(root), node);
  const own = { name: 'electron', version: electron, licence: 'MIT', needs: [] };
  await writeFile(join(out, `${name}.cdx.json`), sbom({ name: packageNames.desktop, version, time, parts: [...parts, own] }));
  const updateUrl = process.env['HEARTH_UPDATE_URL'];
  return {
    root, programs, system, icons, scripts, out, version, electron, processor, platform, toolsFolder,
    windowModules: await windowModules(toolsFolder),
    updateUrl: updateUrl === undefined || updateUrl === '' ? undefined : updateUrl,
    checksums: JSON.parse(await readFile(join(electronFolder, 'checksums.json'), 'utf8')) as Record<string, string>,
    ...(electronDist !== undefined && { electronDist: resolve(electronDist) }),
  };
} // prettier-ignore

async function writeIcons(folder: string): Promise<void> {
  const svg = await readFile(join(root, 'provisioning/packaging/icons/hearth.svg'), 'utf8');
  const pictures = new Map<number, Uint8Array>();
  for (const size of [...iconSizes, 1024]) pictures.set(size, await png(svg, size));
  const only = (...sizes: number[]): Map<number, Uint8Array> => new Map([...pictures].filter(([size]) => sizes.includes(size)));
  for (const [size, bytes] of pictures) if (size <= 512) await writeFile(join(folder, `${size}x${size}.png`), bytes);
  await writeFile(join(folder, 'icon.ico'), ico(only(16, 24, 32, 48, 64, 128, 256)));
  await writeFile(join(folder, 'icon.icns'), icns(only(16, 32, 64, 128, 256, 512, 1024)));
} // prettier-ignore

/** electron-builder's own scripts (sandbox, AppArmor, links) with our words behind them: told instead of them, they would be lost. */
async function writeScripts(folder: string): Promise<void> {
  const templates = join(toolsFolder, 'node_modules/app-builder-lib/templates/linux');
  const advice = await readFile(join(root, 'provisioning/packaging/files/advice.sh'), 'utf8');
  const install = await readFile(join(templates, 'after-install.tpl'), 'utf8');
  await writeFile(join(folder, 'after-install'), `${install}\n${advice}`);
  await cp(join(templates, 'after-remove.tpl'), join(folder, 'after-remove'));
}

async function pack(options: DesktopOptions, onlyDir: boolean): Promise<void> {
  const builder = createRequire(join(toolsFolder, 'package.json'))('electron-builder') as {
    build(options: object): Promise<string[]>;
    Platform: Record<'LINUX' | 'MAC' | 'WINDOWS', { createTarget(type: string | null, arch: number): unknown }>;
    Arch: Record<Processor, number>;
  };
  const { LINUX, MAC, WINDOWS } = builder.Platform;
  const platform = { linux: LINUX, darwin: MAC, win32: WINDOWS }[options.platform];
  try {
    const made = await builder.build({
      projectDir: options.root,
      targets: platform.createTarget(onlyDir ? 'dir' : null, builder.Arch[options.processor]),
      config: desktopConfig(options, flipPacked),
      publish: 'never',
    });
    for (const file of made) console.log(file);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new ProblemError(
      {
        code: 'package-failed',
        title: 'The app could not be packed',
        detail: detail.split('\n')[0] ?? detail,
        ...(/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|fetch failed/.test(detail) && { fix: 'Electron and electron-builder’s tools come from GitHub: see ELECTRON_MIRROR and ELECTRON_BUILDER_BINARIES_MIRROR, or give --electron-dist.' }), // prettier-ignore
      },
      { cause },
    );
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const problem = asProblem(error);
  console.error(`${problem.title}: ${problem.detail}${problem.fix ? `\n${problem.fix}` : ''}`);
  process.exitCode = 1;
}
