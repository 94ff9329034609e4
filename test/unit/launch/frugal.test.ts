import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { allocator } from '../../../main/contract/allocator.ts';
import { plainEnvironment } from '../../../main/backend/process.ts';
import { allocator as launched } from '../../../main/launch/allocator.mjs';
import { oneByte } from '../../../main/launch/one-byte.mjs';

const root = join(import.meta.dirname, '../../..');

test('every way of starting Hearth gives the backend the same allocator, and programs of others do not inherit it', () => {
  expect(launched).toEqual(allocator);
  const service = readFileSync(join(root, 'assets/box/tree/etc/systemd/system/hearth.service'), 'utf8');
  for (const [name, value] of Object.entries(allocator)) expect(service).toMatch(new RegExp(`^Environment=.*\\b${name}=${value}\\b`, 'm')); // prettier-ignore
  expect(plainEnvironment({ ...allocator, HOME: '/home/me' })).toMatchObject({ HOME: '/home/me' });
  expect(Object.keys(plainEnvironment({ ...allocator }))).not.toContain('MALLOC_ARENA_MAX');
}); // prettier-ignore

test('programs in ASCII say the same', () => {
  const said = '"é – “𐍈”" + `→ ${"☃"}` + /[ä☃]/u.source + ({ größe: "\\n" }).größe';
  const plain = oneByte(said);
  expect(plain).toMatch(/^[\0-\x7f]*$/);
  // A pattern's source keeps its escapes; all else is equal.
  expect(plain).not.toBe(said);
  const value = (code: string): string => String(runInNewContext(`(${code})`)).replaceAll(/\\u([0-9a-f]{4})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))); // prettier-ignore
  expect(value(plain)).toBe(value(said));
  expect(runInNewContext(oneByte('/^[☃ä]+$/u.test("ä☃")'))).toBe(true);
});
