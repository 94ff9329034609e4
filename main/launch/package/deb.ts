import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { asProblem } from '../../contract/problem.ts';
import { nodeFolder } from '../../backend/boxes/image/app-modules.ts';
import { debianVersion, packageNames, processors } from '../../../provisioning/packaging/about.ts';
import type { Processor } from '../../../provisioning/packaging/about.ts';
import { controlFile } from '../../../provisioning/packaging/debian.ts';
import { sbom } from '../../../provisioning/packaging/sbom.ts';
import { helpTexts } from './help.ts';
import { timeOf } from './programs.ts';
import { builtLicences, shippedParts } from './shipped.ts';
import { fileList, md5sums, stage } from './staged.ts';
import { headlessTree } from './tree.ts';

const usage = `npm run package:deb -- [--out FOLDER] [--arch x64|arm64] [--compression xz|zstd|gzip|none] [--level 0-9]

Makes the Debian package without a window of its own: OUT/hearth-headless_VERSION_ARCH.deb, beside it its list of files with
checksums (.files.txt) and its bill of materials (.cdx.json). OUT is "dist" in this folder unless told. SOURCE_DATE_EPOCH is the
time of all files; else that of the last commit.`;

const root = resolve(import.meta.dirname, '../../..');
/** Milliseconds for dpkg-deb: xz takes a minute for Node alone on a small computer. */
const packMs = 15 * 60_000;

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      out: { type: 'string', default: 'dist' },
      arch: { type: 'string', default: 'x64' },
      compression: { type: 'string', default: 'xz' },
      level: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { out, arch, compression, level } = values;
  const fine =
    arch in processors && ['xz', 'zstd', 'gzip', 'none'].includes(compression) && /^[0-9]?$/.test(level ?? '');
  if (values.help || !fine) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const processor = arch as Processor;
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const time = await timeOf(root);
  const help = await helpTexts([process.execPath, join(root, 'out/main/cli.js')]);
  const files = await headlessTree({ root, version, processor, help, time });
  const name = `${packageNames.headless}_${debianVersion(version)}_${processors[processor].debian}`;
  const work = await mkdtemp(join(tmpdir(), 'hearth-deb-'));
  try {
    const tree = join(work, name);
    const installed = await stage(files, tree, time);
    const control = join(tree, 'DEBIAN');
    await mkdir(control, { mode: 0o755 });
    const put = async (file: string, text: string, mode = 0o644): Promise<void> => {
      await writeFile(join(control, file), text);
      await chmod(join(control, file), mode);
    };
    await put('control', controlFile({ version, processor, installed }));
    await put('md5sums', await md5sums(files));
    for (const script of ['postinst', 'prerm', 'postrm'])
      await put(script, await readFile(join(root, 'provisioning/packaging/deb', script), 'utf8'), 0o755);
    await mkdir(out, { recursive: true });
    const deb = join(work, `${name}.deb`);
    await execa('dpkg-deb', ['--root-owner-group', `-Z${compression}`, ...(level === undefined ? [] : [`-z${level}`]), '--build', tree, deb],
      { timeout: packMs, env: { SOURCE_DATE_EPOCH: String(time) } }); // prettier-ignore
    await writeFile(join(out, `${name}.files.txt`), await fileList(files));
    const parts = await shippedParts(root, await builtLicences(root), nodeFolder(processor));
    await writeFile(join(out, `${name}.cdx.json`), sbom({ name: packageNames.headless, version, time, parts }));
    await moved(deb, join(out, `${name}.deb`));
    console.log(resolve(out, `${name}.deb`));
    return 0;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Into its place by a rename, also from another file system. */
async function moved(from: string, to: string): Promise<void> {
  await writeFile(`${to}.new`, await readFile(from));
  await rename(`${to}.new`, to);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const problem = asProblem(error);
  console.error(`${problem.title}: ${problem.detail}${problem.fix ? `\n${problem.fix}` : ''}`);
  process.exitCode = 1;
}
