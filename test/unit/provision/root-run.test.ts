import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Elevated, Place, StagedFile } from '../../../main/backend/provision/place.ts';
import { removeAll, runRoot, sha256 } from '../../../main/backend/provision/root-run.ts';
import type { RootContext } from '../../../main/backend/provision/root-run.ts';
import type { RootStep } from '../../../provisioning/plan.ts';

const text = '#!/bin/sh\n';
const helper = { text, sha256: sha256(Buffer.from(text)) };
const steps: RootStep[] = [
  { id: 'dir', title: 'Make a folder', action: { kind: 'dir', path: '/var/lib/hearth', mode: '0755' } },
  { id: 'conf', title: 'Write it', action: { kind: 'file', path: '/etc/x', mode: '0644', content: { from: 'text', text: 'x\n' } } },
  { id: 'token', title: 'Make a token', action: { kind: 'token', hours: 1 } },
]; // prettier-ignore
const hello = '{"event":"hello","version":1,"purpose":"install","steps":3}';
const step = (n: number, id: string, state: string, more = {}): string =>
  JSON.stringify({ event: 'step', n, id, state, ...more });
const well = [hello, step(1, 'dir', 'running'), step(1, 'dir', 'skipped'), step(2, 'conf', 'done'), step(3, 'token', 'done', { value: 'secret.token' }), '{"event":"end","ok":true}']; // prettier-ignore

interface Made {
  place: Place;
  staged: StagedFile[];
  ran: (readonly string[])[];
  elevated: (readonly string[])[];
}
/** A place where the helper prints these lines and ends like that. */
function placeThat(lines: readonly string[], outcome: Elevated, during: () => void = () => undefined): Made {
  const made: Omit<Made, 'place'> = { staged: [], ran: [], elevated: [] };
  const place: Place = {
    id: 'local', title: 'a place', type: 'local', address: '127.0.0.1',
    run: async (argv) => {
      made.ran.push(argv);
      return { code: 0, stdout: '', stderr: '', timedOut: false };
    },
    elevation: async () => 'root',
    elevate: async (argv, { onLine }) => {
      made.elevated.push(argv);
      for (const line of lines) onLine(line);
      during();
      return outcome;
    },
    stage: async (files) => {
      made.staged.push(...files);
      return { folder: '/staging' };
    },
    unstage: async () => undefined,
    read: async () => undefined,
    close: async () => undefined,
  }; // prettier-ignore
  return { ...made, place };
}
const ran = (code: number | null, stderr = ''): Elevated => ({ outcome: 'ran', code, stderr });
function context(): RootContext & { lines: string[]; abort: AbortController } {
  const lines: string[] = [];
  const abort = new AbortController();
  return {
    helper,
    signal: abort.signal,
    abort,
    reason: 'test',
    lines,
    log: (level, line) => lines.push(`${level} ${line}`),
  };
}
async function problemOf(work: Promise<unknown>): Promise<ProblemError['problem']> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ProblemError) return error.problem;
  throw new Error(`no Problem: ${String(error)}`);
}
const plan = { purpose: 'install', steps, fetched: new Map() };

describe('the root part of a plan', () => {
  it('stages helper, contents and plan, runs what was shown, and hands values back without logging them', async () => {
    const made = placeThat(well, ran(0));
    const told = context();
    const seen: string[] = [];
    const result = await runRoot(made.place, plan, {
      ...told,
      onStep: (each, event) => seen.push(`${each.id} ${event.state}`),
    });
    expect(result).toEqual({ values: { token: 'secret.token' }, skipped: 1 });
    expect(seen).toEqual(['dir running', 'dir skipped', 'conf done', 'token done']);
    expect(told.lines.join('\n')).not.toContain('secret.token');
    const staged = made.staged.map((file) =>
      'bytes' in file.content ? Buffer.from(file.content.bytes).toString() : '',
    );
    expect(staged).toContain(text);
    expect(staged).toContain('x\n');
    const planText = staged.find((each) => each.startsWith('hearth-plan')) ?? '';
    expect(planText).toContain('step\tconf\tfile\t0644\t2\t');
    expect(made.elevated[0]?.slice(-3)).toEqual(['apply', '/staging', sha256(Buffer.from(planText))]);
    expect(made.ran).toContainEqual(['ln', '-f', `/staging/${sha256(Buffer.from(planText))}`, '/staging/plan']);
  });

  it.each<[string, readonly string[], Elevated, string, string]>([
    ['dismissed', [], { outcome: 'dismissed' }, 'root-dismissed', 'cancelled'],
    ['denied', [], { outcome: 'denied', stderr: 'Not authorized' }, 'root-denied', 'denied'],
    ['no agent', [], { outcome: 'no-agent', stderr: 'No authentication agent found.' }, 'root-no-agent', 'failed'],
    ['wrong password', [], { outcome: 'wrong-password' }, 'root-wrong-password', 'denied'],
    ['password needed', [], { outcome: 'password-needed' }, 'root-password-needed', 'denied'],
    ['no way to root', [], { outcome: 'missing', command: 'sh helper apply' }, 'root-missing', 'denied'],
    ['not root after all', [], ran(3), 'root-not-root', 'denied'],
    ['busy', [], ran(4), 'root-helper-busy', 'failed'],
    ['refused', ['{"event":"end","ok":false,"failed":0,"id":"","code":"bad-plan","text":"Line 2."}'], ran(5), 'root-plan-refused', 'failed'],
    ['changed', ['{"event":"end","ok":false,"code":"helper-changed","text":"other"}'], ran(5), 'root-helper-changed', 'denied'],
    ['killed', [hello, step(1, 'dir', 'done')], ran(null), 'root-helper-lost', 'failed'],
    ['ended without a word', [hello], ran(0), 'root-helper-lost', 'failed'],
    ['not started', [], ran(127, 'sh: not found'), 'root-helper-not-started', 'failed'],
    ['lied about success', well, ran(1), 'root-helper-lost', 'failed'],
    ['stopped', [hello, '{"event":"end","ok":false,"failed":2,"id":"conf","code":"stopped","text":"Stopped on request."}'], ran(1), 'cancelled', 'cancelled'],
  ])('tells %s', async (_name, lines, outcome, code, kind) => {
    const { place } = placeThat(lines, outcome);
    expect(await problemOf(runRoot(place, plan, context()))).toMatchObject({ code, kind });
  }); // prettier-ignore

  it('tells which step failed, with the last lines and the cause that they give away', async () => {
    const { place } = placeThat(
      [
        hello,
        '{"event":"log","level":"error","text":"kubelet is configured to not run on a host using cgroup v1"}',
        step(2, 'conf', 'failed', { code: 'unit-failed', detail: 'k3s does not stay up' }),
        '{"event":"end","ok":false,"failed":2,"id":"conf","code":"unit-failed","text":"k3s does not stay up"}',
      ],
      ran(1),
    );
    const problem = await problemOf(runRoot(place, plan, context()));
    expect(problem).toMatchObject({ code: 'root-step-failed', title: 'The step “Write it” failed' });
    expect(problem.output).toContain('kubelet is configured to not run on a host using cgroup v1');
    expect(problem.cause).toMatch(/control groups v2/);
  });

  it('believes no line that it does not understand, and lets none of them reach a terminal', async () => {
    const garbled = [
      '\u001b[2Jhello',
      '{"event":"step","n":1',
      '{"event":"rm","path":"/"}',
      '[]',
      'null',
      `"${'x'.repeat(70_000)}"`,
    ];
    const many = Array.from({ length: 100 }, (_, n) => `banner ${n}`);
    const told = context();
    const { place } = placeThat([...garbled, ...many, step(9, 'other', 'done'), ...well], ran(0));
    expect((await runRoot(place, plan, told)).values).toEqual({ token: 'secret.token' });
    expect(told.lines.filter((line) => line.includes('not understood'))).toHaveLength(20);
    expect(told.lines.some((line) => line.includes('not in the plan: other'))).toBe(true);
    expect(told.lines.join('')).not.toContain('\u001b');
    expect(Math.max(...told.lines.map((line) => line.length))).toBeLessThan(1000);
  });

  it('tells the helper to stop by a file, and calls that cancelled', async () => {
    const told = context();
    const made = placeThat([hello, step(1, 'dir', 'done')], ran(143), () => told.abort.abort());
    expect(await problemOf(runRoot(made.place, plan, told))).toMatchObject({ code: 'cancelled', kind: 'cancelled' });
    expect(made.ran).toContainEqual(['rm', '-f', '/staging/stop']);
    expect(made.ran).toContainEqual(['touch', '/staging/stop']);
  });

  it('is done when all was done before the wish to stop arrived', async () => {
    const told = context();
    const made = placeThat(well, ran(143), () => told.abort.abort());
    expect((await runRoot(made.place, plan, told)).skipped).toBe(1);
  });

  it('leaves steps out whose optional download is not here', async () => {
    const image: RootStep = {
      id: 'image', title: 'Place an image',
      action: { kind: 'file', path: '/x.tar', mode: '0600', content: { from: 'download', name: 'image' } },
    }; // prettier-ignore
    const made = placeThat(well, ran(0));
    const told = context();
    await runRoot(made.place, { ...plan, steps: [...steps, image] }, told);
    expect(told.lines).toContain('info Place an image: not here, left out.');
  });

  it('counts as differences only what the comparison of an uninstall found', async () => {
    const { place } = placeThat(
      [
        '{"event":"hello","version":1,"purpose":"remove","steps":2}',
        '{"event":"log","level":"warning","text":"kept, because somebody changed it"}',
        step(1, 'compare', 'running'),
        '{"event":"log","level":"warning","text":"It is so now: module tun"}',
        step(1, 'compare', 'done'),
        '{"event":"end","ok":true}',
      ],
      ran(0),
    );
    expect(await removeAll(place, { keepDisks: false }, context())).toEqual({
      differences: ['It is so now: module tun'],
    });
  });
});
