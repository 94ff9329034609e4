import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Place } from '../../../main/backend/provision/place.ts';
import { runProcess } from '../../../main/backend/provision/places/process.ts';
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
