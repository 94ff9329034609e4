import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { readCatalogue } from '../../../main/backend/images/catalogue.ts';
import { readDisc } from '../../../main/backend/images/systems/disc.ts';
import { guessByName, knownSystems } from '../../../main/backend/images/systems/guess.ts';
import { identifyAddress, identifyFile } from '../../../main/backend/images/systems/identify.ts';

const run = promisify(execFile);
const assets = join(import.meta.dirname, '../../../assets');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-discs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Disc {
  volume: string;
  publisher?: string;
  files?: Record<string, string>;
  names?: 'rock' | 'joliet' | 'plain';
}
let count = 0;
/** A real disc by xorriso, with the header that the publisher's has. */
async function disc({ volume, publisher, files = { 'readme.txt': 'hello' }, names = 'rock' }: Disc): Promise<string> {
  const tree = join(folder, `tree-${(count += 1)}`);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), text);
  }
  const iso = join(folder, `disc-${count}.iso`);
  const how = { rock: ['-R'], joliet: ['-J', '--norock'], plain: ['--norock'] }[names];
  const who = publisher === undefined ? [] : ['-publisher', publisher];
  await run('xorriso', ['-as', 'mkisofs', '-quiet', '-V', volume, ...who, ...how, '-o', iso, tree], {
    timeout: 30_000,
  });
  return iso;
}

describe('a system is recognised by the header of its disc', () => {
  // Volume ids as the publishers write them.
  it.each<[string, Disc, string]>([
    ['Debian 12.5.0', { volume: 'Debian 12.5.0 amd64 n' }, 'debian'],
    ['Ubuntu 24.04.1', { volume: 'Ubuntu-Server 24.04.1 LTS amd64' }, 'ubuntu'],
    ['Fedora 40', { volume: 'Fedora-S-dvd-x86_64-40' }, 'fedora'],
    ['Fedora 37', { volume: 'Fedora-WS-Live-37-1-7' }, 'fedora'],
    ['Red Hat Enterprise Linux 9.4.0', { volume: 'RHEL-9-4-0-BaseOS-x86_64' }, 'rhel.9'],
    ['CentOS Stream 9', { volume: 'CentOS-Stream-9-BaseOS-x86_64' }, 'centos.stream9'],
    ['Rocky Linux 9.4', { volume: 'Rocky-9-4-x86_64-dvd' }, 'rhel.9'],
    ['AlmaLinux 8.10', { volume: 'AlmaLinux-8-10-x86_64-dvd' }, 'rhel.8'],
    ['Oracle Linux 9.2.0', { volume: 'OL-9-2-0-BaseOS-x86_64' }, 'oraclelinux'],
    ['openSUSE Leap 15.6', { volume: 'openSUSE-Leap-15.6-DVD-x86_64710', publisher: 'SUSE LINUX GmbH' }, 'opensuse.leap'],
    ['openSUSE Tumbleweed', { volume: 'openSUSE-Tumbleweed-NET-x86_64' }, 'opensuse.tumbleweed'],
    ['SUSE Linux Enterprise 15', { volume: 'SLE-15-SP5-Full-x86_64-Media1' }, 'sles'],
    ['Arch Linux 2025.06', { volume: 'ARCH_202506', publisher: 'ARCH LINUX <HTTPS://ARCHLINUX.ORG>' }, 'linux'],
    ['Alpine Linux 3.20.3', { volume: 'alpine-virt 3.20.3 x86_64' }, 'alpine'],
    ['NixOS 24.05', { volume: 'nixos-minimal-24.05-x86_64' }, 'linux'],
    ['FreeBSD 14.1', { volume: '14_1_RELEASE_AMD64_CD' }, 'linux'],
    ['OpenBSD 7.5', { volume: 'OpenBSD/amd64   7.5 Install CD' }, 'linux'],
    ['NetBSD 9.3', { volume: 'NETBSD_93' }, 'linux'],
    ['Linux Mint 21.3', { volume: 'Linux Mint 21.3 Cinnamon 64-bit' }, 'ubuntu'],
    ['Windows', { volume: 'CCCOMA_X64FRE_EN-US_DV9', publisher: 'MICROSOFT CORPORATION' }, 'windows.10'],
    ['Windows Server', { volume: 'SSS_X64FREE_EN-US_DV9', publisher: 'MICROSOFT CORPORATION' }, 'windows.2k22'],
  ])('%s', async (name, made, preference) => {
    const guess = await identifyFile(await disc(made), 'downloaded.iso');
    expect(guess).toMatchObject({ name, preference, from: 'header', evidence: expect.stringContaining(made.volume.slice(0, 12)) });
  }); // prettier-ignore

  it('by the publisher alone, where the label is somebody’s own', async () => {
    const iso = await disc({ volume: 'MYDISC', publisher: 'ARCH LINUX <HTTPS://ARCHLINUX.ORG>' });
    expect(await identifyFile(iso)).toMatchObject({ name: 'Arch Linux', from: 'header' });
  });
});

describe('a system is recognised by a file on its disc', () => {
  it.each<[string, Record<string, string>, string]>([
    ['Debian 13.1.0', { '.disk/info': 'Debian GNU/Linux 13.1.0 "Trixie" - Official amd64 NETINST 20250906-10:22\n' }, '.disk/info'],
    ['Ubuntu 22.04.5', { '.disk/info': 'Ubuntu-Server 22.04.5 LTS "Jammy Jellyfish" - Release amd64 (20240911)\n' }, '.disk/info'],
    ['Fedora 41', { '.treeinfo': '[checksums]\nimages/boot.iso = sha256:0\n\n[general]\narch = x86_64\nfamily = Fedora\nname = Fedora 41\nversion = 41\n' }, '.treeinfo'],
    ['Rocky Linux 9.5', { '.treeinfo': '[general]\nfamily = Rocky Linux\nname = Rocky Linux 9.5\nversion = 9.5\n' }, '.treeinfo'],
    ['CentOS Stream 10', { '.treeinfo': '[general]\nfamily = CentOS Stream\nversion = 10\n' }, '.treeinfo'],
  ])('%s', async (name, files, path) => {
    const guess = await identifyFile(await disc({ volume: 'ISOIMAGE', files }));
    expect(guess).toMatchObject({ name, from: 'file', evidence: expect.stringMatching(new RegExp(`^${path}: .`)) });
  }); // prettier-ignore

  it.each(['rock', 'joliet', 'plain'] as const)('Windows by sources/install.wim, with %s names', async (names) => {
    const iso = await disc({ volume: 'MY_WINDOWS', files: { 'sources/install.wim': 'MSWIM', 'setup.exe': 'MZ' }, names });
    expect(await identifyFile(iso, 'Win11_24H2_English_x64.iso')).toMatchObject({
      name: 'Windows 11',
      preference: 'windows.11',
      from: 'header',
      evidence: expect.stringContaining('sources/install.wim'),
    });
    expect(await identifyFile(iso, 'other.iso')).toMatchObject({ name: 'Windows' });
  }); // prettier-ignore
});

describe('a system is recognised by a name', () => {
  it('every catalogue entry of a system with the preference that the catalogue states', async () => {
    const entries = (await readCatalogue(assets)).filter(({ url, id }) => url && !['netboot-xyz', 'virtio-win'].includes(id));
    // Names that say no more than "mini.iso" or a nickname.
    const silent = ['debian-13-netinst', 'ubuntu-24-04-server-iso'];
    const seen = entries.map(({ id, url }) => ({ id, preference: identifyAddress(url ?? '')?.preference }));
    expect(entries.length).toBeGreaterThan(25);
    expect(seen.filter(({ id }) => !silent.includes(id))).toEqual(
      entries.filter(({ id }) => !silent.includes(id)).map(({ id, preference }) => ({ id, preference })),
    );
  }); // prettier-ignore
  it.each([
    ['https://example.org/iso/debian-13.1.0-amd64-netinst.iso?x=1', 'Debian 13.1.0'],
    ['https://example.org/Win11%5F24H2_English_x64.iso', 'Windows 11'],
    ['https://example.org/a/ubuntu-24.04.3-desktop-amd64.iso', 'Ubuntu 24.04.3'],
    ['https://example.org/FreeBSD-14.3-RELEASE-amd64-disc1.iso', 'FreeBSD 14.3'],
    ['https://example.org/kali-linux-2025.3-installer-amd64.iso', 'Kali Linux 2025.3'],
  ])('%s', (url, name) => {
    expect(identifyAddress(url)).toMatchObject({ name, from: 'name' });
  });
  it('and nothing else', () => {
    for (const name of ['disk.qcow2', 'my-debian.iso', 'photos.iso', '', 'windows.txt.gz'])
      expect(guessByName(name)).toBeUndefined();
  });
});

it('at least twelve systems can be chosen, each with a preference that targets have', () => {
  const bundle = readFileSync(join(assets, 'kubevirt/common-clusterpreferences-bundle-v1.7.0.yaml'), 'utf8');
  const all = new Set(parseAllDocuments(bundle).map((each) => (each.toJS() as { metadata: { name: string } }).metadata.name));
  expect(knownSystems().length).toBeGreaterThanOrEqual(12);
  expect(knownSystems().filter(({ preference }) => !all.has(preference))).toEqual([]);
  expect(new Set(knownSystems().map(({ id }) => id)).size).toBe(knownSystems().length);
}); // prettier-ignore

describe('a header that lies', () => {
  it('is no disc, or a disc of nothing: never a hang, never more than some hundred KiB', async () => {
    const good = await import('node:fs/promises').then(async ({ readFile }) => readFile(await disc({ volume: 'Debian 12.5.0 amd64 n' }))); // prettier-ignore
    for (const [at, value] of [[16 * 2048 + 156 + 2, 0xffffffff], [16 * 2048 + 156 + 10, 0xffffffff], [16 * 2048 + 156 + 2, 16]] as const) {
      const bad = Buffer.from(good);
      bad.writeUInt32LE(value, at);
      let read = 0;
      const facts = await readDisc(async (offset, length) => {
        const part = bad.subarray(offset, offset + length);
        read += length;
        return part;
      });
      expect(facts?.volume).toBe('Debian 12.5.0 amd64 n');
      expect(read).toBeLessThan(1 << 20);
    } // prettier-ignore
    expect(await readDisc(async () => Buffer.alloc(0))).toBeUndefined();
    expect(await readDisc(async (_, length) => Buffer.alloc(length))).toBeUndefined();
  });
});
