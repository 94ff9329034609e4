import { createChannel } from './bytes.ts';
import type { Channel } from './bytes.ts';
import type { SignalShape } from './platform.ts';
import { parseMessage } from './port.ts';
import type { Message, Port } from './port.ts';
import { ProblemError } from './problem.ts';
import type { Problem } from './problem.ts';
import type { BytePipe, CallOptions, Client, Router } from './procedure.ts';
import { createQueue } from './queue.ts';

/** Items of a stream that may be under way before the page has taken them. */
export const streamWindow = 16;

export const connectionLost: Problem = {
  code: 'connection-lost',
  title: 'Connection lost',
  detail: 'The connection to Hearth ended before the answer came.',
  cause: 'Hearth was stopped or restarted, or the computer slept.',
  fix: 'It reconnects by itself; then try again.',
  kind: 'failed',
};
const cancelled: Problem = {
  code: 'cancelled',
  title: 'Cancelled',
  detail: 'This was stopped before it finished.',
  kind: 'cancelled',
};

export interface Connection<R> {
  readonly api: Client<R>;
  /** Resolves when the port is closed, by either side. */
  readonly closed: Promise<void>;
  close(): void;
}
interface Pending {
  receive(message: Message): void;
  fail(problem: Problem): void;
}
type Open = (path: string, input: unknown, options?: CallOptions) => unknown;

/** A typed client over one port. When the port closes, everything under way fails with the Problem `connection-lost`. */
export function connect<R extends Router>(contract: R, port: Port): Connection<R> {
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let open = true;
  let closedNow: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    closedNow = resolve;
  });
  const send = (message: Message): void => {
    if (open) port.send(message);
  };
  port.onMessage((raw) => {
    const message = parseMessage(raw);
    if (message) pending.get(message.id)?.receive(message);
  });
  port.onClose(() => {
    open = false;
    for (const each of pending.values()) each.fail(connectionLost);
    pending.clear();
    closedNow();
  });
  /** Registers a request, sends it and follows the caller's signal; `over` must be called at its end. */
  function begin(path: string, input: unknown, options: CallOptions | undefined, make: (id: number) => Pending) {
    const id = ++lastId;
    const request = make(id);
    const signal = options?.signal as SignalShape | undefined;
    const abort = (): void => {
      send({ t: 'cancel', id });
      request.fail(cancelled);
    };
    const over = (): void => {
      pending.delete(id);
      signal?.removeEventListener('abort', abort);
    };
    if (!open) request.fail(connectionLost);
    else if (signal?.aborted) request.fail(cancelled);
    else {
      pending.set(id, request);
      signal?.addEventListener('abort', abort, { once: true });
      send({ t: 'open', id, path, input });
    }
    return { id, over };
  }

  const call: Open = (path, input, options) =>
    new Promise((resolve, reject) => {
      let over = (): void => undefined;
      ({ over } = begin(path, input, options, () => ({
        receive(message) {
          if (message.t !== 'end') return;
          over();
          if (message.problem) reject(new ProblemError(message.problem));
          else resolve(message.value);
        },
        fail(problem) {
          over();
          reject(new ProblemError(problem));
        },
      })));
    });

  const stream: Open = (path, input, options) => ({
    [Symbol.asyncIterator]() {
      let taken = 0;
      let over = (): void => undefined;
      let id = 0;
      const queue = createQueue<unknown>({
        taken() {
          taken += 1;
          if (taken < streamWindow / 2) return;
          send({ t: 'credit', id, n: taken });
          taken = 0;
        },
        returned() {
          send({ t: 'cancel', id });
          over();
        },
      });
      const end = (problem?: Problem): void => {
        over();
        queue.end(problem && new ProblemError(problem));
      };
      ({ over, id } = begin(path, input, options, () => ({
        receive(message) {
          if (message.t === 'item') queue.push(message.value);
          else if (message.t === 'end') end(message.problem);
        },
        fail: end,
      })));
      return queue[Symbol.asyncIterator]();
    },
  });

  const pipe: Open = (path, input, options) =>
    new Promise<BytePipe>((resolve, reject) => {
      let over = (): void => undefined;
      let channel: Channel | undefined;
      ({ over } = begin(path, input, options, (id) => ({
        receive(message) {
          if (message.t === 'opened') {
            channel = createChannel(id, send, () => over());
            resolve(channel);
          } else if (channel) channel.receive(message);
          else if (message.t === 'end') this.fail(message.problem ?? connectionLost);
        },
        fail(problem) {
          over();
          channel?.fail(problem);
          reject(new ProblemError(problem));
        },
      })));
    });

  const kinds = { call, stream, pipe };
  const build = (node: Router, prefix: string): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(node).map(([name, child]) => {
        const path = prefix + name;
        const type = (child as { type?: unknown }).type;
        if (type !== 'call' && type !== 'stream' && type !== 'pipe') return [name, build(child as Router, `${path}.`)];
        return [name, (input: unknown, options?: CallOptions) => kinds[type](path, input, options)];
      }),
    );
  return { api: build(contract, '') as Client<R>, closed, close: () => port.close() };
}
