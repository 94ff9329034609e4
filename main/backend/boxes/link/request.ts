import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ProblemError } from '../../../contract/problem.ts';
import { hostHeader, readAddress, writeAddress } from './address.ts';
import { dial } from './dial.ts';
import type { Patience, Reach } from './dial.ts';
import { problemOf, strange, unreachable } from './problems.ts';
import { monotonic } from '../../../contract/monotonic.ts';

export interface Spec extends Patience {
  method?: 'GET' | 'POST' | 'PUT';
  path: string;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it comes; `length` in bytes. */
  stream?: { from: Readable; length: number };
  /** Shown as a bearer token. */
  token?: string;
  /** Milliseconds until the head of the answer (and, in `askJson`, its end) came; 15 s unless told. */
  timeoutMs?: number;
}
/** The head of an answer; the body is still to be read, or `close`d. */
export interface Answer {
  status: number;
  body: IncomingMessage;
  fingerprint: string;
  close(): void;
}
/** Bytes of a JSON answer. */
const jsonLimit = 4 * 1024 * 1024;

/** One request over a connection of its own. Throws the Problems of `dial`, and `box-unreachable` when it breaks. */
export async function ask(reach: Reach, spec: Spec): Promise<Answer> {
  const { socket, fingerprint } = await dial(reach, spec);
  const { host, port } = readAddress(reach.address);
  const { signal, timeoutMs = 15_000 } = spec;
  const bytes = spec.json === undefined ? undefined : Buffer.from(JSON.stringify(spec.json));
  const outgoing = httpRequest({
    createConnection: () => socket, // without an agent: one would make its own
    host,
    port,
    method: spec.method ?? 'GET',
    path: spec.path,
    maxHeaderSize: 16 * 1024,
    headers: {
      host: hostHeader({ host, port }),
      // A box that refuses an upload half-way would cut the connection together with its answer, were it to close at its end.
      connection: spec.stream ? 'keep-alive' : 'close',
      accept: 'application/json',
      ...(spec.token !== undefined && { authorization: `Bearer ${spec.token}` }),
      ...(bytes && { 'content-type': 'application/json', 'content-length': bytes.length }),
      ...(spec.stream && { 'content-type': 'application/octet-stream', 'content-length': spec.stream.length }),
    },
  });
  const abort = (): void => void socket.destroy();
  signal?.addEventListener('abort', abort, { once: true });
  let timer: NodeJS.Timeout | undefined;
  try {
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve);
      outgoing.on('error', reject);
      outgoing.once('close', () => reject(Object.assign(new Error('it closed'), { code: 'ECONNRESET' })));
      const late = (): void => reject(Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: 'ETIMEDOUT' })); // prettier-ignore
      // What is sent for a long time is followed by its sender; the clock runs from its end.
      if (spec.stream) outgoing.once('finish', () => (timer = setTimeout(late, timeoutMs)));
      else timer = setTimeout(late, timeoutMs);
    });
    answered.catch(() => undefined); // awaited below
    // A box may refuse before all was sent: its answer is worth more than the broken pipe.
    if (spec.stream)
      void pipeline(spec.stream.from, outgoing).catch((error: unknown) => setTimeout(() => outgoing.destroy(error as Error), 500)); // prettier-ignore
    else outgoing.end(bytes);
    const body = await answered;
    body.on('error', () => undefined); // whoever reads is told
    const close = (): void => {
      signal?.removeEventListener('abort', abort);
      socket.destroy();
    };
    socket.once('close', () => signal?.removeEventListener('abort', abort));
    return { status: body.statusCode ?? 0, body, fingerprint, close };
  } catch (error) {
    socket.destroy();
    signal?.removeEventListener('abort', abort);
    signal?.throwIfAborted();
    throw error instanceof ProblemError ? error : unreachable(reach.address, error);
  } finally {
    clearTimeout(timer);
  }
}

/** The body of an answer as text, at most `limit` bytes, within `timeoutMs`. */
async function readText(address: string, answer: Answer, limit: number, timeoutMs: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  let slow = false;
  const timer = setTimeout(() => {
    slow = true;
    answer.close();
  }, timeoutMs);
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit) throw strange(address, `It sends more than ${limit} bytes.`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    if (slow) throw strange(address, `Its answer did not end within ${timeoutMs} ms.`, error);
    throw error instanceof ProblemError ? error : unreachable(address, error);
  } finally {
    clearTimeout(timer);
    answer.close();
  }
}

/** An answer that is no success. `status`: of HTTP. */
export class Refused extends ProblemError {
  readonly status: number;
  constructor(problem: ProblemError['problem'], status: number) {
    super(problem);
    this.status = status;
  }
}

/** Throws what an answer without success says: the box's Problem, else `box-answer-strange`. */
export async function refusalOf(reach: Reach, answer: Answer, limit = jsonLimit): Promise<never> {
  const { status } = answer;
  const text = await readText(writeAddress(readAddress(reach.address)), answer, limit, 5000);
  const problem = problemOf(parse(text));
  if (problem) throw new Refused(problem, status);
  throw new Refused(strange(reach.address, `It answers with status ${status}.`).problem, status);
}

/** A request whose answer is JSON. Throws the Problems of `ask`, `box-answer-strange`, and those of the box (`Refused`). */
export async function askJson(
  reach: Reach,
  spec: Spec & { limit?: number },
): Promise<{ value: unknown; fingerprint: string }> {
  const begun = monotonic();
  const { timeoutMs = 15_000, limit = jsonLimit } = spec;
  const answer = await ask(reach, spec);
  if (answer.status < 200 || answer.status > 299) return refusalOf(reach, answer, limit);
  const text = await readText(reach.address, answer, limit, Math.max(1000, timeoutMs - (monotonic() - begun)));
  const value = text === '' ? undefined : parse(text);
  if (text !== '' && value === undefined) throw strange(reach.address, 'It does not answer with JSON.');
  return { value, fingerprint: answer.fingerprint };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // told by whoever asked
  }
}
