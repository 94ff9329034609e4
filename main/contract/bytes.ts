import type { Message } from './port.ts';
import { asProblem, ProblemError } from './problem.ts';
import type { Problem } from './problem.ts';
import type { BytePipe } from './procedure.ts';
import { createQueue } from './queue.ts';

/** Bytes one side may have under way before the other says it has read them. */
export const pipeWindow = 2 * 1024 * 1024;
const chunkSize = 256 * 1024;

export const pipeClosed: Problem = {
  code: 'pipe-closed',
  title: 'The connection ended',
  detail: 'The other side closed this byte stream.',
  kind: 'failed',
};

/** One end of a byte pipe over a Port. */
export interface Channel extends BytePipe {
  /** The other side's `data`, `credit` or `end`; false when it broke the rules. */
  receive(message: Message): boolean;
  /** The carrier is gone. */
  fail(problem: Problem): void;
}

/** Makes one end; `send` goes to the other, `done` is called once when the pipe is over. */
export function createChannel(id: number, send: (message: Message) => void, done: () => void): Channel {
  let credit = pipeWindow;
  let granted = pipeWindow;
  let consumed = 0;
  let over: Problem | undefined;
  let waiting: (() => void)[] = [];
  let writes: Promise<void> = Promise.resolve();

  const incoming = createQueue<Uint8Array>({
    taken(chunk) {
      consumed += chunk.length;
      if (over || consumed < pipeWindow / 4) return;
      granted += consumed;
      send({ t: 'credit', id, n: consumed });
      consumed = 0;
    },
    returned: () => close(),
  });
  const finish = (problem: Problem, error?: Error): void => {
    if (over) return;
    over = problem;
    incoming.end(error);
    for (const wake of waiting) wake();
    waiting = [];
    done();
  };
  const close = (problem?: unknown): void => {
    if (over) return;
    send(problem === undefined ? { t: 'end', id } : { t: 'end', id, problem: asProblem(problem) });
    finish(pipeClosed);
  };
  async function push(bytes: Uint8Array): Promise<void> {
    for (let offset = 0; offset < bytes.length;) {
      // Both change in `receive` and `finish`, while we wait.
      // oxlint-disable-next-line no-unmodified-loop-condition
      while (credit === 0 && !over) await new Promise<void>((resolve) => waiting.push(resolve));
      if (over) throw new ProblemError(over);
      const size = Math.min(credit, chunkSize, bytes.length - offset);
      credit -= size;
      send({ t: 'data', id, bytes: bytes.subarray(offset, offset + size) });
      offset += size;
    }
    if (over) throw new ProblemError(over);
  }
  return {
    readable: incoming,
    write(bytes) {
      // One after the other, so that two writers never interleave the pieces of a chunk.
      const mine = writes.then(() => push(bytes));
      writes = mine.catch(() => undefined);
      return mine;
    },
    close,
    receive(message) {
      if (over) return true; // still under way when we closed
      if (message.t === 'data') {
        granted -= message.bytes.length;
        if (granted < 0) return false;
        if (message.bytes.length > 0) incoming.push(message.bytes);
      } else if (message.t === 'credit') {
        credit += message.n;
        if (credit > pipeWindow) return false;
        for (const wake of waiting.splice(0)) wake();
      } else if (message.t === 'end') {
        finish(message.problem ?? pipeClosed, message.problem && new ProblemError(message.problem));
      }
      return true;
    },
    fail: (problem) => finish(problem, new ProblemError(problem)),
  };
}

/** Joins two pipes until either ends; both are closed then. Never rejects. */
export async function joinPipes(left: BytePipe, right: BytePipe): Promise<void> {
  const copy = async (from: BytePipe, to: BytePipe): Promise<void> => {
    try {
      for await (const chunk of from.readable) await to.write(chunk);
      to.close();
      from.close();
    } catch (error) {
      to.close(error);
      from.close(error);
    }
  };
  await Promise.all([copy(left, right), copy(right, left)]);
}
