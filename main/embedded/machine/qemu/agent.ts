import { connect } from 'node:net';
import { randomInt } from 'node:crypto';
import { JsonLines } from './json-lines.ts';

/** The guest agent did not answer, or refused. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
}

/**
 * One conversation with the guest's agent: connect, synchronise, ask, close. Short on purpose: the socket serves one
 * client, and an agent that restarts in the middle loses what was asked. `timeout` (ms) covers the whole of it.
 */
export async function askAgent<T>(
  path: string,
  questions: (ask: <A>(command: string, parameters?: object) => Promise<A>) => Promise<T>,
  timeout = 8000,
): Promise<T> {
  const socket = connect(path);
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const timer = setTimeout(
    () => failed.reject(new AgentError(`the guest agent gave no answer within ${timeout} ms`)),
    timeout,
  );
  let answer: ((message: Record<string, unknown>) => void) | undefined;
  const lines = new JsonLines((message) => answer?.(message));
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    try {
      lines.push(text);
    } catch {
      failed.reject(new AgentError('the guest agent sent something that is not JSON'));
    }
  });
  socket.on('error', (error) => failed.reject(new AgentError(error.message)));
  socket.on('close', () => failed.reject(new AgentError('the guest agent is not connected')));
  const send = (command: string, parameters: object | undefined) => {
    const { promise, resolve } = Promise.withResolvers<Record<string, unknown>>();
    answer = resolve;
    socket.write(`${JSON.stringify({ execute: command, ...(parameters ? { arguments: parameters } : {}) })}\n`);
    return Promise.race([promise, failed.promise]);
  };
  try {
    const id = randomInt(2 ** 31);
    // Answers to an earlier client's questions may come first.
    let synced = await send('guest-sync', { id });
    while (synced['return'] !== id) {
      const { promise, resolve } = Promise.withResolvers<Record<string, unknown>>();
      answer = resolve;
      synced = await Promise.race([promise, failed.promise]);
    }
    return await questions(async <A>(command: string, parameters?: object) => {
      const message = await send(command, parameters);
      const error = message['error'] as { desc?: string } | undefined;
      if (error) throw new AgentError(`${command}: ${error.desc ?? 'refused'}`);
      return message['return'] as A;
    });
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
