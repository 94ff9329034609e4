import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunLine } from '../../../main/contract/appliance.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Task } from '../../../main/contract/task.ts';
import { createRunLogs } from '../../../main/backend/provision/log-lines.ts';
import type { RunLogs } from '../../../main/backend/provision/log-lines.ts';
import type { Place } from '../../../main/backend/provision/place.ts';
import { localPlace } from '../../../main/backend/provision/places/local.ts';
import { openSshPlace } from '../../../main/backend/provision/places/ssh.ts';
import { openRecords } from '../../../main/backend/provision/record.ts';
import { createWork } from '../../../main/backend/provision/work.ts';
import type { Run, RunSpec, Work } from '../../../main/backend/provision/work.ts';
import { createTasks } from '../../../main/backend/tasks/tasks.ts';
import type { Tasks } from '../../../main/backend/tasks/tasks.ts';
import { quiet } from '../../support/provision/stand-ins.ts';

describe('what a run sent to its machine', () => {
  let folder: string;
  let staging: string;
  let tasks: Tasks;
  let logs: RunLogs;
  let work: Work;
  /** What happens at the place, in its order. */
  let calls: string[];
  let unstage: (place: Place) => Promise<void>;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hearth-work-'));
    staging = join(folder, 'staging');
    calls = [];
    unstage = (place) => place.unstage();
    tasks = await createTasks({ file: join(folder, 'tasks.json'), log: quiet });
    logs = createRunLogs(join(folder, 'appliances'));
    work = createWork({
      tasks,
      records: await openRecords(join(folder, 'appliances'), quiet),
      logs,
      async openPlace() {
        const place = localPlace({ stagingRoot: staging, log: quiet });
        return {
          ...place,
          async unstage() {
            calls.push('unstage');
            await unstage(place);
          },
          async close() {
            calls.push('close');
          },
        };
      },
      log: quiet,
      changed: () => undefined,
    });
  });
  afterEach(async () => {
    await tasks.close();
    await work.idle();
    rmSync(folder, { recursive: true, force: true });
  });

  const stage = async ({ place, signal }: Run): Promise<void> => {
    const bytes = Buffer.from('a token');
    await place.stage([{ sha256: 'a'.repeat(64), size: bytes.length, content: { bytes } }], {
      signal,
      onProgress: () => undefined,
    });
    expect(existsSync(join(staging, 'a'.repeat(64)))).toBe(true);
  };
  const run = async (flow: (run: Run) => Promise<void>, more: Partial<RunSpec> = {}): Promise<Task | undefined> => {
    const spec = { id: 'box', type: 'appliance-backup', title: 'Back up', place: { type: 'local' as const } };
    const { taskId, done } = await work.start({ ...spec, ...more }, async (at) => {
      await stage(at);
      await flow(at);
    });
    await done;
    return tasks.get(taskId);
  };
  const linesOf = async (task: Task | undefined): Promise<RunLine[]> => {
    const lines: RunLine[] = [];
    for await (const part of logs.watch(task?.id ?? '', new AbortController().signal)) lines.push(...part);
    return lines;
  };
  const fail = async (): Promise<void> => {
    throw new ProblemError({ code: 'test', title: 'It failed', detail: 'said the test' });
  };
  const nothing = async (): Promise<void> => undefined;

  it.each([
    ['that ended well', nothing, 'done'],
    ['that failed', fail, 'failed'],
    [
      'that was stopped',
      async ({ task, signal }: Run) => (tasks.cancel(task.id), signal.throwIfAborted()),
      'cancelled',
    ],
  ] as const)('is gone after one %s, while the place is still open', async (_words, flow, state) => {
    expect((await run(flow))?.state).toBe(state);
    expect(existsSync(staging)).toBe(false);
    expect(calls).toEqual(['unstage', 'close']);
  });

  it('stays for an install that failed, which goes on with it, and is gone after one that ended well', async () => {
    expect((await run(fail, { keepsStaged: true }))?.state).toBe('failed');
    expect(existsSync(join(staging, 'a'.repeat(64)))).toBe(true);
    expect(calls).toEqual(['close']);
    expect((await run(nothing, { keepsStaged: true }))?.state).toBe('done');
    expect(existsSync(staging)).toBe(false);
  });

  it('that cannot be taken away is a line of the log, and no other end of the run', async () => {
    unstage = () => Promise.reject(new Error('the disk there is read-only'));
    const done = await run(nothing);
    expect(done?.state).toBe('done');
    const texts = (await linesOf(done)).map(({ level, text }) => `${level} ${text}`);
    expect(texts.at(-2)).toMatch(/^warning What was sent to .* could not be taken away: .*read-only/);
    expect(texts.at(-1)).toBe('info Done.');
    const failed = await run(fail);
    expect(failed?.problem?.code).toBe('test');
    expect((await linesOf(failed)).some(({ level }) => level === 'warning')).toBe(true);
    expect(calls).toEqual(['unstage', 'close', 'unstage', 'close']);
  });
  it('is nothing where nobody let us in: the machine is not knocked at again', async () => {
    const asked = async (): Promise<never> => {
      throw new Error('connected');
    };
    const place = await openSshPlace(
      { type: 'ssh', host: '127.0.0.1', port: 1, user: 'me', auth: { by: 'password', password: 'wrong' } },
      { knownHosts: { get: asked, pin: asked, forget: asked }, log: quiet },
    );
    await expect(place.unstage()).resolves.toBeUndefined();
    await place.close();
  });
});
