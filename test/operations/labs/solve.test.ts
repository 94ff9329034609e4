import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryDataDir } from '../../support/hearth.ts';
import { hearthCommand } from '../../support/labs/cli.ts';
import { starterImage } from '../../support/starter.ts';

// Every shipped lab is solved by its own script, by the command that authors use. Who adds a folder to assets/labs has
// nothing to add here. HEARTH_TEST_LABS names some of them: `first-vm,networks`.

const root = join(import.meta.dirname, '../../..');
const shipped = join(root, 'assets/labs');
const wanted = process.env['HEARTH_TEST_LABS']?.split(',');
/** Images from the internet, and hours of work for a guest: only where it is asked for by name. */
const large = (name: string): boolean =>
  /^ *- \{ name: \S+, use: (?!starter\b)/m.test(readFileSync(join(shipped, name, 'lab.yaml'), 'utf8'));
const labs = readdirSync(shipped).filter((name) => existsSync(join(shipped, name, 'lab.yaml')) && (wanted?.includes(name) ?? !large(name))); // prettier-ignore

/** Milliseconds for one lab. */
const limit = 900_000;
const data = temporaryDataDir();
beforeAll(async () => {
  const image = await starterImage();
  for (const from of [image, image.replace(/qcow2$/, 'json')]) cpSync(from, join(data.path, 'starter', basename(from)));
}, 180_000);
afterAll(() => data.remove());

test('there are labs', () => expect(labs.length).toBeGreaterThan(0));

test('what hearth lab new writes is solved', { timeout: limit }, async () => {
  const folder = join(data.path, 'new-lab');
  expect(await hearthCommand(['lab', 'new', folder])).toMatchObject({ code: 0 });
  const { code, out, err } = await hearthCommand(['lab', 'solve', folder, '--data-dir', data.path], { limit });
  expect([code, err]).toEqual([0, err]);
  expect(out).toContain('hello: 1 of 1 red before, all green after');
});

test.each(labs)('%s: each step is red before its solution and green after', { timeout: limit }, async (name) => {
  const { code, out, err } = await hearthCommand(
    ['lab', 'solve', join(shipped, name, 'lab.yaml'), '--data-dir', data.path],
    { limit },
  );
  console.log(`${name}\n${out}${err}`);
  if (code === 3) {
    // What this target cannot do is told, and nothing was started.
    expect(out).toMatch(/^ *\d+\.\d s {2}not possible here: .+/m);
    return expect.soft(out).not.toContain('runs:');
  }
  expect([code, err]).toEqual([0, err]);
  const told = out.split('\n').map((line) => line.replace(/^ *\d+\.\d s {2}/, ''));
  const steps = Number(/runs: (\d+) steps/.exec(out)?.[1]);
  expect(told.filter((line) => /: (nothing to check|\d+ of \d+ red before, all green after)$/.test(line))).toHaveLength(steps); // prettier-ignore
  expect(told.slice(-3)).toEqual(['finished', 'ended', '']);
});
