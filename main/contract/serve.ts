import type { z } from 'zod';
import { createChannel, joinPipes } from './bytes.ts';
import type { Channel } from './bytes.ts';
import { streamWindow } from './connect.ts';
import { newAbort } from './platform.ts';
import { parseMessage } from './port.ts';
import type { Message, Port } from './port.ts';
import { asProblem, ProblemError } from './problem.ts';
import type { Problem } from './problem.ts';
import type { BytePipe, Handlers, RequestContext, Router } from './procedure.ts';

export interface ServeOptions {
  /** Requests one page may have under way. */
  maxRequests?: number;
  /** Told of every failed request, with the error as it was thrown. */
  onError?: (path: string, error: unknown) => void;
}
interface Entry {
  type: 'call' | 'stream' | 'pipe';
  input: z.ZodType;
  handle: (input: unknown, context: RequestContext) => unknown;
}
interface Request {
  abort(): void;
  credit(n: number): boolean;
  channel: Channel | undefined;
}

/** A flat table of the contract's own properties: nothing a page can name reaches anything else. */
function table(contract: Router, handlers: unknown, prefix = '', into = new Map<string, Entry>()): Map<string, Entry> {
  for (const [name, node] of Object.entries(contract)) {
    const handler = (handlers as Record<string, unknown> | undefined)?.[name];
    const path = prefix + name;
    const { type, input } = node as { type?: unknown; input?: unknown };
    if (type === 'call' || type === 'stream' || type === 'pipe') {
      if (typeof handler !== 'function') throw new Error(`The contract's ${path} has no handler.`);
      const handle = handler.bind(handlers) as Entry['handle'];
      into.set(path, { type, input: input as z.ZodType, handle });
    } else table(node as Router, handler, `${path}.`, into);
  }
  return into;
}

/** Field paths and messages of a refused input. */
export function inputProblem(path: string, error: z.ZodError): Problem {
  const fields = Object.fromEntries(error.issues.map((issue) => [issue.path.join('.'), issue.message]));
  const detail = error.issues
    .slice(0, 5)
    .map((issue) => (issue.path.length ? `${issue.path.join('.')}: ${issue.message}` : issue.message));
  return {
    code: 'invalid-input',
    title: 'Not accepted',
    detail: detail.join('; '),
    command: path,
    fields,
    kind: 'failed',
  };
}
const refusal = (code: string, detail: string): ProblemError =>
  new ProblemError({ code, title: 'Request refused', detail, kind: 'denied' });

/**
 * Answers one page until its port closes. Every input is checked, every request has an AbortSignal, and a page that
 * breaks the protocol loses its port and nothing else.
 */
export function serve<R extends Router>(
  contract: R,
  handlers: Handlers<R>,
  port: Port,
  options: ServeOptions = {},
): void {
  const entries = table(contract, handlers);
  const requests = new Map<number, Request>();
  const limit = options.maxRequests ?? 256;
  let open = true;
  const send = (message: Message): void => {
    if (open) port.send(message);
  };

  async function answer(id: number, path: string, entry: Entry, input: unknown): Promise<void> {
    const abort = newAbort();
    let credits = streamWindow;
    let wake: (() => void) | undefined;
    let leave: (() => void) | undefined;
    abort.signal.addEventListener('abort', () => leave?.(), { once: true });
    // Each wait is a promise of its own: one that lives as long as the stream would keep every value that was raced against it.
    const orAborted = <T>(work: Promise<T>): Promise<T | 'aborted'> =>
      new Promise((resolve, reject) => {
        leave = () => resolve('aborted');
        if (abort.signal.aborted) leave();
        work.then(resolve, reject);
      });
    const request: Request = {
      channel: undefined,
      abort: () => abort.abort(),
      credit(n) {
        credits += n;
        wake?.();
        return credits <= streamWindow;
      },
    };
    requests.set(id, request);
    try {
      const checked = entry.input.safeParse(input);
      if (!checked.success) throw new ProblemError(inputProblem(path, checked.error));
      const context = { signal: abort.signal } as unknown as RequestContext;
      const result = entry.handle(checked.data, context);
      if (entry.type === 'call') {
        const value = await orAborted(Promise.resolve(result));
        if (!abort.signal.aborted) send({ t: 'end', id, value });
        else await result; // it may still fail, and then it is logged
      } else if (entry.type === 'stream') {
        const iterator = (result as AsyncIterable<unknown>)[Symbol.asyncIterator]();
        try {
          while (!abort.signal.aborted) {
            if (credits === 0) {
              await orAborted(new Promise<void>((resolve) => (wake = resolve)));
              continue;
            }
            const next = await orAborted(iterator.next());
            if (next === 'aborted' || next.done) break;
            credits -= 1;
            send({ t: 'item', id, value: next.value });
          }
        } finally {
          iterator.return?.()?.then(undefined, (error: unknown) => options.onError?.(path, error));
        }
        if (!abort.signal.aborted) send({ t: 'end', id });
      } else {
        const pipe = await (result as Promise<BytePipe>);
        if (abort.signal.aborted) return pipe.close();
        const channel = createChannel(id, send, () => undefined);
        request.channel = channel;
        send({ t: 'opened', id });
        await joinPipes(channel, pipe);
      }
    } catch (error) {
      if (!abort.signal.aborted) send({ t: 'end', id, problem: asProblem(error) });
      if (!abort.signal.aborted || asProblem(error).kind !== 'cancelled') options.onError?.(path, error);
    } finally {
      requests.delete(id);
    }
  }

  port.onMessage((raw) => {
    const message = parseMessage(raw);
    const request = message && requests.get(message.id);
    if (message?.t === 'open' && !request) {
      const entry = entries.get(message.path);
      const problem = !entry
        ? refusal(
            'unknown-procedure',
            'Hearth does not know this request. The page may be older than the backend: reload.',
          )
        : requests.size >= limit
          ? refusal('too-many-requests', `A page may have ${limit} requests under way.`)
          : undefined;
      if (entry && !problem) void answer(message.id, message.path, entry, message.input);
      else send({ t: 'end', id: message.id, problem: asProblem(problem) });
      return;
    }
    let fine = message !== undefined && message.t !== 'open' && message.t !== 'opened' && message.t !== 'item';
    if (fine && request && message) {
      if (message.t === 'cancel') {
        request.channel?.fail(asProblem(refusal('cancelled', 'The page closed it.')));
        request.abort();
      } else if (request.channel) fine = request.channel.receive(message);
      else if (message.t === 'credit') fine = request.credit(message.n);
    }
    if (!fine) port.close();
  });
  port.onClose(() => {
    open = false;
    for (const request of requests.values()) {
      request.channel?.fail(asProblem(refusal('connection-lost', 'The page went away.')));
      request.abort();
    }
  });
}
