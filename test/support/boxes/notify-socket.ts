import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Whether what is needed to play systemd's part is here. */
export const canNotify =
  process.platform === 'linux' &&
  ['systemd-notify', 'python3'].every((program) => spawnSync(program, ['--version']).status === 0);

/** The socket that systemd gives a service of Type=notify, and what came over it. Node has no such sockets. */
export async function notifySocket(folder: string) {
  const path = join(folder, 'notify');
  const script = `
import array, os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('bound', flush=True)
while True:
    data, extra, flags, sender = s.recvmsg(4096, socket.CMSG_SPACE(64))
    for level, kind, fds in extra:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            for fd in array.array('i', fds[: len(fds) - len(fds) % 4]): os.close(fd)
    print(data.decode().replace('\\n', ' '), flush=True)
`;
  const child = spawn('python3', ['-c', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const came: { text: string; at: number }[] = [];
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    createInterface({ input: child.stdout }).on('line', (text) => {
      if (text === 'bound') resolve();
      // systemd-notify waits until what it said was read.
      else if (!text.startsWith('BARRIER')) came.push({ text, at: Date.now() });
    });
  });
  return {
    path,
    came,
    /** How often this was said. */
    count: (text: string): number => came.filter((each) => each.text === text).length,
    async close(): Promise<void> {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
