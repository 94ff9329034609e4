import { describe, expect, it } from 'vitest';
import type { CatalogueEntry, ImageRow } from '../../../main/contract/image.ts';
import { nameSchema } from '../../../main/contract/machine-ref.ts';
import type { Task } from '../../../main/contract/task.ts';
import {
  filterImages,
  glyphOf,
  groupCatalogue,
  sortImages,
  taskOf,
} from '../../../renderer/features/images/library.ts';
import { checksumOf, fileNameOf, freeImageName, nameOfFile } from '../../../renderer/features/images/names.ts';
import {
  forgetUpload,
  rememberUpload,
  sameFile,
  uploadRecords,
} from '../../../renderer/features/images/upload-records.ts';

const row = (name: string, more: Partial<ImageRow> = {}): ImageRow => ({
  uid: name, namespace: 'hearth-images', name, displayName: name, state: 'ready', kind: 'disk', source: 'here',
  checksumVerified: false, usedBy: [], cloudInit: true, createdAt: '', ...more,
}); // prettier-ignore

describe('names', () => {
  it.each([
    ['Debian-13 generic.amd64.qcow2.xz', 'debian-13-generic-amd64'],
    ['C:\\Users\\me\\Windows 11.vhdx', 'windows-11'],
    ['/srv/noble-server-cloudimg-amd64.img', 'noble-server-cloudimg-amd64'],
    ['...', ''],
    ['___.iso', ''],
    [`${'a'.repeat(80)}.raw`, 'a'.repeat(63)],
  ])('%s', (file, name) => {
    expect(nameOfFile(file)).toBe(name);
    if (name) expect(nameSchema.safeParse(name).success).toBe(true);
  });
  it('reads the file name of an address, and bears nonsense', () => {
    expect(fileNameOf('https://example.org/a/b%20c.qcow2?x=1#y')).toBe('b c.qcow2');
    expect(fileNameOf('https://example.org/dir/')).toBe('dir');
    expect(fileNameOf('https://example.org/%E0%A4%A')).toBe('');
    expect(fileNameOf('nonsense')).toBe('');
  });
  it('finds a free name that is still a name', () => {
    expect(freeImageName('a', new Set(['a', 'a-2']))).toBe('a-3');
    const long = 'b'.repeat(63);
    expect(nameSchema.safeParse(freeImageName(long, new Set([long]))).success).toBe(true);
  });
  it('takes a checksum in every form publishers write it', () => {
    const sha256 = 'AB'.repeat(32);
    const wanted = { value: `sha256:${'ab'.repeat(32)}`, wrong: false };
    for (const text of [sha256, `sha256:${sha256}`, `${sha256}  debian.qcow2`, `SHA256 (x.iso) = ${sha256}\n`])
      expect(checksumOf(text)).toEqual(wanted);
    expect(checksumOf('cd'.repeat(64)).value).toBe(`sha512:${'cd'.repeat(64)}`);
    expect(checksumOf('  ')).toEqual({ wrong: false });
    for (const bad of ['abc', 'ab'.repeat(20), `${'ab'.repeat(32)}f`]) expect(checksumOf(bad).wrong).toBe(true);
  });
});

describe('library', () => {
  it('puts what needs a person first', () => {
    const rows = [row('b'), row('a10'), row('a9'), row('x', { state: 'importing' }), row('z', { state: 'failed' })];
    expect(sortImages(rows).map((each) => each.name)).toEqual(['z', 'x', 'a9', 'a10', 'b']);
  });
  it('filters by every word', () => {
    const rows = [row('deb', { displayName: 'Debian 13', source: 'https://debian.org' }), row('fed', { os: 'Fedora' })];
    expect(filterImages(rows, 'debian 13').map((each) => each.name)).toEqual(['deb']);
    expect(filterImages(rows, 'fedora')).toHaveLength(1);
    expect(filterImages(rows, '')).toHaveLength(2);
  });
  it('finds the task of an image: the running one before the failed one', () => {
    const task = (id: string, state: Task['state'], name = 'deb'): Task => ({
      id, state, type: 'image-import', title: '', object: { kind: 'DataVolume', namespace: 'hearth-images', name },
      steps: [], cancellable: true, startedAt: '',
    }); // prettier-ignore
    expect(taskOf(row('deb'), [task('1', 'failed'), task('2', 'running')])?.id).toBe('2');
    expect(taskOf(row('deb'), [task('1', 'done'), task('2', 'running', 'other')])).toBeUndefined();
  });
  it('groups the catalogue by family and keeps its order', () => {
    const entry = (id: string, family: string, name: string) => ({ id, family, name, version: '1', description: '', kind: 'cloud' }) as CatalogueEntry; // prettier-ignore
    const all = [entry('a', 'debian', 'Debian'), entry('b', 'ubuntu', 'Ubuntu'), entry('c', 'debian', 'Debian sid')];
    expect(groupCatalogue(all, '').map((group) => [group.family, group.entries.length])).toEqual([
      ['debian', 2],
      ['ubuntu', 1],
    ]);
    expect(groupCatalogue(all, 'sid')[0]?.entries.map((each) => each.id)).toEqual(['c']);
  });
  it('draws the same sign for the same image every time', () => {
    expect(glyphOf(row('x', { displayName: 'árbol 2' }), undefined)).toEqual(
      glyphOf(row('y', { displayName: 'árbol 2' }), undefined),
    );
    expect(glyphOf(row('x', { displayName: '...' }), undefined).letters).toBe('?');
  });
});

describe('unfinished uploads', () => {
  const map = new Map<string, string>();
  const storage = {
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
    removeItem: (key: string) => void map.delete(key),
  } as Storage;
  const record = { name: 'a', displayName: 'A', fileName: 'a.iso', size: 10, lastModified: 5 };
  it('are remembered once a name, known again by name and size, and forgotten', () => {
    rememberUpload(storage, record);
    rememberUpload(storage, { ...record, size: 11 });
    rememberUpload(storage, { ...record, name: 'b' });
    expect(uploadRecords(storage).map((each) => [each.name, each.size])).toEqual([
      ['a', 11],
      ['b', 10],
    ]);
    expect(sameFile(record, { name: 'a.iso', size: 10 })).toBe(true);
    expect(sameFile(record, { name: 'a.iso', size: 11 })).toBe(false);
    forgetUpload(storage, 'a');
    expect(uploadRecords(storage).map((each) => each.name)).toEqual(['b']);
  });
  it('bear what cannot be read', () => {
    map.set('hearth.uploads.1', '[{"name":1},null,7]');
    expect(uploadRecords(storage)).toEqual([]);
    map.set('hearth.uploads.1', '{{');
    expect(uploadRecords(storage)).toEqual([]);
  });
});
