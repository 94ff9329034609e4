import { chmod, chown, mkdir, readFile, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import { z } from 'zod';
import { agentAskSchema } from '../../../contract/box/agent.ts';
import type { AgentAsk } from '../../../contract/box/agent.ts';
import { asProblem, ProblemError } from '../../../contract/problem.ts';
import type { Log } from '../../log.ts';
import type { StateStore } from './state.ts';
import { answerLimit, encode, lineCutter, questionLimit, questionSchema } from './wire.ts';

const mostClients = 32;
const mostQuestions = 32;
/** Questions that start programs of the system; of all clients together so many at a time, and so many that wait for their turn. */
const heavy = new Set<AgentAsk['do']>(['health', 'logs', 'log-files']);
const mostHeavy = 4;
const mostWaiting = 16;
/** Bytes that wait for a slow reader before states are left out for it. */
const slow = 256 * 1024;

export interface AgentServer {
  close(): Promise<void>;
}

/**
 * Answers questions over the Unix socket and tells every client the state, first at once. Only root and the group
 * `hearth` can connect. Bad input is answered by a Problem; one client's fault never touches another.
 */
export async function startServer(options: {
  path: string;
  /** /etc/group: whose members may connect, where it has a group `hearth`. */
  groups: string;
  state: StateStore;
  handle: (ask: AgentAsk) => Promise<unknown>;
  log: Log;
}): Promise<AgentServer> {
  const { path, state, log } = options;
  const clients = new Set<Socket>();
  let atWork = 0;
  const waiting: (() => void)[] = [];
  const handle = async (ask: AgentAsk): Promise<unknown> => {
    if (!heavy.has(ask.do)) return options.handle(ask);
    if (atWork < mostHeavy) atWork += 1;
    else if (waiting.length < mostWaiting) await new Promise<void>((resolve) => waiting.push(resolve));
    else throw tooMany(atWork + waiting.length);
    try {
      return await options.handle(ask);
    } finally {
      const next = waiting.shift();
      if (next) next();
      else atWork -= 1;
    }
  };
  const server = createServer((socket) => {
    if (clients.size >= mostClients) return socket.destroy();
    clients.add(socket);
    attend(socket, { state, handle, log }, () => clients.delete(socket));
  });
  await mkdir(dirname(path), { recursive: true });
  // A former agent's; there is one agent, the unit sees to it.
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  server.on('error', (error) => log.error({ err: error }, 'the socket of the agent failed'));
  const group = await groupId(options.groups);
  if (group !== undefined && process.getuid?.() === 0) await chown(path, 0, group);
  await chmod(path, 0o660);
  return {
    close: () =>
      new Promise((resolve) => {
        waiting.length = 0; // nobody is left to be told
        server.close(() => resolve());
        for (const client of clients) client.destroy();
      }),
  };
}

/** Throws when nobody answers over the agent's socket. One that sends a client away, since it has too many, does answer. */
export function agentAnswers(path: string, timeoutMs = 10_000): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no word over ${path} within ${timeoutMs / 1000} s`)));
    socket.once('error', reject);
    socket.once('close', () => resolve());
    socket.once('data', () => {
      resolve();
      socket.destroy();
    });
  });
}

function attend(
  socket: Socket,
  { state, handle, log }: { state: StateStore; handle: (ask: AgentAsk) => Promise<unknown>; log: Log },
  onEnd: () => void,
): void {
  let open = true;
  let behind = false;
  let asked = 0;
  const send = (message: unknown): void => {
    if (open) socket.write(encode(message));
  };
  const fail = (id: number, error: unknown): void => send({ id, problem: asProblem(error) });
  const tell = (now: unknown): void => {
    behind = socket.writableLength > slow;
    if (!behind) send({ state: now });
  };
  const answer = async (line: string): Promise<void> => {
    if (line.trim() === '') return;
    const question = questionSchema.safeParse(json(line));
    if (!question.success) return fail(0, notUnderstood('It is not a question of this form.'));
    const { id } = question.data;
    const ask = agentAskSchema.safeParse(question.data.ask);
    if (!ask.success) return fail(id, notUnderstood(z.prettifyError(ask.error)));
    if (asked >= mostQuestions) return fail(id, tooMany(asked));
    asked += 1;
    try {
      const result = await handle(ask.data);
      const text = encode({ id, answer: result });
      if (text.length > answerLimit) fail(id, new Error('the answer is too long'));
      else if (open) socket.write(text);
    } catch (error) {
      if (!(error instanceof ProblemError)) log.error({ err: error, ask: ask.data.do }, 'a question failed');
      fail(id, error);
    } finally {
      asked -= 1;
    }
  };
  const forget = state.watch(tell);
  socket.on('drain', () => {
    if (behind) tell(state.now);
  });
  socket.on(
    'data',
    lineCutter({
      limit: questionLimit,
      onLine: (line) => void answer(line),
      onTooLong: () => {
        fail(0, notUnderstood(`A question has at most ${questionLimit} letters.`));
        socket.end();
      },
    }),
  );
  // It went while we wrote: its end comes as `close`.
  socket.on('error', (error) => log.debug({ err: error }, 'a client of the agent went'));
  socket.on('close', () => {
    open = false;
    forget();
    onEnd();
  });
}

function json(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const notUnderstood = (detail: string): ProblemError =>
  new ProblemError({
    code: 'agent-question',
    title: 'The box did not understand',
    detail,
    cause: 'The other side speaks another version, or its message was damaged.',
    fix: 'Update both to the same version.',
  });
const tooMany = (count: number): ProblemError =>
  new ProblemError({
    code: 'agent-busy',
    title: 'The box is busy',
    detail: `${count} questions are being worked on.`,
    fix: 'Wait for their answers, then ask again.',
    kind: 'denied',
  });

async function groupId(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const id = /^hearth:[^:]*:(\d+):/m.exec(text)?.[1];
  return id === undefined ? undefined : Number(id);
}
