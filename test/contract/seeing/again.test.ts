import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startBackend } from '../../../main/backend/start.ts';
import type { Backend } from '../../../main/backend/backend.ts';
import { createLog } from '../../../main/backend/log.ts';
import { pageHandlers } from '../../../main/backend/page-handlers.ts';
import { createTasks } from '../../../main/backend/tasks/tasks.ts';
import type { AuditEntry } from '../../../main/contract/audit.ts';
import type { ContractHandlers } from '../../../main/contract/contract.ts';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import { asProblem, ProblemError } from '../../../main/contract/problem.ts';
import type { Task } from '../../../main/contract/task.ts';
import { taskLine, taskNamed } from '../../../main/cli/task.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-again-'));
const context = { signal: new AbortController().signal };
let backend: Backend;
let page: ContractHandlers;
/** A mirror that says no until it is well. */
const mirror = { well: false, asked: 0 };
const server = createServer((_request, response) => {
  mirror.asked += 1;
  if (!mirror.well) response.writeHead(404).end();
  else response.end(Buffer.alloc(2 ** 20, 7));
});
async function start(): Promise<void> {
  backend = await startBackend({ dataDir: folder, webPort: 0, quiet: true });
  if (backend.engineTrouble) throw backend.engineTrouble;
  page = backend.handlers('desktop');
}
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  await start();
}, 60_000);
afterAll(async () => {
  await backend.close({ stopVms: true });
  server.close();
  rmSync(folder, { recursive: true, force: true });
});
async function tasks(): Promise<Task[]> {
  for await (const update of page.tasks.watch({}, context)) if (update.type === 'snapshot') return update.items;
  return [];
}
const ended = (id: string): Promise<Task> =>
  vi.waitFor(async () => {
    const task = (await tasks()).find((each) => each.id === id);
    if (!task || task.state === 'running') throw new Error(`${task?.state ?? 'no task'}`);
    return task;
  }, 30_000);
const problemOf = async (work: () => unknown): Promise<string> => {
  try {
    await work();
    return 'none';
  } catch (error) {
    return asProblem(error).code;
  }
};

test('a download that failed is tried again from the list, also after a restart, once, and by its first input', async () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/disk.raw`;
  const { taskId } = await page.images.addFromUrl(
    { url, mirrors: [], name: 'late', displayName: 'Late', defaultUser: 'ada-of-the-input' },
    context,
  );
  const failed = await ended(taskId);
  expect(failed).toMatchObject({ state: 'failed', again: true });
  expect(taskLine(failed)).toMatch(/^[0-9a-f]{8}  failed  Add Late: .+  \(again\)$/);
  expect(taskNamed(await tasks(), taskId.slice(0, 8)).id).toBe(taskId);
  expect(() => taskNamed([], 'x')).toThrow(/None of 0/);
  await backend.close({ stopVms: true });
  // Nothing of the input goes to pages; it stands in a file that nobody else reads.
  expect(JSON.stringify(failed)).not.toContain('ada-of-the-input');
  expect(readFileSync(join(folder, 'tasks.json'), 'utf8')).toContain('ada-of-the-input');
  await start();
  mirror.well = true;
  const second = await page.tasks.tryAgain({ id: taskId }, context);
  expect(await problemOf(() => page.tasks.tryAgain({ id: taskId }, context))).toBe('not-repeatable');
  expect(await ended(second.taskId)).toMatchObject({
    state: 'done',
    title: 'Add Late',
    object: { kind: 'Image', name: 'late' },
  });
  expect((await tasks()).find(({ id }) => id === taskId)?.again).toBe(false);
  expect(await problemOf(() => page.tasks.tryAgain({ id: 'nothing' }, context))).toBe('not-found');
  expect(await problemOf(() => page.tasks.tryAgain({ id: second.taskId }, context))).toBe('task-not-failed');
  // Both stand in the history: that it was tried again, and the call itself.
  for await (const update of page.audit.watch({}, context)) {
    const rows: AuditEntry[] = update.type === 'snapshot' ? update.items : [];
    expect(
      rows
        .filter(({ taskId: id }) => id === second.taskId)
        .map(({ procedure }) => procedure)
        .sort(),
    ).toEqual(['images.addFromUrl', 'tasks.tryAgain']);
    break;
  }
}, 90_000);

test('a clone and a snapshot that failed, a cancelled download: each again', async () => {
  const blank = createMachineSchema.parse({
    name: 'web',
    source: { type: 'blank' },
    rootDisk: { size: 64 * 2 ** 20, bus: 'virtio' },
    size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 32 * 2 ** 20 },
    start: false,
  });
  const clone = { namespace: 'default', name: 'web', newName: 'twin', mode: 'linked', start: false } as const;
  const failed: string[] = [];
  failed.push((await page.clones.start({ ...clone } as Parameters<typeof page.clones.start>[0], context)).taskId);
  failed.push(
    (
      await page.snapshots.take(
        { namespace: 'default', name: 'web', snapshot: 'one', memory: false, description: '' } as Parameters<
          typeof page.snapshots.take
        >[0],
        context,
      )
    ).taskId,
  );
  for (const id of failed) expect(await ended(id)).toMatchObject({ state: 'failed', again: true });
  await page.machines.create(blank, context);
  for (const id of failed)
    expect(await ended((await page.tasks.tryAgain({ id }, context)).taskId)).toMatchObject({ state: 'done' });
}, 90_000);

test('what is begun on another target stays there; what the target no longer offers or a role may not is refused', async () => {
  const file = join(folder, 'tasks.json');
  await backend.close({ stopVms: true });
  const kept = JSON.parse(readFileSync(file, 'utf8')) as { tasks: Task[]; calls: Record<string, unknown> };
  const make = (id: string, call: object): void => {
    kept.tasks.push({ id, type: 'x', title: id, state: 'failed', steps: [], cancellable: false, again: true, startedAt: '2026-01-01T00:00:00Z', endedAt: '2026-01-01T00:00:00Z' });
    kept.calls[id] = call;
  };
  const here = { id: 'quick-lab', name: 'Quick lab' };
  make('elsewhere', { procedure: 'support.make', input: {}, target: { id: 'attic', name: 'Attic' } });
  make('older', { procedure: 'images.addFromUrl', input: { address: 'x' }, target: here });
  make('unknown', { procedure: 'constructor.constructor', input: {}, target: here });
  writeFileSync(file, JSON.stringify(kept));
  await start();
  expect(await problemOf(() => page.tasks.tryAgain({ id: 'elsewhere' }, context))).toBe('other-target');
  expect(await problemOf(() => page.tasks.tryAgain({ id: 'older' }, context))).toBe('not-repeatable');
  expect(await problemOf(() => page.tasks.tryAgain({ id: 'unknown' }, context))).toBe('not-repeatable');
  // A refused one may be tried once more.
  expect((await tasks()).find(({ id }) => id === 'elsewhere')?.again).toBe(true);
}, 60_000); // prettier-ignore

test('another try is a call like any other: who may not make it may not try it again', async () => {
  const log = createLog({ path: join(folder, 'log'), quiet: true });
  const list = await createTasks({ file: join(folder, 'others.json'), log });
  const { id, done } = list.start({ type: 'x', title: 'Add a file' }, () => Promise.reject(new Error('no')));
  await done;
  const input = { path: '/etc/shadow', mode: 'copy', name: 'a' };
  list.keepCall(id, { procedure: 'images.addFromFile', input, target: { id: 'here', name: 'Here' } });
  const made: unknown[] = [];
  const addFromFile = (given: unknown) => (made.push(given), { taskId: 'new', image: { namespace: '', name: '' } });
  const services = {
    tasks: list, operations: {}, seeing: {}, targets: { current: () => ({ id: 'here', target: { state: { value: { capabilities: {} } } }, images: { handlers: { addFromFile } } }) },
  } as unknown as Parameters<typeof pageHandlers>[0]; // prettier-ignore
  const refused = { code: 'role-refused', title: 'No', detail: 'No' };
  const allow = (may: boolean) => (all: ContractHandlers): ContractHandlers => ({
    ...all, images: { ...all.images, addFromFile: (...given) => { if (!may) throw new ProblemError(refused); return all.images.addFromFile(...given); } },
  }); // prettier-ignore
  const record = (all: ContractHandlers): ContractHandlers => all;
  expect(await problemOf(() => pageHandlers(services, { allow: allow(false), record }).tasks.tryAgain({ id }, context))).toBe('role-refused'); // prettier-ignore
  expect(made).toEqual([]);
  await pageHandlers(services, { allow: allow(true), record }).tasks.tryAgain({ id }, context);
  expect(made).toEqual([input]);
});
