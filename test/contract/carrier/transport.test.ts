import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { WebSocketServer, WebSocket } from 'ws';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { pipeWindow } from '../../../main/contract/bytes.ts';
import { connect, streamWindow } from '../../../main/contract/connect.ts';
import type { Connection } from '../../../main/contract/connect.ts';
import { messagePort } from '../../../main/contract/message-port.ts';
import type { Port } from '../../../main/contract/port.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import { call, pipe, stream } from '../../../main/contract/procedure.ts';
import type { BytePipe } from '../../../main/contract/procedure.ts';
import { createQueue } from '../../../main/contract/queue.ts';
import { serve } from '../../../main/contract/serve.ts';
import { websocketPort } from '../../../main/contract/websocket-port.ts';

const contract = {
  math: { add: call<number>()(z.object({ a: z.number(), b: z.number() }).strict()) },
  fail: { denied: call<void>()(z.object({})), thrown: call<void>()(z.object({})), never: call<void>()(z.object({})) },
  count: stream<number>()(z.object({ to: z.number(), failAt: z.number().optional() })),
  echo: pipe(z.object({})),
  flood: pipe(z.object({})),
};
type Carrier = () => Promise<{ page: Port; backend: Port; raw(data: unknown): void; end(): Promise<void> }>;

const listen = (port: MessageChannel['port1']) => (onMessage: (data: unknown) => void, onClose: () => void) => {
  port.on('message', onMessage);
  port.on('close', onClose);
};
const overMessagePort: Carrier = async () => {
  const { port1, port2 } = new MessageChannel();
  return {
    page: messagePort(port1, listen(port1)),
    backend: messagePort(port2, listen(port2)),
    raw: (data) => port1.postMessage(data),
    end: async () => port1.close(),
  };
};
const overWebSocket: Carrier = async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[WebSocket]>;
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [other] = await accepted;
  const backend = websocketPort(other);
  await once(client, 'open');
  return {
    page: websocketPort(client),
    backend,
    raw: (data) => client.send(data instanceof Uint8Array ? data : JSON.stringify(data)),
    async end() {
      client.terminate();
      other.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

describe.each([
  ['MessagePort', overMessagePort],
  ['WebSocket', overWebSocket],
])('contract over %s', (_name, carrier) => {
  let link: Awaited<ReturnType<Carrier>>;
  let connection: Connection<typeof contract>;
  let produced = 0;
  let floodWritten = 0;
  let aborts = 0;
  const errors: string[] = [];

  beforeEach(async () => {
    link = await carrier();
    [produced, floodWritten, aborts] = [0, 0, 0];
    errors.length = 0;
    const opened = (readable: AsyncIterable<Uint8Array>, write: BytePipe['write']): BytePipe => ({
      readable,
      write,
      close: () => undefined,
    });
    serve(
      contract,
      {
        math: { add: ({ a, b }) => a + b },
        fail: {
          denied() {
            throw new ProblemError({ code: 'not-yours', title: 'No', detail: 'Not for you.', kind: 'denied' });
          },
          thrown() {
            throw new Error('boom');
          },
          never: (_input, { signal }) =>
            new Promise<void>((resolve) => {
              signal.addEventListener('abort', () => {
                aborts += 1;
                resolve();
              });
            }),
        },
        async *count({ to, failAt }, { signal }) {
          signal.addEventListener('abort', () => (aborts += 1));
          for (let n = 0; n < to; n += 1) {
            if (n === failAt) throw new ProblemError({ code: 'stopped-short', title: 'Stop', detail: `at ${n}` });
            produced += 1;
            yield n;
          }
        },
        async echo() {
          const queue = createQueue<Uint8Array>();
          return { readable: queue, write: async (bytes) => queue.push(bytes), close: () => queue.end() };
        },
        async flood() {
          const endless = async function* () {
            for (;;) {
              floodWritten += 65_536;
              yield new Uint8Array(65_536);
            }
          };
          return opened(endless(), async () => undefined);
        },
      },
      link.backend,
      { maxRequests: 8, onError: (path, error) => errors.push(`${path}: ${String(error)}`) },
    );
    connection = connect(contract, link.page);
  });
  afterEach(async () => {
    connection.close();
    await link.end();
  });
  const problemOf = async (promise: Promise<unknown>) => {
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ProblemError);
    return (error as ProblemError).problem;
  };

  test('a call answers; a refused input names its fields', async () => {
    expect(await connection.api.math.add({ a: 2, b: 3 })).toBe(5);
    const problem = await problemOf(connection.api.math.add({ a: 'x' } as never));
    expect(problem.code).toBe('invalid-input');
    expect(Object.keys(problem.fields ?? {})).toEqual(['a', 'b']);
  });

  test('problems keep their kind; unexpected errors are reported and marked', async () => {
    expect(await problemOf(connection.api.fail.denied({}))).toMatchObject({ code: 'not-yours', kind: 'denied' });
    expect(await problemOf(connection.api.fail.thrown({}))).toMatchObject({ code: 'unexpected', detail: 'boom' });
    expect(errors).toHaveLength(2);
  });

  test('an aborted call ends here and there', async () => {
    const stop = new AbortController();
    const running = connection.api.fail.never({}, { signal: stop.signal });
    await connection.api.math.add({ a: 0, b: 0 });
    stop.abort();
    expect(await problemOf(running)).toMatchObject({ kind: 'cancelled' });
    await connection.api.math.add({ a: 0, b: 0 });
    expect(aborts).toBe(1);
  });

  test('a stream brings every item in order, and its failure', async () => {
    const seen: number[] = [];
    for await (const n of connection.api.count({ to: 500 })) seen.push(n);
    expect(seen).toEqual(Array.from({ length: 500 }, (_, n) => n));
    const failing = (async () => {
      for await (const n of connection.api.count({ to: 5, failAt: 3 })) seen.push(n);
    })();
    expect(await problemOf(failing)).toMatchObject({ code: 'stopped-short' });
  });

  test('a page that does not read holds the producer back; leaving the loop cancels', async () => {
    for await (const n of connection.api.count({ to: 1e9 })) {
      if (n === 3) break;
      for (let turn = 0; turn < 10; turn += 1) await connection.api.math.add({ a: 1, b: 1 });
    }
    await connection.api.math.add({ a: 1, b: 1 });
    expect(produced).toBeLessThanOrEqual(2 * streamWindow);
    expect(aborts).toBe(1);
  });

  test('a pipe carries bytes unchanged both ways', async () => {
    const echo = await connection.api.echo({});
    const sent = Buffer.alloc(1_000_003, 'hearth ');
    const writing = echo.write(sent);
    const got: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of echo.readable) {
      got.push(chunk);
      size += chunk.length;
      if (size >= sent.length) break;
    }
    await writing;
    expect(Buffer.concat(got).equals(sent)).toBe(true);
    expect((await problemOf(echo.write(new Uint8Array(1)))).code).toBe('pipe-closed');
  });

  test('a pipe nobody reads stops at its window', async () => {
    const flood = await connection.api.flood({});
    for (let turn = 0; turn < 50; turn += 1) await connection.api.math.add({ a: 1, b: 1 });
    expect(floodWritten).toBeLessThanOrEqual(pipeWindow + 2 * 65_536);
    flood.close();
  });

  test('a closed port fails everything under way, pipes included', async () => {
    const echo = await connection.api.echo({});
    const reading = (async () => {
      for await (const _ of echo.readable) expect.unreachable();
    })();
    const running = connection.api.fail.never({});
    link.backend.close();
    expect((await problemOf(running)).code).toBe('connection-lost');
    expect((await problemOf(reading)).code).toBe('connection-lost');
    expect((await problemOf(connection.api.math.add({ a: 1, b: 1 }))).code).toBe('connection-lost');
  });

  test('names that are not in the contract are refused', async () => {
    const names = ['toString', '__proto__', 'constructor.name', 'math', 'math.add.input', 'math.__proto__.add', ''];
    const odd = connect(Object.fromEntries(names.map((name) => [name, call<void>()(z.unknown())])), link.page);
    for (const [name, procedure] of Object.entries(odd.api))
      expect([name, (await problemOf((procedure as (i: unknown) => Promise<void>)({}))).code]).toEqual([
        name,
        'unknown-procedure',
      ]);
  });

  test('too many requests at once are refused, and room comes back', async () => {
    const stop = new AbortController();
    const hanging = Array.from({ length: 8 }, () => connection.api.fail.never({}, { signal: stop.signal }));
    expect((await problemOf(connection.api.math.add({ a: 1, b: 1 }))).code).toBe('too-many-requests');
    stop.abort();
    await Promise.allSettled(hanging);
    await expect.poll(() => connection.api.math.add({ a: 1, b: 1 }).catch(() => 0)).toBe(2);
  });

  const hostile: [string, unknown][] = [
    ['no object', 7],
    ['no id', { t: 'open', path: 'math.add' }],
    ['negative id', { t: 'cancel', id: -1 }],
    ['a huge id', { t: 'cancel', id: 2 ** 40 }],
    ['unknown type', { t: 'eval', id: 1 }],
    ['path of another type', { t: 'open', id: 1, path: { toString: 'x' } }],
    ['credit that overflows', { t: 'credit', id: 1, n: Number.MAX_VALUE }],
    ['an answer to the backend', { t: 'item', id: 9, value: 1 }],
  ];
  test.each(hostile)('%s closes this port only', async (_what, data) => {
    link.raw(data);
    await connection.closed;
    expect((await problemOf(connection.api.math.add({ a: 1, b: 1 }))).code).toBe('connection-lost');
  });

  test('more bytes than were asked for close the port', async () => {
    await connection.api.echo({});
    link.page.send({ t: 'data', id: 1, bytes: new Uint8Array(pipeWindow + 1) });
    await connection.closed;
    expect((await problemOf(connection.api.math.add({ a: 1, b: 1 }))).code).toBe('connection-lost');
  });
});
