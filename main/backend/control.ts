import { rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import type { Port } from '../contract/port.ts';
import { asProblem, ProblemError } from '../contract/problem.ts';
import type { Problem } from '../contract/problem.ts';
import { linePort } from './line-port.ts';
import type { Log } from './log.ts';

/** What a program of the same user may ask the running Hearth: one JSON line there, one back. */
export type ControlAnswers = Readonly<Record<string, () => object | Promise<object>>>;
/** After this line the connection speaks the contract; it is answered by an empty line. */
const contractRequest = 'contract';

/** Listens on a socket in a 0700 folder: whoever can open it is this user. */
export async function startControl(
  path: string,
  answers: ControlAnswers,
  /** Left out: no contract is spoken here. */
  attach: ((port: Port) => void) | undefined,
  log: Log,
): Promise<() => Promise<void>> {
  if (process.platform !== 'win32') await rm(path, { force: true }); // of a run that was killed; the data directory's lock is ours
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.setTimeout(5000, () => socket.destroy());
    socket.on('error', (error) => log.debug({ err: error }, 'control connection failed'));
    firstLine(socket, (line) => {
      const name = line.trim().slice(0, 100);
      if (attach && name === contractRequest) {
        socket.setTimeout(0);
        socket.write('\n');
        return attach(linePort(socket));
      }
      // Some answers take their time.
      socket.setTimeout(60_000);
      void answerOf(answers, name).then((answer) => socket.end(`${JSON.stringify(answer)}\n`));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of open) socket.destroy();
    });
}

async function answerOf(answers: ControlAnswers, name: string): Promise<object> {
  const own = Object.hasOwn(answers, name) ? answers[name] : undefined;
  if (!own) return { error: `unknown request "${name}"` };
  try {
    return await own();
  } catch (error) {
    return { problem: asProblem(error) };
  }
}

/** Asks the Hearth that runs on this data directory. Throws the Problem `not-running`, and what it answers with. */
export function askControl<T extends object = { url: string }>(
  path: string,
  request: string,
  timeoutMs?: number,
): Promise<T> {
  const use = (line: string): T => {
    const answer = JSON.parse(line) as T | { problem: Problem };
    if ('problem' in answer) throw new ProblemError(answer.problem);
    return answer;
  };
  return dial(path, request, use, timeoutMs);
}

/** The contract of the Hearth that runs on this data directory, as its pages have it. Throws the Problem `not-running`. */
export const controlPort = (path: string): Promise<Port> =>
  dial(path, contractRequest, (_line, socket) => {
    socket.setTimeout(0);
    return linePort(socket);
  });

function dial<T>(
  path: string,
  request: string,
  use: (line: string, socket: Socket) => T,
  timeoutMs = 5000,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('no answer in time')));
    socket.once('connect', () => socket.write(`${request}\n`));
    socket.once('error', (error) => reject(notRunning(error)));
    socket.once('close', () => reject(notRunning(undefined)));
    firstLine(socket, (line) => {
      try {
        resolve(use(line, socket));
      } catch (error) {
        reject(error as Error);
      }
    });
  });
}

/** The first line, at most 4 KiB. (readline would turn a reset connection into an uncaught error.) */
function firstLine(socket: Socket, use: (line: string) => void): void {
  let text = '';
  const listen = (chunk: Buffer): void => {
    text += chunk.toString('utf8');
    const end = text.indexOf('\n');
    if (end < 0 && text.length <= 4096) return;
    socket.off('data', listen);
    if (end < 0) return void socket.destroy();
    // What came with it belongs to whoever goes on.
    const rest = text.slice(end + 1);
    if (rest) socket.unshift(Buffer.from(rest));
    use(text.slice(0, end));
  };
  socket.on('data', listen);
}

const notRunning = (cause: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'not-running',
      title: 'Hearth does not run on this data directory',
      detail: 'Nobody answers on its control socket.',
      fix: 'Start it with `npm start` or `hearth serve`, or name another folder with --data-dir.',
    },
    { cause },
  );
