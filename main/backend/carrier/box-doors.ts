import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { boxActionSchema } from '../../contract/box/actions.ts';
import type { BoxAction, BoxActionResult } from '../../contract/box/actions.ts';
import { confirmCodeSchema, pairByCodeSchema, pairBySecretSchema } from '../../contract/box/doors.ts';
import type {
  BoxKubeconfig,
  BoxUpdateReceived,
  CodeShare,
  PairedByCode,
  PairedBySecret,
} from '../../contract/box/doors.ts';
import type { BoxHello, BoxState, PairedApp } from '../../contract/box/state.ts';
import type { BoxHealth, BoxJoinTicket, BoxLogs, BoxResetPreview } from '../../contract/box/upkeep.ts';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import type { Task } from '../../contract/task.ts';
import { fingerprintOfPeer } from './box-peer.ts';

/** Who is at a door before any proof. `fingerprint`: of the certificate it showed. */
export interface Caller {
  address: string;
  fingerprint: string | undefined;
  /** Address of the box at which it was reached. */
  at: string;
}
/** What stands behind the doors for apps. Everything throws Problems. */
export interface BoxDoors {
  hello(caller: Caller): BoxHello;
  pairBySecret(caller: Caller, input: z.infer<typeof pairBySecretSchema>): Promise<PairedBySecret>;
  pairByCode(caller: Caller, input: z.infer<typeof pairByCodeSchema>): Promise<CodeShare>;
  confirmCode(caller: Caller, input: z.infer<typeof confirmCodeSchema>): Promise<PairedByCode>;
  /** The app of this certificate. Throws where nobody is trusted under it. */
  trusted(caller: Caller): PairedApp;
  state(signal: AbortSignal): AsyncIterable<BoxState>;
  /** `at`: address of the box at which the app reached it. */
  act(app: PairedApp, action: BoxAction, at: string): Promise<BoxActionResult>;
  task(id: string): Task;
  health(): Promise<BoxHealth>;
  resetPreview(): Promise<BoxResetPreview>;
  logs(lines: number): Promise<BoxLogs>;
  logBundle(signal: AbortSignal): Promise<Readable>;
  /** `address`: of the box, as the app reached it. */
  kubeconfig(address: string): Promise<BoxKubeconfig>;
  joinTicket(): Promise<BoxJoinTicket>;
  receiveUpdate(body: IncomingMessage, signal: AbortSignal): Promise<BoxUpdateReceived>;
  leave(app: PairedApp): Promise<void>;
}

/** Milliseconds between two signs of life among the states. */
const pace = 10_000;
const linesSchema = z.object({ lines: z.coerce.number().int().min(1).max(5000).default(500) });
const taskSchema = z.object({ id: z.string().max(100) });

/** The doors for apps below `/box/`; see the contract. Browsers have no business here. */
export async function registerDoors(app: FastifyInstance, doors: BoxDoors): Promise<void> {
  await app.register(
    async (scope) => {
      scope.setErrorHandler((error, _request, reply) => sendProblem(reply, error));
      scope.addHook('onRequest', async (request, reply) => {
        if (request.headers.origin !== undefined || request.headers['sec-fetch-site'] !== undefined)
          return sendProblem(reply, notForPages());
        reply.header('cache-control', 'no-store');
        return undefined;
      });
      scope.get('/hello', async (request) => doors.hello(caller(request)));
      scope.post('/pair/secret', async (request) => doors.pairBySecret(caller(request), read(pairBySecretSchema, request.body))); // prettier-ignore
      scope.post('/pair/code', async (request) => doors.pairByCode(caller(request), read(pairByCodeSchema, request.body))); // prettier-ignore
      scope.post('/pair/code/confirm', async (request) => doors.confirmCode(caller(request), read(confirmCodeSchema, request.body))); // prettier-ignore
      await scope.register(async (inside) => registerTrusted(inside, doors));
    },
    { prefix: '/box' },
  );
}

/** Behind the proof: each request by the certificate of its own connection. */
async function registerTrusted(scope: FastifyInstance, doors: BoxDoors): Promise<void> {
  const of = (request: FastifyRequest): PairedApp => doors.trusted(caller(request));
  scope.addHook('onRequest', async (request) => void of(request));
  scope.get('/state', async (request, reply) => {
    const over = gone(request);
    reply.hijack();
    await sendStates(reply, doors.state(over), over);
  });
  scope.post('/act', async (request) =>
    doors.act(of(request), read(boxActionSchema, request.body), caller(request).at),
  );
  scope.get('/task', async (request) => doors.task(read(taskSchema, request.query).id));
  scope.get('/health', async () => doors.health());
  scope.get('/reset-preview', async () => doors.resetPreview());
  scope.get('/logs', async (request) => doors.logs(read(linesSchema, request.query).lines));
  scope.get('/logs.tar.gz', async (request, reply) => {
    const over = gone(request);
    const bundle = await doors.logBundle(over);
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'application/gzip', 'cache-control': 'no-store' });
    await pipeline(bundle, reply.raw, { signal: over }).catch(() => reply.raw.destroy()); // the app is gone, or sees it cut
  });
  scope.get('/kubeconfig', async (request) => doors.kubeconfig(caller(request).at));
  scope.get('/join-ticket', async () => doors.joinTicket());
  scope.post('/leave', async (request, reply) => {
    await doors.leave(of(request));
    return reply.code(204).send();
  });
  await scope.register(async (bytes) => {
    bytes.removeAllContentTypeParsers();
    bytes.addContentTypeParser('*', (_request, _payload, done) => done(null));
    bytes.put('/update', async (request) => doors.receiveUpdate(request.raw, gone(request)));
  });
}

async function sendStates(reply: FastifyReply, states: AsyncIterable<BoxState>, over: AbortSignal): Promise<void> {
  const { raw } = reply;
  raw.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  raw.flushHeaders();
  const sign = setInterval(() => {
    if (!raw.writableNeedDrain) raw.write('\n');
  }, pace);
  const drained = (): Promise<void> =>
    new Promise((resolve) => {
      raw.once('drain', resolve);
      over.addEventListener('abort', () => resolve(), { once: true });
    });
  try {
    for await (const state of states) {
      if (over.aborted) break;
      // Whoever reads slowly gets the newest one when there is room again.
      if (!raw.write(`${JSON.stringify(state)}\n`)) await drained();
    }
  } finally {
    clearInterval(sign);
    raw.end();
  }
}

const caller = (request: FastifyRequest): Caller => ({
  address: request.socket.remoteAddress ?? '',
  fingerprint: fingerprintOfPeer(request.socket),
  at: request.socket.localAddress ?? '',
});

/** Aborted when the other side has gone. */
function gone(request: FastifyRequest): AbortSignal {
  const over = new AbortController();
  request.raw.socket.once('close', () => over.abort());
  return over.signal;
}

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  throw new ProblemError({
    code: 'invalid-input',
    title: 'The box did not understand',
    detail: z.prettifyError(checked.error),
    cause: 'The app has another version than the box.',
    fix: 'Update both to the same version.',
    fields: Object.fromEntries(checked.error.issues.map(({ path, message }) => [path.join('.'), message])),
    kind: 'denied',
  });
}

const statuses: Record<string, number> = {
  'invalid-input': 400,
  'not-paired': 403,
  'box-revoked': 403,
  'too-often': 429,
  'code-wait': 429,
  'agent-away': 503,
  'not-found': 404,
};
function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  const { statusCode } = error as { statusCode?: number };
  // Fastify's own refusals: a body that is too large, is no JSON, ends early.
  const ofFastify = !(error instanceof ProblemError) && statusCode !== undefined && statusCode < 500;
  const problem = ofFastify
    ? {
        code: 'invalid-input',
        title: 'The box did not understand',
        detail: (error as Error).message,
        kind: 'denied' as const,
      }
    : asProblem(error);
  const status = ofFastify ? statusCode : (statuses[problem.code] ?? (problem.kind === 'denied' ? 409 : 500));
  return reply.code(status).header('cache-control', 'no-store').send(problem);
}

const notForPages = (): ProblemError =>
  new ProblemError({
    code: 'not-paired',
    title: 'This is not for pages',
    detail: 'Only apps speak to the box here, never a page in a browser.',
    kind: 'denied',
  });
