import { connect } from 'node:net';
import { once } from 'node:events';
import { answerLimit, decodeMessage, encode, lineCutter } from '../../../../main/backend/boxes/agent/wire.ts';
import type { AgentMessage } from '../../../../main/backend/boxes/agent/wire.ts';
import { ProblemError } from '../../../../main/contract/problem.ts';
import type { AgentAsk, AgentState } from '../../../../main/contract/box/agent.ts';

export interface Asker {
  readonly state: AgentState | undefined;
  /** All that came, in order. */
  readonly got: AgentMessage[];
  ask(ask: AgentAsk): Promise<unknown>;
  /** Bytes as they are. */
  raw(text: string | Uint8Array): void;
  readonly ended: boolean;
  close(): void;
}

/** A client of the agent's socket. */
export async function dial(path: string): Promise<Asker> {
  const socket = connect(path);
  await once(socket, 'connect');
  const got: AgentMessage[] = [];
  const waiting = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();
  let state: AgentState | undefined;
  let ended = false;
  let last = 0;
  socket.on('close', () => (ended = true));
  socket.on('error', () => (ended = true));
  const cut = lineCutter({
    limit: answerLimit,
    onTooLong: () => socket.destroy(),
    onLine(line) {
      const message = decodeMessage(line);
      got.push(message);
      if ('state' in message) {
        ({ state } = message);
        return;
      }
      const asked = waiting.get(message.id);
      if ('problem' in message) asked?.reject(new ProblemError(message.problem));
      else asked?.resolve(message.answer);
    },
  });
  socket.on('data', cut);
  return {
    get state() {
      return state;
    },
    got,
    get ended() {
      return ended;
    },
    ask(ask) {
      last += 1;
      const id = last;
      socket.write(encode({ id, ask }));
      return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    },
    raw: (text) => void socket.write(text),
    close: () => socket.destroy(),
  };
}
