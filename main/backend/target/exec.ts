import { Readable } from 'node:stream';
import type { RawData } from 'ws';
import type { KubeClient } from './client.ts';
import { kinds, pathOf } from './kinds.ts';
import { pickList, pickText } from './pick.ts';
import { keepAlive, openSocket } from './web-socket.ts';

/** The newest first; v5 adds that stdin can be ended. */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
/** Bytes of output that may wait for whoever reads before the socket stands still. */
const highWater = 1024 * 1024;

export interface ExecWish {
  namespace: string;
  name: string;
  container?: string | undefined;
  command: readonly string[];
  /** A terminal: stderr comes with stdout, and it has a size. */
  tty: boolean;
  stdin: boolean;
}
/** How a command in a container ended. */
export interface ExecEnd {
  /** Its exit code; absent where it did not run, or nobody said. */
  code?: number;
  /** What the node says of a command that did not run to an end of its own. */
  message?: string;
}
export interface ExecSession {
  readonly stdout: Readable;
  /** Never anything where there is a terminal. */
  readonly stderr: Readable;
  /** Resolves when the command is over or the connection is; never rejects. */
  readonly ended: Promise<ExecEnd>;
  write(bytes: Uint8Array): Promise<void>;
  /** Says that no more input comes; nothing happens where the target speaks v4. */
  endInput(): void;
  resize(size: { cols: number; rows: number }): void;
  close(): void;
}

/**
 * Runs a command in a container, as `kubectl exec` does over WebSockets: each message has a channel byte; the error channel
 * brings a Status at the end (k8s.io/apimachinery remotecommand). Rejects with KubeError when it is refused.
 */
export async function openExec(client: KubeClient, wish: ExecWish, signal?: AbortSignal): Promise<ExecSession> {
  const query = new URLSearchParams([
    ...wish.command.map((word): [string, string] => ['command', word]),
    ...(wish.container === undefined ? [] : [['container', wish.container] as [string, string]]),
    ['stdin', String(wish.stdin)],
    ['stdout', 'true'],
    ['stderr', String(!wish.tty)],
    ['tty', String(wish.tty)],
  ]);
  const path = pathOf(kinds.pods, wish.namespace, wish.name, 'exec');
  const { socket, opened } = await openSocket(client, path, { protocols, query, signal });
  const ended = Promise.withResolvers<ExecEnd>();
  let told: ExecEnd = {};
  const output = (): Readable => {
    const stream = new Readable({ highWaterMark: highWater, read: () => socket.resume() });
    stream.on('error', () => undefined); // `ended` tells
    return stream;
  };
  const [stdout, stderr] = [output(), output()];
  socket.on('message', (data: RawData) => {
    const bytes = data as Buffer;
    const rest = bytes.subarray(1);
    // Some servers open each channel with an empty message.
    if (rest.length === 0) return;
    if (bytes[0] === channel.error) told = endOf(rest.toString('utf8'));
    else if (bytes[0] === channel.stdout || bytes[0] === channel.stderr) {
      const to = bytes[0] === channel.stdout ? stdout : stderr;
      if (!to.destroyed && !to.push(rest)) socket.pause();
    }
  });
  socket.on('close', (_code, reason) => {
    for (const each of [stdout, stderr]) if (!each.destroyed) each.push(null);
    ended.resolve(told.code === undefined && told.message === undefined && reason.length > 0 ? { message: reason.toString('utf8') } : told); // prettier-ignore
  });
  await opened;
  keepAlive(socket);
  const close = (): void => {
    socket.terminate();
    for (const each of [stdout, stderr]) each.destroy();
  };
  signal?.addEventListener('abort', close, { once: true });
  socket.once('close', () => signal?.removeEventListener('abort', close));
  const send = (on: number, bytes: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      socket.send(Buffer.concat([Buffer.from([on]), bytes]), (error) => (error ? reject(error) : resolve()));
    });
  const quietly = (work: Promise<void>): void => void work.catch(() => undefined); // its end is told by `ended`
  return {
    stdout,
    stderr,
    ended: ended.promise,
    write: (bytes) => send(channel.stdin, bytes),
    endInput: () => {
      if (socket.protocol === protocols[0]) quietly(send(channel.close, Buffer.from([channel.stdin])));
    },
    resize: ({ cols, rows }) => quietly(send(channel.resize, Buffer.from(JSON.stringify({ Width: cols, Height: rows })))), // prettier-ignore
    close,
  };
}

/** What the error channel says, in numbers where it can. Pure. */
export function endOf(text: string): ExecEnd {
  let status: unknown;
  try {
    status = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { message: text.trim() };
  }
  if (pickText(status, 'status') === 'Success') return { code: 0 };
  const cause = pickList(status, 'details', 'causes').find((each) => each['reason'] === 'ExitCode');
  const code = Number(pickText(cause, 'message'));
  if (cause && Number.isInteger(code)) return { code };
  return { message: pickText(status, 'message') ?? text.trim() };
}

/** What a command left behind; of each output the first 64 KiB. */
export interface ExecRan extends ExecEnd {
  out: string;
  err: string;
}
const most = 64 * 1024;

/** Runs a command without input to its end. Rejects with KubeError when it is refused, and with the signal's reason. */
export async function runInPod(
  client: KubeClient,
  wish: Omit<ExecWish, 'tty' | 'stdin'>,
  signal: AbortSignal,
): Promise<ExecRan> {
  const session = await openExec(client, { ...wish, tty: false, stdin: false }, signal);
  const [out, err, end] = await Promise.all([kept(session.stdout), kept(session.stderr), session.ended]);
  signal.throwIfAborted();
  return { ...end, out, err };
}

async function kept(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    if (length < most) chunks.push(chunk.subarray(0, most - length));
    length += chunk.length;
  });
  await new Promise<void>((resolve) => stream.once('close', resolve));
  return Buffer.concat(chunks).toString('utf8');
}
