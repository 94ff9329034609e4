import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { AgentAnswers, AgentAsk, AgentState } from '../../contract/box/agent.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { Log } from '../log.ts';
import { answerLimit, decodeMessage, encode, lineCutter } from '../boxes/agent/wire.ts';
import { createLiveValue } from '../target/live-value.ts';
import type { LiveValue } from '../target/live-value.ts';

type Answer<K extends AgentAsk['do']> = K extends keyof AgentAnswers ? AgentAnswers[K] : undefined;

/** The box's root agent, over its socket. The connection is made again by itself. */
export interface AgentClient {
  /** What it said last; `connected` false: it does not answer just now. */
  readonly now: LiveValue<{ state?: AgentState; connected: boolean }>;
  /** Throws the Problem that it answers with, and `agent-away` when it does not answer. 30 s unless told. */
  ask<A extends AgentAsk>(ask: A, options?: { timeoutMs?: number }): Promise<Answer<A['do']>>;
  close(): void;
}

const patience = 30_000;
const retryMs = 1000;

export function createAgentClient(path: string, log: Log, options: { retryMs?: number } = {}): AgentClient {
  const now = createLiveValue<{ state?: AgentState; connected: boolean }>({ connected: false });
  const waiting = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();
  let socket: Socket | undefined;
  let timer: NodeJS.Timeout | undefined;
  let last = 0;
  let closed = false;
  let told = false;

  const take = (line: string): void => {
    const message = decodeMessage(line);
    if ('state' in message) return now.set({ state: message.state, connected: true });
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if ('problem' in message) asked?.reject(new ProblemError(message.problem));
    else asked?.resolve(message.answer);
  };
  const dial = (): void => {
    const fresh = connect(path);
    fresh.on('connect', () => {
      socket = fresh;
      told = false;
      now.set({ ...now.value, connected: true });
    });
    const cut = lineCutter({
      limit: answerLimit,
      onLine(line) {
        try {
          if (line.trim() !== '') take(line);
        } catch (error) {
          log.warn({ err: error }, 'the agent said something that cannot be read');
          fresh.destroy();
        }
      },
      onTooLong: () => fresh.destroy(),
    });
    fresh.on('data', cut);
    fresh.on('error', (error) => {
      if (!told) log.warn({ err: error, path }, 'the agent of the box does not answer');
      told = true;
    });
    fresh.on('close', () => {
      if (socket === fresh) socket = undefined;
      for (const { reject } of waiting.values()) reject(away(path));
      waiting.clear();
      if (closed) return;
      now.set({ ...now.value, connected: false });
      timer = setTimeout(dial, options.retryMs ?? retryMs);
    });
  };
  dial();

  return {
    now,
    ask<A extends AgentAsk>(ask: A, { timeoutMs = patience } = {}) {
      const to = socket;
      if (!to) return Promise.reject(away(path));
      const id = (last += 1);
      return new Promise<Answer<A['do']>>((resolve, reject) => {
        const limit = setTimeout(() => settle(() => reject(away(path, timeoutMs))), timeoutMs);
        const settle = (how: () => void): void => {
          clearTimeout(limit);
          waiting.delete(id);
          how();
        };
        waiting.set(id, {
          resolve: (answer) => settle(() => resolve(answer as Answer<A['do']>)),
          reject: (error) => settle(() => reject(error)),
        });
        to.write(encode({ id, ask }));
      });
    },
    close() {
      closed = true;
      clearTimeout(timer);
      socket?.destroy();
    },
  };
}

const away = (path: string, timeoutMs?: number): ProblemError =>
  new ProblemError({
    code: 'agent-away',
    title: 'The part of the box that may change it does not answer',
    detail: timeoutMs ? `No answer over ${path} within ${timeoutMs / 1000} s.` : `Nobody answers at ${path}.`,
    cause: 'hearth-agent.service does not run, or starts again just now.',
    fix: 'Wait a minute and try again. At the box: `systemctl status hearth-agent`.',
  });
