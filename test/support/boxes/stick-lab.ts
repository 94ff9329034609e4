import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Enrolment } from '../../../main/contract/box/settings.ts';
import type { StickDrive } from '../../../main/contract/box/sticks.ts';
import type { Task } from '../../../main/contract/task.ts';
import { createSticks } from '../../../main/backend/boxes/sticks/open.ts';
import type { StickHandlers } from '../../../main/backend/boxes/sticks/open.ts';
import type { WorkParts } from '../../../main/backend/boxes/sticks/work.ts';
import { handleTarget } from '../../../main/backend/boxes/sticks/format/source.ts';
import type { ByteTarget } from '../../../main/backend/boxes/sticks/format/source.ts';
import { createLog } from '../../../main/backend/log.ts';
import { createTasks } from '../../../main/backend/tasks/tasks.ts';
import type { Tasks } from '../../../main/backend/tasks/tasks.ts';

export interface StickLab {
  folder: string;
  /** Hearth's data directory. */
  root: string;
  sticks: StickHandlers;
  tasks: Tasks;
  /** Secrets that were made, and those forgotten again. */
  secrets: { made: Enrolment[]; dropped: string[] };
  context: { signal: AbortSignal };
  drives(): Promise<StickDrive[]>;
  ended(taskId: string): Promise<Task>;
  close(): Promise<void>;
}

/** The helper for which loop devices are sticks. */
export const loopHelper = { argv: [process.execPath, join(import.meta.dirname, 'stick-helper.ts')] };

/** The stick procedures over a folder of their own; loop devices count as sticks. */
export async function stickLab(change: Partial<WorkParts> = {}): Promise<StickLab> {
  const folder = await mkdtemp(join(tmpdir(), 'sticks-'));
  const root = join(folder, 'data');
  const log = createLog({ path: join(folder, 'test.log'), quiet: true });
  const tasks = await createTasks({ file: join(folder, 'tasks.json'), log });
  const secrets: StickLab['secrets'] = { made: [], dropped: [] };
  const { handlers } = createSticks({
    root,
    tasks,
    log,
    enrolments: {
      async make({ days }) {
        const enrolment: Enrolment = {
          secret: `secret-${secrets.made.length}-`.padEnd(43, 'S'),
          expires: new Date(Date.now() + days * 86_400_000).toISOString(),
          app: { name: 'Hearth on test', fingerprint: 'a'.repeat(64) },
        };
        secrets.made.push(enrolment);
        return enrolment;
      },
      drop: async (secret) => void secrets.dropped.push(secret),
    },
    change: { policy: { loops: true }, program: loopHelper, ...change },
  });
  const context = { signal: new AbortController().signal };
  return {
    folder,
    root,
    sticks: handlers,
    tasks,
    secrets,
    context,
    async drives() {
      for await (const { drives, problem } of handlers.drives({}, context)) {
        if (problem) throw new Error(problem.detail);
        return drives;
      }
      return [];
    },
    async ended(id) {
      const over = new AbortController();
      try {
        for await (const update of tasks.watch(over.signal)) {
          const rows = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
          const task = rows.find((row) => row.id === id);
          if (task && task.state !== 'running') return task;
        }
        throw new Error('the tasks ended');
      } finally {
        over.abort();
      }
    },
    async close() {
      await tasks.close();
      log.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Works on the bytes of a file or a device. */
export async function withBytes<T>(path: string, use: (target: ByteTarget) => Promise<T>): Promise<T> {
  const handle = await open(path, 'r+');
  try {
    return await use(await handleTarget(handle));
  } finally {
    await handle.sync();
    await handle.close();
  }
}
