import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hearthCommand } from '../../support/labs/cli.ts';
import type { Ended } from '../../support/labs/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-lab-commands-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const lab = (...args: string[]): Promise<Ended> => hearthCommand(['lab', ...args], { cwd: folder });
const head = 'apiVersion: labs.hearth.dev/v1\nkind: Lab\nmetadata: { name: a, title: A, summary: A., minutes: 1, level: beginner }\n'; // prettier-ignore
const steps = 'steps: [{ id: one, title: One, text: Hello }]\n';

test('new writes a lab that validates, and never writes over one', { timeout: 120_000 }, async () => {
  expect(await lab('new', 'my-lab')).toMatchObject({ code: 0, out: expect.stringContaining('my-lab/lab.yaml') });
  const text = readFileSync(join(folder, 'my-lab/lab.yaml'), 'utf8');
  expect(text).toContain('name: my-lab');
  expect(await lab('validate', 'my-lab')).toMatchObject({ code: 0, out: expect.stringMatching(/1 steps?, is right\n$/), err: '' }); // prettier-ignore
  expect(await lab('new', 'my-lab')).toMatchObject({ code: 2, err: expect.stringContaining('is there already') });
  expect(readFileSync(join(folder, 'my-lab/lab.yaml'), 'utf8')).toBe(text);
  expect(await lab('new', 'My Lab')).toMatchObject({ code: 2, err: expect.stringContaining('cannot be the name of a lab') }); // prettier-ignore
});

describe('validate tells each mistake as FILE:LINE:COLUMN, with the path in the file', () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]', ...'bcdefghij'.split('').map((name, at) => `${name}: &${name} [${Array(10).fill(`*${'abcdefghi'[at]}`).join(',')}]`)].join('\n'); // prettier-ignore
  const wrong: Record<string, [text: string, told: RegExp]> = {
    'schema.yaml': [`${head}machines:\n  - name: web\n    memory: lots\n${steps}`, /^schema\.yaml:6:5: error: .+ \(machines\.0\.memory\)$/m],
    'unknown.yaml': [`${head}machine: []\n${steps}`, /^unknown\.yaml:4:1: error: "machine" is not known here\. Is "machines" meant\? \(machine\)$/m],
    'twice.yaml': [`${head}machines:\n  - { name: a, disk: 16Mi }\n  - { name: a, disk: 16Mi }\n${steps}`, /^twice\.yaml:6:7: error: There is a machine "a" already\. \(machines\.1\.name\)$/m],
    'key.yaml': [`${head}${steps}${steps}`, /^key\.yaml:4:1: error: "steps" stands here twice\. \(steps\)$/m],
    'escape.yaml': [`${head}objects:\n  - apiVersion: v1\n    kind: ConfigMap\n    metadata:\n      name: a\n      namespace: kube-system\n${steps}`, /^escape\.yaml:9:7: error: Everything of a lab is in its own namespace, lab-a\. \(objects\.0\.metadata\.namespace\)$/m],
    'host.yaml': [`${head}objects:\n  - apiVersion: v1\n    kind: Pod\n    metadata: { name: a }\n    spec:\n      volumes:\n        - hostPath: { path: / }\n${steps}`, /^host\.yaml:10:11: error: Folders and files of the host are out of reach for a lab\. \(objects\.0\.spec\.volumes\.0\.hostPath\)$/m],
    'long.yaml': [`${head}steps: [{ id: one, title: One, text: ${'x'.repeat(20_001)} }]\n`, /^long\.yaml:4:\d+: error: .+ \(steps\.0\.text\)$/m],
    'large.yaml': [`${head}${steps}# ${'x'.repeat(600_000)}`, /^large\.yaml:1:1: error: The file has 600163 bytes; a lab file may have 524288\.$/m],
    'bomb.yaml': [bomb, /^bomb\.yaml:\d+:\d+: error: .*alias/im],
    'deep.yaml': [`a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`, /^deep\.yaml:1:1: error: The file is nested too deeply\.$/m],
    'later.yaml': [head.replace('/v1', '/v9') + steps, /^later\.yaml:1:1: error: The file is written for labs\.hearth\.dev\/v9/m],
    'binary.yaml': ['\u0000\u0001', /^binary\.yaml:\d+:\d+: error: /m],
  }; // prettier-ignore
  let found: Ended;
  beforeAll(async () => {
    for (const [name, [text]] of Object.entries(wrong)) writeFileSync(join(folder, name), text);
    found = await lab('validate', ...Object.keys(wrong));
  });
  test.each(Object.entries(wrong))('%s', (_name, [, told]) => {
    expect(found.out).toMatch(told);
    expect(found.code).toBe(1);
    expect(found.err).toBe('');
  });
});

test('what is no lab is said as wrong usage', { timeout: 120_000 }, async () => {
  mkdirSync(join(folder, 'empty'));
  const commands = [
    ['validate', 'empty'],
    ['solve', join(folder, 'schema.yaml')],
    ['import'],
    ['export'],
    ['demo'],
    ['demo', 'first-vm', '--pace', '11'],
  ];
  const ended = await Promise.all(commands.map((args) => lab(...args)));
  expect(ended.map(({ code, err }) => [code, err.split('\n')[0]])).toEqual([
    [2, expect.stringContaining('there is no empty/lab.yaml')],
    [2, expect.stringContaining('is no name of a lab, no folder of one and no lab.yaml')],
    [2, expect.stringContaining('give a file')],
    [2, expect.stringContaining('name a lab')],
    [2, expect.stringContaining('name a lab')],
    [2, expect.stringContaining('--pace is a number from 0.25 to 10')],
  ]);
});
