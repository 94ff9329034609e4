import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { appFiles } from '../../backend/boxes/image/app-files.ts';
import type { SystemFile } from '../../backend/boxes/image/app-files.ts';
import { nodeFolder } from '../../backend/boxes/image/app-modules.ts';
import { allocator } from '../../contract/allocator.ts';
import { about, packageNames } from '../../../provisioning/packaging/about.ts';
import type { Processor } from '../../../provisioning/packaging/about.ts';
import { copyrightFile, debianChangelog } from '../../../provisioning/packaging/debian.ts';
import { manPage } from '../../../provisioning/packaging/man.ts';
import type { HelpTexts } from '../../../provisioning/packaging/man.ts';
import { metainfo, releasesOf } from '../../../provisioning/packaging/metainfo.ts';
import { sbom } from '../../../provisioning/packaging/sbom.ts';
import { stickHelperProgram } from '../../../provisioning/packaging/stick-helper.ts';
import { iconSizes, png } from './icons.ts';
import { builtLicences, licenceText, shippedParts } from './shipped.ts';

export interface TreeInput {
  /** The project. */
  root: string;
  version: string;
  processor: Processor;
  help: HelpTexts;
  /** Seconds since 1970: the day of the man page and the SBOM. */
  time: number;
}

/** Where both packages have Hearth's Node programs: below /usr/lib/hearth, or in the app's resources. */
const home = '/usr/lib/hearth';
/** What starts the command line. */
const launcher = `#!/bin/sh\nexport ${Object.entries(allocator)
  .map((each) => each.join('='))
  .join(' ')}\nexec ${home}/bin/node --enable-source-maps ${home}/out/main/cli.js "$@"\n`;

/** A gzip without a time or a name in it, so that it is the same each time. */
const zipped = (text: string): Uint8Array => gzipSync(text, { level: 9 });
const day = (time: number): string => new Date(time * 1000).toISOString().slice(0, 10);

/** What lies beside the program wherever a Linux desktop has it: entry, metainfo, types, icons, policy, man page. */
export async function desktopFiles({ root, version, help, time }: Omit<TreeInput, 'processor'>): Promise<SystemFile[]> {
  const packaging = join(root, 'provisioning/packaging');
  const text = (name: string): Promise<string> => readFile(join(packaging, name), 'utf8');
  const entry = await text(`files/${about.id}.desktop`);
  const mimeTypes = /^MimeType=(.*);$/m.exec(entry)?.[1]?.split(';') ?? [];
  const releases = releasesOf(await readFile(join(root, 'CHANGELOG.md'), 'utf8'), day(time));
  const at = (path: string, content: string | Uint8Array, run = false): SystemFile => ({ path, run, from: { bytes: typeof content === 'string' ? Buffer.from(content) : content } }); // prettier-ignore
  const svg = await text('icons/hearth.svg');
  const icons: SystemFile[] = [];
  for (const size of iconSizes) icons.push(at(`usr/share/icons/hicolor/${size}x${size}/apps/${about.id}.png`, await png(svg, size))); // prettier-ignore
  return [
    at(`usr/share/applications/${about.id}.desktop`, entry),
    at(`usr/share/metainfo/${about.id}.metainfo.xml`, metainfo(releases, { mimeTypes })),
    at('usr/share/mime/packages/hearth.xml', await text('files/hearth-mime.xml')),
    at('usr/share/polkit-1/actions/dev.hearth.policy', await text('files/dev.hearth.policy')),
    at('usr/share/man/man1/hearth.1.gz', zipped(manPage(help, { version, date: day(time) }))),
    at(`usr/share/icons/hicolor/scalable/apps/${about.id}.svg`, svg),
    at(`usr/share/icons/hicolor/symbolic/apps/${about.id}-symbolic.svg`, await text('icons/hearth-symbolic.svg')),
    at('usr/share/icons/hicolor/scalable/mimetypes/application-vnd.hearth.lab-pack.svg', await text('icons/lab.svg')),
    at('usr/share/icons/hicolor/scalable/mimetypes/application-vnd.hearth.lab+yaml.svg', await text('icons/lab.svg')),
    at(
      'usr/share/icons/hicolor/scalable/mimetypes/application-vnd.hearth.machine.svg',
      await text('icons/machine.svg'),
    ),
    ...icons,
  ];
}

/** Every file of the Debian package that has no window of its own, by path. */
export async function headlessTree(input: TreeInput): Promise<SystemFile[]> {
  const { root, version, processor, time } = input;
  const packaging = join(root, 'provisioning/packaging');
  const licences = await builtLicences(root);
  const parts = await shippedParts(root, licences, nodeFolder(processor));
  const doc = `usr/share/doc/${packageNames.headless}`;
  const made = (path: string, content: string | Uint8Array, run = false): SystemFile => ({ path, run, from: { bytes: typeof content === 'string' ? Buffer.from(content) : content } }); // prettier-ignore
  const copied = async (path: string, name: string): Promise<SystemFile> => made(path, await readFile(join(packaging, 'files', name))); // prettier-ignore
  const guides = (await readdir(join(root, 'docs'), { recursive: true })).filter((name) => name.endsWith('.md'));
  const files = [
    ...(await appFiles(root, new Map(), { node: nodeFolder(processor) })),
    ...(await desktopFiles(input)),
    made('usr/bin/hearth', launcher, true),
    made('usr/libexec/hearth/stick-helper', stickHelperProgram(home), true),
    await copied('usr/lib/systemd/user/hearth.service', 'hearth.service'),
    await copied('usr/lib/systemd/system/hearth-server.service', 'hearth-server.service'),
    await copied('usr/lib/sysusers.d/hearth-server.conf', 'hearth-server.sysusers'),
    await copied(`usr/share/lintian/overrides/${packageNames.headless}`, 'lintian-overrides'),
    made(`${doc}/copyright`, copyrightFile(parts, new Date(time * 1000).getUTCFullYear())),
    made(`${doc}/changelog.gz`, zipped(debianChangelog(releasesOf(await readFile(join(root, 'CHANGELOG.md'), 'utf8'), day(time))))),
    made(`${doc}/licences.txt.gz`, zipped(licenceText(licences))),
    made(`${doc}/sbom.cdx.json.gz`, zipped(sbom({ name: packageNames.headless, version, time, parts }))),
    made(`${doc}/README.md.gz`, zipped(await readFile(join(root, 'README.md'), 'utf8'))),
    ...(await Promise.all(guides.map(async (name) => made(`${doc}/docs/${name}.gz`, zipped(await readFile(join(root, 'docs', name), 'utf8')))))),
  ]; // prettier-ignore
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
