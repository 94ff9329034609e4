import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { createTasks } from '../../../main/backend/tasks/tasks.ts';
import { follow } from '../../../main/cli/appliance/follow.ts';
import type { Session } from '../../../main/cli/appliance/session.ts';
import { quiet } from '../../support/provision/stand-ins.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-follow-'));
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

it('an interrupt cannot break what must not stop half-way, and the last lines of the log come before the end', async () => {
  const tasks = await createTasks({ file: join(folder, 'tasks.json'), log: quiet });
  let finish: () => void = () => undefined;
  const over = new Promise<void>((resolve) => (finish = resolve));
  const { id, done } = tasks.start({ type: 'x', title: 'Uninstall', cancellable: false }, () => over);
  const log = async function* () {
    await done;
    yield [{ at: '2026-01-01T00:00:00.000Z', level: 'info' as const, text: 'the last line' }];
  };
  const out: string[] = [];
  const err: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => err.push(String(text)) > 0);
  const session = { tasks, appliances: { log } } as unknown as Session;
  const code = follow(session, id, { json: true });
  process.emit('SIGINT');
  finish();
  expect(await code).toBe(0);
  expect(err.join('')).toContain('cannot be stopped half-way');
  const events = out.map((line) => JSON.parse(line) as { event: string; text?: string });
  expect(events.at(-1)).toMatchObject({ event: 'end', ok: true });
  expect(events.some(({ text }) => text === 'the last line')).toBe(true);
  await tasks.close();
});
