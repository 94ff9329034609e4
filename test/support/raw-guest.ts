import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A QEMU of a test's own, driven over its serial console: the yardstick without any of our engine. */
export interface RawGuest {
  readonly process: ChildProcess;
  /** Everything the serial console printed. */
  output(): string;
  /** Waits until the pattern appears after the last match; gives the text up to and with it. */
  expect(pattern: RegExp, timeoutMs?: number): Promise<string>;
  send(text: string): void;
  /** A QMP command without arguments. */
  qmp(command: string): Promise<unknown>;
  exited: Promise<number | null>;
  kill(): Promise<void>;
}

/** Starts QEMU under software emulation with its serial console and QMP in `folder`. */
export async function rawGuest(folder: string, args: readonly string[]): Promise<RawGuest> {
  const serialPath = join(folder, 'serial.sock');
  const qmpPath = join(folder, 'qmp.sock');
  const child = spawn(
    'qemu-system-x86_64',
    [
      '-accel', 'tcg,tb-size=64', '-machine', 'q35', '-cpu', 'max', '-smp', '1', '-m', '256', '-display', 'none', '-nodefaults', '-vga', 'std',
      '-chardev', `socket,id=serial,path=${serialPath},server=on,wait=on`, '-serial', 'chardev:serial',
      '-qmp', `unix:${qmpPath},server=on,wait=off`, ...args,
    ], // prettier-ignore
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
  let text = '';
  let seen = 0;
  const serial = await dial(serialPath, child, () => errors);
  serial.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  serial.on('error', () => undefined);
  return {
    process: child,
    output: () => text,
    async expect(pattern, timeoutMs = 60_000) {
      const end = Date.now() + timeoutMs;
      for (;;) {
        const match = pattern.exec(text.slice(seen));
        if (match) {
          const until = seen + match.index + match[0].length;
          const piece = text.slice(seen, until);
          seen = until;
          return piece;
        }
        if (Date.now() > end || child.exitCode !== null)
          throw new Error(`${String(pattern)} did not come. ${errors}\n${text.slice(seen)}`);
        await Promise.race([once(serial, 'data'), exited, wait(500)]);
      }
    },
    send: (line) => void serial.write(line),
    async qmp(command) {
      const socket = await dial(qmpPath, child, () => errors);
      try {
        let received = '';
        socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
        socket.write(
          `${JSON.stringify({ execute: 'qmp_capabilities' })}\n${JSON.stringify({ execute: command, id: 1 })}\n`,
        );
        while (!received.includes('"id": 1')) await once(socket, 'data');
        return received;
      } finally {
        socket.destroy();
      }
    },
    exited,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function dial(path: string, child: ChildProcess, errors: () => string): Promise<Socket> {
  for (;;) {
    const socket = connect(path);
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      if (child.exitCode !== null) throw new Error(`QEMU ended: ${errors()}`, { cause: error });
      await wait(20);
    }
  }
}

/** A port of the loopback that was free a moment ago: for QEMU's hostfwd, which cannot tell what port 0 became. */
export async function freePort(): Promise<number> {
  for (;;) {
    // Below those the system gives away: a program that takes any free one must not be there first.
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer().listen(port, '127.0.0.1');
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!free) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
