import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { labJsonSchema } from '../../../../main/backend/labs/file/json-schema.ts';
import { readLab } from '../../../../main/backend/labs/file/read.ts';
import { labText } from './lab.ts';

const folder = join(import.meta.dirname, '../../../../assets/labs');
const published = join(folder, 'lab.schema.json');

test('the published schema is that of the contract; `vitest -u` writes it anew', async () => {
  await expect(`${JSON.stringify(labJsonSchema(), undefined, 2)}\n`).toMatchFileSnapshot(published);
});

test('every shipped lab fits it and has no findings, and its folder is called as it is', async () => {
  const valid = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(published, 'utf8')) as object);
  const files = globSync('*/lab.yaml', { cwd: folder });
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const text = readFileSync(join(folder, file), 'utf8');
    expect([file, valid(parse(text)), valid.errors]).toEqual([file, true, null]);
    const { lab, findings } = await readLab(text);
    expect([file, findings]).toEqual([file, []]);
    expect(file).toBe(join(lab?.metadata.name ?? '', 'lab.yaml'));
  }
  expect(valid(parse(labText()))).toBe(true);
  expect(valid(parse(labText({ machines: [{ name: 'web', memory: 'lots' }] })))).toBe(false);
  expect(valid(parse(labText({ machine: [] })))).toBe(false);
});
