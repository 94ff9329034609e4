import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readLab } from '../../../../main/backend/labs/file/read.ts';
import { openLibrary } from '../../../../main/backend/labs/library/library.ts';
import type { Library, LibraryLab } from '../../../../main/backend/labs/library/library.ts';
import { createOwnLabs } from '../../../../main/backend/labs/library/own.ts';
import type { OwnLabs } from '../../../../main/backend/labs/library/own.ts';
import { readPack } from '../../../../main/backend/labs/packs/read.ts';
import { writePack } from '../../../../main/backend/labs/packs/write.ts';
import type { FetchImage } from '../../../../main/backend/labs/packs/write.ts';
import type { TaskHandle } from '../../../../main/backend/tasks/tasks.ts';
import { padded, tarEnd, tarHeader } from '../../../../main/backend/transfer/file/tar.ts';
import type { LabFile } from '../../../../main/contract/labs/file.ts';
import type { LabPreview } from '../../../../main/contract/labs/run.ts';
import { asProblem } from '../../../../main/contract/problem.ts';
import { silentLog } from '../../../support/boxes/silent-log.ts';
import { labText } from './lab.ts';

const signal = new AbortController().signal;
const task: TaskHandle = { id: 'a', signal, update: () => undefined, step: () => undefined, expect: () => undefined, endStep: () => undefined }; // prettier-ignore
const sha = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');
const problem = (work: Promise<unknown>) => work.then(() => Promise.reject(new Error('it worked')), asProblem);

let place: string;
let own: string;
let library: Library;
let labs: OwnLabs;
let pack: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'hearth-packs-'));
  own = join(place, 'own');
  pack = join(place, 'a.hearthlab');
  library = openLibrary({ shipped: join(place, 'shipped'), own, development: () => undefined, log: silentLog });
  labs = createOwnLabs(own, library, silentLog);
});
afterEach(() => {
  labs.bin.close();
  library.close();
  rmSync(place, { recursive: true, force: true });
});
const preview = (entry: { name: string }): Promise<LabPreview> => Promise.resolve({ row: { name: entry.name } } as LabPreview); // prettier-ignore
const look = (path = pack) => labs.look({ path }, preview, signal);
const keep = (token: string) => labs.keep(token, { signal, onProgress: () => undefined });

/** Everything below the folder of own labs, with its content. */
const kept = (): Record<string, string> =>
  existsSync(own) ? Object.fromEntries(readdirSync(own, { recursive: true, withFileTypes: true }).filter((each) => each.isFile()).map((each) => [join(each.parentPath, each.name).slice(own.length + 1), readFileSync(join(each.parentPath, each.name), 'latin1')])) : {}; // prettier-ignore

async function labIn(
  folder: string,
  text: string,
  files: Record<string, string> = {},
): Promise<LibraryLab & { lab: LabFile }> {
  // prettier-ignore
  for (const [name, content] of Object.entries({ 'lab.yaml': text, ...files })) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const { lab, findings } = await readLab(text);
  if (!lab) throw new Error(JSON.stringify(findings));
  return { name: lab.metadata.name, origin: 'own', folder, text, findings, lab };
}
const noFetch: FetchImage = () => Promise.reject(new Error('nothing is fetched'));
const write = async (text: string, files: Record<string, string> = {}, more: { images?: boolean; fetch?: FetchImage } = {}) =>
  writePack(await labIn(join(place, 'from'), text, files), pack, { images: false, fetch: noFetch, version: '1', ...more }, task); // prettier-ignore

describe('a pack that is right', () => {
  test('brings the lab, its files and its own images; another folder of them is the same', async () => {
    const image = 'QFI disk';
    const text = labText({ images: [{ name: 'starter', file: 'images/a.qcow2', sha256: sha(image) }] });
    const files = { 'README.md': 'Read me', 'files/pictures/a.png': '\u0000\u0001', 'images/a.qcow2': image };
    await write(text, { ...files, 'notes.txt': 'of the author', '.git/config': 'x', 'files/.hidden': 'x' });
    expect(readFileSync(pack).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
    const found = await look();
    expect(found).toMatchObject({ preview: { row: { name: 'small' } }, findings: [] });
    expect(kept()).toEqual({});
    await keep(found.token);
    expect(kept()).toEqual(Object.fromEntries(Object.entries({ 'lab.yaml': text, ...files }).map(([name, content]) => [`small/${name}`, content]))); // prettier-ignore
    expect((await library.get('small')).origin).toBe('own');
    // Kept once, forgotten then.
    expect(await problem(keep(found.token))).toMatchObject({ code: 'lab-import-forgotten' });
  });
  test('a small one may come as bytes, as a browser sends it', async () => {
    await write(labText(), { 'README.md': 'Read me' });
    const found = await labs.look({ pack: readFileSync(pack).toString('base64') }, preview, signal);
    rmSync(pack);
    await keep(found.token);
    expect(Object.keys(kept())).toEqual(['small/README.md', 'small/lab.yaml']);
    const cut = readFileSync(join(own, 'small/lab.yaml')).toString('base64');
    expect(await problem(labs.look({ pack: cut }, preview, signal))).toMatchObject({ code: 'lab-pack-damaged' });
  });
  test('one that is there is replaced as a whole, and said before', async () => {
    await write(labText(), { 'README.md': 'old' });
    await keep((await look()).token);
    rmSync(join(place, 'from'), { recursive: true });
    await write(labText({ metadata: { name: 'small', title: 'Newer', summary: 'x', minutes: 1, level: 'beginner', version: '2' } })); // prettier-ignore
    const found = await look();
    expect(found.replaces).toEqual({ version: '1', origin: 'own' });
    await keep(found.token);
    expect(Object.keys(kept())).toEqual(['small/lab.yaml']);
    expect((await library.get('small')).lab?.metadata.title).toBe('Newer');
    const id = await labs.remove('small');
    await expect(library.get('small')).rejects.toMatchObject({ problem: { code: 'lab-not-found' } });
    expect(Object.keys(kept()).sort()).toEqual([`.bin/${id}/entry.json`, `.bin/${id}/lab/lab.yaml`]);
    const over = new AbortController();
    const binned = async () => (await labs.bin.watch(over.signal).next()).value;
    expect(await binned()).toMatchObject([{ id, name: 'small', title: 'Newer' }]);
    // Nothing is run over: a lab of that name came meanwhile.
    await keep((await look()).token);
    expect(await problem(labs.bin.restore(id))).toMatchObject({ code: 'already-exists' });
    await labs.bin.purge(await labs.remove('small'));
    expect(await labs.bin.restore(id)).toBe('small');
    expect(Object.keys(kept())).toEqual(['small/lab.yaml']);
    expect((await library.get('small')).lab?.metadata.title).toBe('Newer');
    expect(await binned()).toEqual([]);
    expect(await problem(labs.bin.restore(id))).toMatchObject({ code: 'not-in-bin' });
    expect(await problem(labs.bin.purge(id))).toMatchObject({ code: 'not-in-bin' });
    over.abort();
  });
  test('a deleted lab is purged after seven days, and what holds no lab goes', async () => {
    const day = 86_400_000;
    const put = (id: string, until: number, lab: boolean): void => {
      mkdirSync(join(own, '.bin', id, ...(lab ? ['lab'] : [])), { recursive: true });
      const at = new Date(until - 7 * day).toISOString();
      writeFileSync(join(own, '.bin', id, 'entry.json'), JSON.stringify({ version: 1, name: id, title: id, deletedAt: at, until: new Date(until).toISOString() })); // prettier-ignore
    };
    put('due', Date.now() - 1000, true);
    put('stays', Date.now() + day, true);
    put('half', Date.now() + day, false);
    const before = new Date(Date.now() - day);
    utimesSync(join(own, '.bin', 'half'), before, before);
    put('begun', Date.now() + day, false);
    const other = createOwnLabs(own, library, silentLog);
    await expect.poll(() => readdirSync(join(own, '.bin'))).toEqual(['begun', 'stays']);
    other.bin.close();
  });
  test('images of addresses are put in where that is wanted, and compared with their digest', async () => {
    const url = 'https://cloud.example.org/a.qcow2';
    const of = (sha256: string) => labText({ images: [{ name: 'starter', url, sha256 }] });
    const asked: string[] = [];
    const fetch: FetchImage = (from, path) => {
      asked.push(from);
      writeFileSync(path, 'image');
      return Promise.resolve();
    };
    await write(of(sha('image')), {}, { fetch });
    expect([asked, (await readPack(pack, { signal })).manifest.images]).toEqual([[], [{ name: 'starter', sha256: sha('image'), from: url }]]); // prettier-ignore
    await write(of(sha('image')), {}, { images: true, fetch });
    expect(asked).toEqual([url]);
    await keep((await look()).token);
    expect(kept()[`small/images/${sha('image')}`]).toBe('image');
    const before = readFileSync(pack);
    expect(await problem(write(of(sha('another')), {}, { images: true, fetch }))).toMatchObject({
      code: 'lab-image-wrong',
    });
    expect(readFileSync(pack)).toEqual(before);
    expect(readdirSync(place).sort()).toEqual(['a.hearthlab', 'from', 'own']);
  });
  test('links and odd names are not given away', async () => {
    mkdirSync(join(place, 'from/files'), { recursive: true });
    symlinkSync('/etc/passwd', join(place, 'from/files/passwd'));
    symlinkSync('/etc', join(place, 'from/files/etc'));
    await write(labText());
    expect((await readPack(pack, { signal })).manifest.files.map(({ name }) => name)).toEqual(['lab.yaml']);
    expect(await problem(write(labText(), { 'files/a b.txt': 'x' }))).toMatchObject({ code: 'lab-file-name' });
    rmSync(join(place, 'from'), { recursive: true });
    const text = labText({ images: [{ name: 'starter', file: 'images/a.qcow2', sha256: sha('x') }] });
    expect(await problem(write(text))).toMatchObject({ code: 'lab-image-missing' });
  });
});

interface Entry {
  name: string;
  content: string | Buffer;
  /** Of the tar header. */
  type?: string;
}
const tar = (entries: Entry[], end: Buffer = tarEnd): Buffer =>
  Buffer.concat([
    ...entries.flatMap(({ name, content, type }) => {
      const data = Buffer.from(content);
      const head = tarHeader(name, data.length, new Date(0));
      if (type !== undefined) {
        head.write(type, 156);
        head.write('        ', 148);
        const sum = head.reduce((total, byte) => total + byte, 0);
        head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
      }
      return [head, data, Buffer.alloc(padded(data.length) - data.length)];
    }),
    end,
  ]);
const lab: Entry = { name: 'lab.yaml', content: labText() };
const fileOf = ({ name, content }: Entry) => ({ name, size: Buffer.from(content).length, sha256: sha(content) });
/** A pack by hand: its entries, and a manifest that tells of them where it is not told otherwise. */
const packed = (entries: Entry[], manifest: object = {}, more: { end?: Buffer } = {}): Buffer => {
  const told = { format: 'hearth-lab', version: 1, made: '2026-01-01T00:00:00Z', by: 'a test', lab: { name: 'small', title: 'Small', version: '1' }, files: entries.map(fileOf), images: [], ...manifest }; // prettier-ignore
  return gzipSync(tar([{ name: 'manifest.json', content: JSON.stringify(told) }, ...entries], more.end));
};
const file = (name: string, content = 'x'): Entry => ({ name, content });
const good = packed([lab]);

describe('a pack of a stranger is refused, and nothing of it is written', () => {
  const zeros = (size: number) => ({ name: 'images/a', size, sha256: sha('x') });
  test.each<[string, () => Buffer, string, RegExp]>([
    ['a path upwards', () => packed([lab, file('files/../../../a')]), 'lab-pack-damaged', /may have: "files\/\.\.\/\.\.\/\.\.\/a"/],
    ['a path upwards that only the archive has', () => packed([lab, file('../a')], { files: [fileOf(lab), fileOf(file('files/a'))] }), 'lab-pack-damaged', /name that is not possible: "\.\.\/a"/],
    ['a path from the root', () => packed([lab, file('/etc/passwd')]), 'lab-pack-damaged', /may have: "\/etc/],
    ['a path with backslashes', () => packed([lab, file('files\\..\\a')]), 'lab-pack-damaged', /no pack may have/],
    ['a device of Windows', () => packed([lab, file('files/NUL.txt')]), 'lab-pack-damaged', /no pack may have/],
    ['a file elsewhere', () => packed([lab, file('bin/a')]), 'lab-pack-damaged', /no pack may have/],
    ['a hidden file', () => packed([lab, file('files/.bashrc')]), 'lab-pack-damaged', /no pack may have/],
    ['a link', () => packed([lab, { ...file('files/a', ''), type: '2' }]), 'lab-pack-damaged', /no plain file: "files\/a"/],
    ['a hard link', () => packed([lab, { ...file('files/a', ''), type: '1' }]), 'lab-pack-damaged', /no plain file/],
    ['a device', () => packed([lab, { ...file('files/a', ''), type: '3' }]), 'lab-pack-damaged', /no plain file/],
    ['a long name of GNU tar', () => packed([lab, { ...file('files/a', 'x'.repeat(5000)), type: 'L' }]), 'lab-pack-damaged', /no plain file/],
    ['an extended header', () => packed([lab, { ...file('files/a', '30 path=../../a\n'), type: 'x' }]), 'lab-pack-damaged', /no plain file/],
    ['the same name twice', () => packed([lab, file('files/a'), file('files/a', 'y')]), 'lab-pack-damaged', /files\/a twice/],
    ['the same name but for its case', () => packed([lab, file('files/a'), file('files/A')]), 'lab-pack-damaged', /files\/A twice/],
    ['a wrong checksum', () => packed([lab, file('files/a')], { files: [fileOf(lab), { ...fileOf(file('files/a')), sha256: sha('y') }] }), 'lab-pack-damaged', /files\/a was changed/],
    ['a wrong size', () => packed([lab, file('files/a')], { files: [fileOf(lab), { ...fileOf(file('files/a')), size: 2 }] }), 'lab-pack-damaged', /where its manifest tells of/],
    ['more than its manifest tells of', () => packed([lab, file('files/a')], { files: [fileOf(lab)] }), 'lab-pack-damaged', /more in it than/],
    ['less than its manifest tells of', () => packed([lab], { files: [lab, file('files/a')].map(fileOf) }), 'lab-pack-damaged', /ends before files\/a/],
    ['another order', () => packed([file('files/a'), lab]), 'lab-pack-damaged', /does not begin with lab\.yaml/],
    ['no manifest', () => gzipSync(tar([lab])), 'lab-pack-damaged', /does not begin with its manifest/],
    ['a manifest that is no JSON', () => gzipSync(tar([{ name: 'manifest.json', content: '{' }, lab])), 'lab-pack-damaged', /no JSON/],
    ['a manifest with more in it', () => packed([lab], { run: 'rm' }), 'lab-pack-damaged', /run/],
    ['another version', () => packed([lab], { version: 2, everything: 'else' }), 'lab-pack-version', /version 2; this Hearth reads version 1/],
    ['another lab than it tells of', () => packed([lab], { lab: { name: 'other', title: 'x', version: '1' } }), 'lab-pack-damaged', /tells of the lab "other"/],
    ['an image that nobody uses', () => packed([lab, file('images/a')]), 'lab-pack-damaged', /knows nothing of images\/a/],
    ['no archive', () => gzipSync('hello'), 'lab-pack-damaged', /ends in the middle/],
    ['nothing', () => gzipSync(''), 'lab-pack-damaged', /ends in the middle/],
    ['a broken header', () => { const bytes = gunzipSync(good); bytes[0] = 65; return gzipSync(bytes); }, 'lab-pack-damaged', /wrong checksum/],
    ['a file that was cut', () => good.subarray(0, good.length - 20), 'lab-pack-damaged', /cannot be unpacked/],
    ['a file that was cut at its end', () => good.subarray(0, good.length - 4), 'lab-pack-damaged', /cannot be unpacked/],
    ['a bit that fell over', () => { const bytes = Buffer.from(good); bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 16; return bytes; }, 'lab-pack-damaged', /./],
    ['a lab file that is too large', () => packed([{ name: 'lab.yaml', content: 'x'.repeat(600_000) }]), 'lab-pack-too-large', /lab\.yaml has 600000 bytes/],
    ['a file that is too large', () => packed([lab], { files: [fileOf(lab), { ...zeros(9 * 2 ** 20), name: 'files/a' }] }), 'lab-pack-too-large', /files\/a has/],
    ['too many files', () => packed([lab], { files: [fileOf(lab), ...Array.from({ length: 300 }, (_each, at) => fileOf(file(`files/${at}`)))] }), 'lab-pack-damaged', /files/],
    ['a manifest that is too large', () => gzipSync(tar([{ name: 'manifest.json', content: ' '.repeat(300_000) }, lab])), 'lab-pack-too-large', /Its manifest has 300000 bytes/],
    ['a bomb that tells its size', () => packed([lab], { files: [fileOf(lab), zeros(40 * 2 ** 30)] }), 'lab-pack-too-large', /would unpack to 429\d+/],
    ['a bomb after its end', () => packed([lab], {}, { end: Buffer.alloc(64 * 2 ** 20) }), 'lab-pack-too-large', /more in it/],
    ['a lab that is not right', () => packed([{ name: 'lab.yaml', content: labText({ steps: [] }) }]), 'lab-file-wrong', /Line \d+/],
    ['a lab that reaches out', () => packed([{ name: 'lab.yaml', content: labText({ objects: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } }] }) }]), 'lab-file-wrong', /whole cluster/],
  ])('%s', async (_what, bytes, code, detail) => {
    writeFileSync(pack, bytes());
    const memory = process.memoryUsage.rss();
    const found = await problem(look());
    expect([found.code, found.detail]).toEqual([code, expect.stringMatching(detail)]);
    expect(process.memoryUsage.rss() - memory).toBeLessThan(150 * 2 ** 20);
    expect(existsSync(own)).toBe(false);
    expect(readdirSync(place)).toEqual(['a.hearthlab']);
  }); // prettier-ignore

  test('one that became another since it was looked at', async () => {
    writeFileSync(pack, good);
    const { token } = await look();
    writeFileSync(pack, packed([lab, file('files/a')]));
    expect(await problem(keep(token))).toMatchObject({ code: 'lab-file-changed' });
    writeFileSync(pack, good.subarray(0, 300));
    expect(await problem(keep(token))).toMatchObject({ code: 'lab-pack-damaged' });
    expect([kept(), existsSync(join(own, 'small'))]).toEqual([{}, false]);
  });
  test('one that was stopped in the middle leaves the old one as it was', async () => {
    await write(labText(), { 'README.md': 'old' });
    await keep((await look()).token);
    const before = kept();
    writeFileSync(pack, packed([lab, file('files/a', 'new')]));
    const { token } = await look();
    const stop = new AbortController();
    const stopped = labs.keep(token, { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(stopped).rejects.toThrow(/abort/i);
    expect(kept()).toEqual(before);
  });
  test('a lab file that needs its pack', async () => {
    writeFileSync(
      join(place, 'lab.yaml'),
      labText({ images: [{ name: 'starter', file: 'images/a', sha256: sha('x') }] }),
    );
    expect(await problem(look(join(place, 'lab.yaml')))).toMatchObject({ code: 'lab-image-missing' });
  });
});

test('an end in the middle of a replacement: the old lab comes back, half of a new one goes', async () => {
  await write(labText(), { 'README.md': 'old' });
  await keep((await look()).token);
  const before = kept();
  const later = openLibrary({ shipped: join(place, 'shipped'), own, development: () => undefined, log: silentLog });
  rmSync(join(place, 'moved'), { recursive: true, force: true });
  mkdirSync(join(own, '.small.01234567.new'));
  writeFileSync(join(own, '.small.01234567.new/lab.yaml'), 'half');
  const { renameSync } = await import('node:fs');
  renameSync(join(own, 'small'), join(own, '.small.89abcdef.old'));
  expect((await later.all()).map(({ name }) => name)).toEqual(['small']);
  later.close();
  expect(kept()).toEqual(before);
});
