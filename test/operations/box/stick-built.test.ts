import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../../../main/backend/paths.ts';
import { bundleProgram } from '../../../main/launch/bundle.mjs';

const out = join(projectRoot, 'out', 'main');

it('the built helper of sticks is the one that the built programs hand to root', async () => {
  const code = await readFile(join(out, 'stick-helper.js'), 'utf8');
  const sha256 = createHash('sha256').update(code).digest('hex');
  const names = (await readdir(out, { recursive: true })).filter((name) => name.endsWith('.js'));
  const texts = await Promise.all(names.map((name) => readFile(join(out, name), 'utf8')));
  expect(texts.filter((text) => text.includes(sha256))).toHaveLength(1);
  expect(texts.join('')).not.toContain('__STICK_HELPER_SHA256__');
  // Equal sources make equal bytes: whoever doubts a file can build it and compare.
  expect(await bundleProgram('main/stick-helper.ts')).toBe(code);
});
