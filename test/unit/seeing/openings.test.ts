import { expect, test } from 'vitest';
import { createOpenings } from '../../../main/backend/audit/openings.ts';
import { recorded } from '../../../main/backend/audit/record.ts';
import type { AuditEntry } from '../../../main/contract/audit.ts';
import { contract } from '../../../main/contract/contract.ts';
import type { ContractHandlers } from '../../../main/contract/contract.ts';
import { ProblemError } from '../../../main/contract/problem.ts';

const by = { who: 'stu, student', carrier: 'web' as const, target: 'Quick lab' };
const web = { namespace: 'lab-first', name: 'web' };
const refuse = (code: string, kind: 'denied' | 'cancelled') => async (): Promise<never> => {
  throw new ProblemError({ code, title: code, detail: code, kind });
};

test('who opened which console is told once in ten minutes, and so is who was refused one', async () => {
  let now = 0;
  const told: AuditEntry[] = [];
  const open = createOpenings({ add: (entry) => void told.push(entry) }, () => now);
  const lines = () => told.map(({ who, what, object, result, problem }) => `${who}: ${what} ${object?.kind} ${object?.namespace}/${object?.name} ${result}${problem ? ` ${problem.code}` : ''}`); // prettier-ignore
  const vnc = { procedure: 'consoles.vnc', input: web };
  for (let n = 0; n < 3; n += 1) expect(await open(by, vnc, async () => 'the pipe')).toBe('the pipe');
  expect(lines()).toEqual(['stu, student: Open the screen of a machine VirtualMachine lab-first/web ok']);
  await open(by, { procedure: 'ssh.shell', input: web }, async () => 'p');
  await open({ ...by, who: 'olga, operator' }, vnc, async () => 'p');
  await open(by, { ...vnc, input: { ...web, name: 'db' } }, async () => 'p');
  expect(told.length).toBe(4);
  await expect(open(by, vnc, refuse('not-your-own', 'denied'))).rejects.toThrow('not-your-own');
  await expect(open(by, vnc, refuse('not-your-own', 'denied'))).rejects.toThrow('not-your-own');
  expect(lines().slice(4)).toEqual(['stu, student: Open the screen of a machine VirtualMachine lab-first/web refused not-your-own']); // prettier-ignore
  // Nothing was opened for whoever left before.
  await expect(open(by, { ...vnc, input: { ...web, name: 'x' } }, refuse('cancelled', 'cancelled'))).rejects.toThrow(
    'cancelled',
  );
  expect(told.length).toBe(5);
  now += 600_000;
  await open(by, vnc, async () => 'p');
  expect(told.length).toBe(6);
});

test('pipes are told of where that is asked for, and are as they were where it is not', async () => {
  const handlers = { consoles: { vnc: async () => 'the pipe' } } as unknown as ContractHandlers;
  const context = { signal: new AbortController().signal };
  const input = { ...web, take: true };
  const seen: string[] = [];
  const plain = recorded(contract, handlers, () => 'not this');
  expect(await plain.consoles.vnc(input, context)).toBe('the pipe');
  const around = recorded(contract, handlers, () => 'not this', ({ procedure }, run) => (seen.push(procedure), run())); // prettier-ignore
  expect(await around.consoles.vnc(input, context)).toBe('the pipe');
  expect(seen).toEqual(['consoles.vnc']);
});
