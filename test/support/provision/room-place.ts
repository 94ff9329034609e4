import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Task } from '../../../main/contract/task.ts';
import type { Place } from '../../../main/backend/provision/place.ts';
import { runProcess } from '../../../main/backend/process.ts';
import type { Tasks } from '../../../main/backend/tasks/tasks.ts';
import type { Room } from '../root-helper/room.ts';

/** The room of the root helper as a place: everything runs in there for real, as its root. */
export function roomPlace({ enter, shared }: Pick<Room, 'enter' | 'shared'>): Place {
  const staging = join(shared, 'staging');
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
  return {
    id: 'local',
    title: 'the room',
    type: 'local',
    address: '127.0.0.1',
    run: (argv, options) => runProcess([...enter, ...argv], { ...options, env }),
    elevation: async () => 'root',
    async elevate(argv, { onLine, signal, timeoutMs }) {
      const result = await runProcess([...enter, ...argv], { env, onLine, signal, timeoutMs, patienceMs: 20_000 });
      return { outcome: 'ran', code: result.code, stderr: result.stderr };
    },
    async stage(files) {
      mkdirSync(staging, { recursive: true });
      for (const { sha256, content } of files)
        if ('bytes' in content) writeFileSync(join(staging, sha256), content.bytes);
        else copyFileSync(content.path, join(staging, sha256));
      return { folder: '/lab/shared/staging' };
    },
    unstage: async () => rmSync(staging, { recursive: true, force: true }),
    async read(path, limit = 1024 * 1024) {
      const { code, stdout } = await runProcess([...enter, 'head', '-c', String(limit), path], { env });
      return code === 0 ? Buffer.from(stdout) : undefined;
    },
    close: async () => undefined,
  };
}

/** Settings that every kernel with the modules of a plan has. */
export const settle = (room: Room): Promise<string> =>
  room.sh(
    'mkdir -p /proc/sys/kernel/keys /proc/sys/net/bridge; echo 25000000 >/proc/sys/kernel/keys/root_maxbytes; ' +
      'echo 0 >/proc/sys/vm/panic_on_oom; echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables',
  );

/** Resolves with the task once it has ended. */
export async function ended({ tasks }: { tasks: Tasks }, taskId: string): Promise<Task> {
  const stop = new AbortController();
  for await (const update of tasks.watch(stop.signal)) {
    const rows = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
    const task = rows.find(({ id }) => id === taskId);
    if (task && task.state !== 'running') return task;
  }
  throw new Error('unreachable');
}
