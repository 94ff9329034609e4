import { StringDecoder } from 'node:string_decoder';
import type { BoxState } from '../../../contract/box/state.ts';
import { ask, askJson, Refused, refusalOf } from './request.ts';
import type { Reach } from './dial.ts';
import { revoked, strange, unreachable } from './problems.ts';
import { helloSchema, readState } from './state-schema.ts';
import { monotonic } from '../../../contract/monotonic.ts';

/** Bytes of one state; bytes a minute that anything a box does can need. */
const longest = 2 * 1024 * 1024;
const mostAMinute = 64 * 1024 * 1024;
/** Milliseconds until the first state. */
const firstMs = 10_000;

export interface FollowOptions {
  reach: Reach & { pin: string };
  /** Whose states they must be; before the box is known (pairing), any. */
  boxId?: string;
  onState: (state: BoxState) => void;
  /** Milliseconds without a word after which the box is asked whether it is there; 20 s unless told. */
  idleMs?: number;
  signal: AbortSignal;
}

/**
 * Reads the states of a box as they come, until the connection ends. Resolves when it ended after at least one state; throws
 * the Problems of `dial`, `box-revoked` when the box does not know this Hearth any more, `box-answer-strange`.
 */
export async function followState(options: FollowOptions): Promise<void> {
  const { reach, boxId, onState, idleMs = 20_000 } = options;
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const answer = await ask(reach, { path: '/box/state', timeoutMs: 10_000, signal });
  let told = 0;
  let lost: unknown;
  const lose = (error: unknown): void => {
    lost = error;
    over.abort();
    answer.close();
  };
  // Signs of life alone would keep it for ever.
  const first = setTimeout(() => lose(strange(reach.address, 'It does not tell its state.')), firstMs);
  let last = monotonic();
  // A box whose plug was pulled says nothing more, and TCP notices after many minutes only.
  let asking = false;
  const watchdog = setInterval(() => {
    if (asking || monotonic() - last < idleMs) return;
    asking = true;
    askJson(reach, { path: '/box/hello', timeoutMs: 5000, connectMs: 4000, signal })
      .then(() => (last = monotonic()))
      .catch((error: unknown) => {
        if (!signal.aborted) lose(error); // else it ended while it was asked
      })
      .finally(() => (asking = false));
  }, idleMs / 4);
  watchdog.unref();
  try {
    if (answer.status === 401 || answer.status === 403) throw revoked(reach.address);
    if (answer.status !== 200) await refusalOf(reach, answer);
    answer.body.socket.setKeepAlive(true, 10_000);
    for await (const line of linesOf(answer.body, reach.address)) {
      last = monotonic();
      if (line.trim() === '') continue; // a sign of life
      const state = readState(parse(line));
      if (!state) throw strange(reach.address, 'Its state is not understood.');
      if (boxId !== undefined && state.boxId !== boxId) throw strange(reach.address, 'It says that it is another box.');
      told += 1;
      clearTimeout(first);
      onState(state);
    }
  } catch (error) {
    if (lost !== undefined) throw lost;
    options.signal.throwIfAborted();
    if (isProblem(error)) throw error;
    if (told === 0) throw unreachable(reach.address, error);
    return; // it was cut
  } finally {
    clearInterval(watchdog);
    clearTimeout(first);
    answer.close();
  }
  if (told === 0) throw strange(reach.address, 'It ended without a word about its state.');
}

const isProblem = (error: unknown): boolean => error instanceof Refused || (error as Error).name === 'ProblemError';

async function* linesOf(body: AsyncIterable<Buffer>, address: string): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let text = '';
  let bytes = 0;
  let since = monotonic();
  for await (const chunk of body) {
    if (monotonic() - since > 60_000) [bytes, since] = [0, monotonic()];
    bytes += chunk.length;
    if (bytes > mostAMinute) throw strange(address, 'It says more than a box has to say.');
    text += decoder.write(chunk);
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    if (text.length > longest) throw strange(address, 'A line of its state has no end.');
    yield* lines;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // told as not understood
  }
}

/** Who says it is a box at this address, and with which certificate; nothing of it is proven. */
export async function lookAtHello(reach: Reach, how: { connectMs?: number; timeoutMs?: number; signal?: AbortSignal }) {
  const { value, fingerprint } = await askJson(reach, { path: '/box/hello', limit: 16 * 1024, ...how });
  const checked = helloSchema.safeParse(value);
  if (!checked.success) throw strange(reach.address, 'It does not say that it is a box.');
  return { hello: checked.data, fingerprint };
}
