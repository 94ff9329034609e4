import { expect, test } from 'vitest';
import { batchInputs } from '../../../main/backend/machines/batch.ts';
import { isPattern, mostAtOnce, namesOf } from '../../../main/contract/batch.ts';
import { createSeveralSchema } from '../../../main/contract/machine.ts';
import { ProblemError } from '../../../main/contract/problem.ts';

const input = (more: object = {}) =>
  createSeveralSchema.parse({
    name: 'web-1', pattern: 'web-{1..3}', source: { type: 'blank' }, size: { type: 'instancetype', name: 'u1.small' }, ...more,
  }); // prettier-ignore
const problemOf = (more: object): { code: string; fields: string[] } => {
  try {
    batchInputs(input(more));
  } catch (error) {
    if (error instanceof ProblemError) return { code: error.problem.code, fields: Object.keys(error.problem.fields ?? {}) }; // prettier-ignore
    throw error;
  }
  return { code: 'it worked', fields: [] };
};

test('a range in braces is a name for each number, as wide as its first where that begins with a nought', () => {
  expect(namesOf('web-{1..3}')).toEqual({ names: ['web-1', 'web-2', 'web-3'] });
  expect(namesOf('web-{08..11}')).toEqual({ names: ['web-08', 'web-09', 'web-10', 'web-11'] });
  expect(namesOf('n{7..7}-lab')).toEqual({ names: ['n7-lab'] });
  expect(isPattern('web')).toBe(false);
});
test('what is no pattern says why', () => {
  const shapeless = ['web', 'web-{1..}', 'web-{a..c}', '{1..2}-{1..2}', 'web-{1..2', '{1,2}', 'web-{-1..3}'];
  expect(shapeless.map(namesOf)).toEqual(shapeless.map(() => ({ trouble: 'shape' })));
  expect(namesOf('web-{5..1}')).toEqual({ trouble: 'order' });
  expect(namesOf(`web-{1..${mostAtOnce}}`)).toMatchObject({ names: expect.any(Array) as string[] });
  expect(namesOf(`web-{1..${mostAtOnce + 1}}`)).toEqual({ trouble: 'many' });
  expect(namesOf('web-{1..999999}')).toEqual({ trouble: 'many' });
  const nameless = ['Web-{1..2}', '-{1..2}', 'web_{1..2}', `${'a'.repeat(63)}{1..2}`, 'web-{1..2}-', 'web {1..2}'];
  expect(nameless.map(namesOf)).toEqual(nameless.map(() => ({ trouble: 'name' })));
});
test('each machine has a host name of its own, by form and by text', () => {
  const byForm = batchInputs(input({ cloudInit: { type: 'form', hostname: 'web-1' } }));
  expect(byForm.map(({ name, cloudInit }) => [name, cloudInit.type === 'form' && cloudInit.hostname])).toEqual([['web-1', 'web-1'], ['web-2', 'web-2'], ['web-3', 'web-3']]); // prettier-ignore
  for (const host of ['web-1', 'web-{1..3}']) {
    const texts = batchInputs(input({ cloudInit: { type: 'yaml', userData: `#cloud-config\nhostname: ${host}\nuser: me\n` } })); // prettier-ignore
    expect(texts.map(({ cloudInit }) => cloudInit.type === 'yaml' && cloudInit.userData)).toEqual(
      [1, 2, 3].map((n) => `#cloud-config\nhostname: web-${n}\nuser: me\n`),
    );
  }
  const plain = { type: 'yaml', userData: '#cloud-config\nuser: me\n' };
  expect(batchInputs(input({ cloudInit: plain })).map(({ cloudInit }) => cloudInit)).toEqual([plain, plain, plain]);
});
test('what no two machines may share is refused, by its field', () => {
  const mac = '02:00:00:00:00:01';
  expect(problemOf({ network: { podNetwork: true, mac } })).toEqual({ code: 'batch-not-unique', fields: ['network.mac'] }); // prettier-ignore
  expect(problemOf({ network: { others: [{ network: 'default/lan', mac }] } })).toEqual({ code: 'batch-not-unique', fields: ['network.others.0.mac'] }); // prettier-ignore
  expect(problemOf({ network: { forwards: [{ guestPort: 22, hostPort: 2222 }] } })).toEqual({ code: 'batch-not-unique', fields: ['network.forwards.0.hostPort'] }); // prettier-ignore
  expect(problemOf({ cloudInit: { type: 'yaml', userData: '#cloud-config\nhostname: same\n' } }).fields).toEqual(['cloudInit.userData']); // prettier-ignore
  expect(problemOf({ pattern: 'web-{3..1}' })).toEqual({ code: 'bad-name-pattern', fields: ['name'] });
  // One machine alone may have all of it.
  expect(batchInputs(input({ pattern: 'web-{1..1}', network: { podNetwork: true, mac } }))).toHaveLength(1);
});
