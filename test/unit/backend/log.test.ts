import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createLog, rotatingFile } from '../../../main/backend/log.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-log-'));
const path = join(folder, 'hearth.log');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('is turned over when it is full, goes on in a new file, and takes what comes after its end without a word', () => {
  const folderAgain = mkdtempSync(join(tmpdir(), 'hearth-log-'));
  const full = join(folderAgain, 'hearth.log');
  const file = rotatingFile(full);
  file.write('x'.repeat(8 * 1024 * 1024));
  file.write('after\n');
  expect(readFileSync(full, 'utf8')).toBe('after\n');
  expect(statSync(`${full}.1`).size).toBe(8 * 1024 * 1024);
  file.close();
  file.close();
  file.write('too late\n');
  expect(readFileSync(full, 'utf8')).toBe('after\n');
  rmSync(folderAgain, { recursive: true });
});

it('a line that cannot be written brings nothing down', () => {
  const file = rotatingFile('/dev/full');
  expect(() => file.write('a line\n')).not.toThrow();
  file.close();
});

it('blacks out what may be secret', () => {
  const log = createLog({ path, quiet: true });
  log.info({ password: 'open sesame', deep: { token: 'abc' } }, 'said');
  log.close();
  log.info({}, 'later');
  const text = readFileSync(path, 'utf8');
  expect(text).not.toMatch(/sesame|abc|later/);
  expect(text).toContain('[hidden]');
});
