import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createConsoleFile } from '../../../main/backend/consoles/console-file.ts';
import { createRing } from '../../../main/backend/consoles/ring.ts';
import { latest, openJsonLines } from '../../../main/backend/json-lines.ts';
import type { JsonLines } from '../../../main/backend/json-lines.ts';
import { lastLines } from '../../../main/backend/log.ts';
import { asProblem } from '../../../main/contract/problem.ts';

const said: string[] = [];
const note = (fields: object, message: string): void => void said.push(`${message} ${JSON.stringify(fields)}`);
const log = { debug() {}, info: note, warn: note, error: note, child: () => log };
const schema = z.object({ n: z.number(), text: z.string().optional() });
let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-lists-'));
  path = join(folder, 'list.jsonl');
  said.length = 0;
});
afterEach(() => rm(folder, { recursive: true }));
const open = (maxBytes = 4096): Promise<JsonLines<{ n: number; text?: string | undefined }>> =>
  openJsonLines({ path, schema, maxBytes, log, againMs: 50 });
const numbers = async (): Promise<number[]> => {
  const list = await open();
  await list.close();
  return list.kept.map(({ n }) => n);
};

describe('damaged lines', () => {
  test('are kept beside, byte by byte, and named; the others stay', async () => {
    const bad = ['{"n":"two"}', 'no json at all', '{"n":4,"te'];
    await writeFile(path, `{"n":1}\n${bad[0]}\n{"n":3}\n${bad[1]}\n${bad[2]}`);
    expect(await numbers()).toEqual([1, 3]);
    const aside = (await readdir(folder)).filter((name) => name.startsWith('list.jsonl.corrupt-'));
    expect(aside).toHaveLength(1);
    expect(await readFile(join(folder, aside[0] ?? ''), 'utf8')).toBe(`${bad.join('\n')}\n`);
    expect(said.join('\n')).toContain(aside[0]);
    // Told once: the next start finds a whole list.
    said.length = 0;
    expect(await numbers()).toEqual([1, 3]);
    expect([said, (await readdir(folder)).length]).toEqual([[], 2]);
  });
  test('a torn last line does not swallow the next one, also while it runs', async () => {
    const list = await open();
    await list.append({ n: 1 });
    await list.close();
    await appendFile(path, '{"n":2');
    const again = await open();
    await again.append({ n: 3 });
    await again.close();
    expect(await numbers()).toEqual([1, 3]);
  });
});

describe('a place that cannot be written', () => {
  test('what was appended meanwhile waits, and is written in its order once it can be', async () => {
    // A folder that is not there stands for a disk that takes nothing; a real full disk: contract/faults/disk-full.
    const within = join(folder, 'in', 'list.jsonl');
    const list = await openJsonLines({ path: within, schema, maxBytes: 4096, log, againMs: 50 });
    await Promise.all([2, 3, 4].map((n) => list.append({ n })));
    expect(said.join('\n')).toContain('could not be written');
    await mkdir(join(folder, 'in'));
    await expect.poll(() => readFile(within, 'utf8').catch(() => '')).toBe('{"n":2}\n{"n":3}\n{"n":4}\n'); // prettier-ignore
    await list.close();
    expect(said.join('\n')).toContain('nothing of it is missing');
  });
  test('only the latest wait, so that memory is bounded', () => {
    expect(latest(['aaaa', 'bb', 'c', 'dd'], 5)).toEqual(['bb', 'c', 'dd']);
    expect(latest(['aaaa'], 3)).toEqual([]);
    expect(latest(['a', 'b'], 9)).toEqual(['a', 'b']);
  });
});

describe('2 GiB of log', () => {
  // Sparse: as long as it says, without taking the room.
  const long = 2 * 2 ** 30 + 4096;
  const huge = async (file: string, end: string): Promise<void> => {
    await writeFile(file, '{"n":0}\n');
    await truncate(file, long);
    await appendFile(file, end);
  };
  /** MiB that the work took at most, looked at every few milliseconds. */
  async function grown(work: () => Promise<void>): Promise<number> {
    const before = process.memoryUsage.rss();
    let most = before;
    const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5);
    await work();
    clearInterval(timer);
    return (Math.max(most, process.memoryUsage.rss()) - before) / 2 ** 20;
  }
  test('of a list: its end is read, it is turned over, memory stays flat', async () => {
    await huge(path, '\n{"n":7}\n{"n":8}\n');
    const used = await grown(async () => {
      const list = await open(64 * 1024);
      expect(list.kept.map(({ n }) => n)).toEqual([7, 8]);
      await list.append({ n: 9 });
      await list.close();
    });
    expect(used).toBeLessThan(64);
    expect(await readFile(path, 'utf8')).toBe('{"n":9}\n');
    expect((await stat(`${path}.1`)).size).toBeGreaterThan(long);
  });
  test('of Hearth itself: the last lines are shown, memory stays flat', async () => {
    await huge(path, '\nbefore\nlast\n');
    const used = await grown(async () => {
      expect(await lastLines(path, 2)).toEqual(['before', 'last']);
    });
    expect(used).toBeLessThan(32);
  });
  test('of a console: it is cut down to what is kept, and goes on', async () => {
    await huge(path, 'what the guest said last');
    const ring = createRing(1024);
    ring.push(Buffer.from('what the guest said last'));
    const used = await grown(async () => {
      const file = createConsoleFile({ path, size: (await stat(path)).size, ring, log });
      ring.push(Buffer.from(', and now'));
      file.heard(Buffer.from(', and now'));
      await file.close();
    });
    expect(await readFile(path, 'utf8')).toBe('what the guest said last, and now');
    expect(used).toBeLessThan(32);
  });
});

test('a console log never grows beyond its bound, and ends with what was said last', async () => {
  const ring = createRing(1000);
  const file = createConsoleFile({ path, size: 0, ring, log });
  let most = 0;
  for (let n = 0; n < 3000; n += 1) {
    const chunk = Buffer.from(`line ${n}\n`);
    ring.push(chunk);
    file.heard(chunk);
    if (n % 50 === 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      most = Math.max(most, (await stat(path).catch(() => ({ size: 0 }))).size);
    }
  }
  await file.close();
  expect(most).toBeLessThan(8 * 1000 + 2000);
  expect((await readFile(path, 'utf8')).endsWith('line 2998\nline 2999\n')).toBe(true);
});

describe('what the system says of a disk', () => {
  const error = (code: string): Error =>
    Object.assign(new Error(`${code}: said`), { code, path: '/data/settings.json' });
  test.each([
    ['ENOSPC', 'disk-full'],
    ['EDQUOT', 'disk-full'],
    ['EROFS', 'disk-read-only'],
  ])('%s is %s, with the file and what to do', (code, problem) => {
    expect(asProblem(error(code))).toMatchObject({
      code: problem,
      detail: expect.stringContaining('/data/settings.json'),
      fix: expect.any(String),
    });
  });
  test('anything else is not', () => {
    expect(asProblem(error('EIO')).code).toBe('unexpected');
  });
});
