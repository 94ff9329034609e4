import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { readLab } from '../../../../main/backend/labs/file/read.ts';
import { labText } from './lab.ts';

const guide = readFileSync(join(import.meta.dirname, '../../../../docs/guides/labs.md'), 'utf8');
/** Every example of the guide: the part of a lab file that its fence names, and its text. */
const examples = [...guide.matchAll(/^(`{3,})yaml (\w+)\n([\s\S]*?)\n\1$/gm)].map(([, , part = '', text = '']) => ({
  part,
  text,
}));
const of = (part: string): unknown => parse(examples.find((each) => each.part === part)?.text ?? '');

/** The machines, networks, images and objects of the guide, with one part of it in its place. */
const around = (part: string, value: unknown): Record<string, unknown> => {
  const step = { id: 'one', title: 'One', text: 'Do it.' };
  const makes = {
    id: 'files',
    title: 'Files',
    text: 'They are made.',
    before: [{ export: { machine: 'web', file: 'backup' } }],
  };
  const base = {
    images: [{ name: 'starter', use: 'starter' }],
    networks: of('networks'),
    machines: of('machines'),
    objects: of('objects'),
    variables: of('variables'),
  };
  if (part === 'checks') return { ...base, steps: [makes, { ...step, checks: value }] };
  if (part === 'actions') return { ...base, steps: [makes, { ...step, solution: value }] };
  return { ...base, steps: [makes, step], [part]: value };
};

describe('the guide for authors (docs/guides/labs.md)', () => {
  it('has an example of every part of a file', () => {
    expect(new Set(examples.map(({ part }) => part))).toEqual(new Set(['lab', 'images', 'networks', 'machines', 'objects', 'variables', 'steps', 'checks', 'actions', 'needs']));
  });
  it.each(examples)('the example of $part is right', async ({ part, text }) => {
    const whole = part === 'lab' ? text : labText(around(part, parse(text)));
    const { lab, findings } = await readLab(whole);
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(lab).toBeDefined();
  });
  it('names every probe and every action, and what is wrong in an example is found', async () => {
    const { probeKinds } = await import('../../../../main/contract/labs/checks.ts');
    const { actionKinds } = await import('../../../../main/contract/labs/actions.ts');
    const { faultKinds } = await import('../../../../main/contract/faults.ts');
    const keys = (part: string): string[] => examples.filter((each) => each.part === part).flatMap(({ text }) => (parse(text) as object[]).flatMap((each) => Object.keys(each)));
    expect(keys('checks')).toEqual(expect.arrayContaining(probeKinds));
    expect(keys('actions')).toEqual(expect.arrayContaining(actionKinds));
    const faults = examples.flatMap(({ part, text }) => (part === 'actions' ? (parse(text) as { fault?: object }[]) : [])).flatMap(({ fault }) => Object.keys(fault ?? {}));
    expect(faults).toEqual(expect.arrayContaining(faultKinds));
    const { findings } = await readLab(labText(around('actions', parse(stringify([{ power: { machine: 'nobody', action: 'start' } }])))));
    expect(findings.map(({ message }) => message)).toContain('There is no machine "nobody" in the file.');
  });
}); // prettier-ignore
