import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { writeIso } from '../../../main/embedded/disks/volume/iso9660.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-iso-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const time = new Date('2026-01-02T03:04:05Z');
const files = new Map<string, Uint8Array>([
  ['meta-data', Buffer.from('instance-id: one\n')],
  ['user-data', Buffer.from('#cloud-config\n'.padEnd(5000, 'x'))],
  ['empty', Buffer.alloc(0)],
  [`${'long'.repeat(30)}.conf`, Buffer.from('long')],
  ['openstack/latest/meta_data.json', Buffer.from('{"a":1}')],
  ['openstack/latest/user_data', Buffer.from('hello')],
  ...Array.from({ length: 60 }, (_, index): [string, Uint8Array] => [
    `a rather long name of a file, number ${index}.Config.yaml`,
    Buffer.from(String(index)),
  ]),
]);

/** Reads the tree back with a program that is not ours. */
function extract(image: Buffer, ...options: string[]): (path: string) => Buffer {
  const iso = join(folder, 'image.iso');
  const to = join(folder, `out-${Math.random()}`);
  writeFileSync(iso, image);
  execFileSync(
    'xorriso',
    [
      '-report_about',
      'WARNING',
      '-abort_on',
      'WARNING',
      ...options,
      '-indev',
      iso,
      '-osirrox',
      'on',
      '-extract',
      '/',
      to,
    ],
    { stdio: 'pipe' },
  );
  return (path) => readFileSync(join(to, path));
}

test('has the descriptors where they belong', () => {
  const image = writeIso('cidata', files, time);
  expect(image.toString('latin1', 16 * 2048, 16 * 2048 + 7)).toBe('\x01CD001\x01');
  expect(image.toString('latin1', 17 * 2048, 17 * 2048 + 7)).toBe('\x02CD001\x01');
  expect(image.toString('latin1', 18 * 2048, 18 * 2048 + 7)).toBe('\xffCD001\x01');
  expect(image.toString('latin1', 16 * 2048 + 40, 16 * 2048 + 72)).toBe('cidata'.padEnd(32));
  expect(image.readUInt32LE(16 * 2048 + 80) * 2048).toBe(image.length);
  expect(writeIso('cidata', files, time).equals(image)).toBe(true);
});

test.each([
  ['Rock Ridge', []],
  ['Joliet', ['-read_fs', 'norock']],
])('gives every file back by %s', (_name, options) => {
  const read = extract(writeIso('cidata', files, time), ...options);
  const expected = [...files].filter(([path]) => path.length <= 100 || options.length === 0);
  expect(expected.filter(([path, data]) => !read(path).equals(Buffer.from(data)))).toEqual([]);
});

test('is a disc that file(1)-like tools know by its label', () => {
  const iso = join(folder, 'label.iso');
  writeFileSync(iso, writeIso('config-2', files, time));
  expect(execFileSync('blkid', ['-p', '-o', 'export', iso], { encoding: 'utf8' })).toMatch(
    /LABEL=config-2[\s\S]*TYPE=iso9660/,
  );
});

test('refuses names that no disc can have', () => {
  expect(() => writeIso('x', new Map([['../etc/passwd', Buffer.from('')]]))).toThrow(/cannot be the name/);
  expect(() => writeIso('x', new Map([['n'.repeat(200), Buffer.from('')]]))).toThrow(/cannot be the name/);
});
