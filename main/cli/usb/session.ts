import { join } from 'node:path';
import { openEnrolments } from '../../backend/boxes/book/enrolments.ts';
import type { Enrolments } from '../../backend/boxes/book/enrolments.ts';
import { openIdentity } from '../../backend/boxes/book/identity.ts';
import { createSticks } from '../../backend/boxes/sticks/open.ts';
import type { StickHandlers } from '../../backend/boxes/sticks/open.ts';
import type { WorkParts } from '../../backend/boxes/sticks/work.ts';
import { createLog } from '../../backend/log.ts';
import { dataPaths, defaultDataDir, privateFolder } from '../../backend/paths.ts';
import { createTasks } from '../../backend/tasks/tasks.ts';
import type { Tasks } from '../../backend/tasks/tasks.ts';

export interface UsbSession {
  readonly sticks: StickHandlers;
  readonly tasks: Tasks;
  close(): Promise<void>;
}

/**
 * What the usb commands work with. Here and not in a Hearth that runs: sudo asks on this terminal. Both keep the same
 * secrets of sticks. `change` is for tests.
 */
export async function openUsbSession(dataDir: string | undefined, change?: Partial<WorkParts>): Promise<UsbSession> {
  process.umask(0o077);
  const paths = dataPaths(dataDir ?? defaultDataDir());
  const folder = join(paths.root, 'boxes');
  for (const each of [paths.root, paths.logs, folder]) await privateFolder(each);
  const log = createLog({ path: join(paths.logs, 'hearth-cli.log'), quiet: true });
  // A list of its own: the running backend owns the other.
  const tasks = await createTasks({ file: join(paths.root, 'tasks-cli.json'), log });
  let opened: Promise<Enrolments> | undefined;
  // Opened when a stick is written: whoever only looks needs no identity.
  const secrets = (): Promise<Enrolments> =>
    (opened ??= openIdentity(join(folder, 'identity.json'), log).then((identity) =>
      openEnrolments({ file: join(folder, 'enrolments.json'), identity, log }),
    ));
  const { handlers } = createSticks({
    root: paths.root,
    tasks,
    log,
    enrolments: {
      make: async (how) => (await secrets()).make(how),
      drop: async (secret) => (await secrets()).drop(secret),
    },
    terminal: process.stdin.isTTY,
    ...(change && { change }),
  });
  return {
    sticks: handlers,
    tasks,
    async close() {
      await tasks.close();
      await opened?.then(
        (enrolments) => enrolments.close(),
        () => undefined, // whoever wrote the stick was told
      );
      log.close();
    },
  };
}
