import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { request } from 'undici';
import type { Dispatcher } from 'undici';
import type { Route } from './route.ts';

/** More than any file we fetch; a server that never ends is stopped there. */
export const longest = 16 * 2 ** 30;
const redirects = 5;
const tries = 5;

/** Why a transfer ended. `again`: another try may help. */
export class TransferError extends Error {
  readonly again: boolean;
  readonly status: number | undefined;
  constructor(message: string, options: { again: boolean; status?: number; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.again = options.again;
    this.status = options.status;
  }
}

export interface TransferOptions {
  signal: AbortSignal;
  headers?: Record<string, string>;
  /** Bytes of this file that are here by now. */
  onBytes?: (length: number) => void;
  /** It broke off and is tried again. */
  onRetry?: (why: string) => void;
}

/** GET with redirects followed; a secret is not sent on to another host. Throws TransferError. */
export async function ask(
  route: Route,
  url: string,
  options: { signal: AbortSignal; headers?: Record<string, string> },
): Promise<Dispatcher.ResponseData> {
  let address = route.to(url);
  let headers = options.headers ?? {};
  for (let hop = 0; hop <= redirects; hop += 1) {
    const answer = await request(address, {
      dispatcher: route.dispatcher,
      signal: options.signal,
      headers: { 'user-agent': 'hearth', accept: '*/*', 'accept-encoding': 'identity', ...headers },
    }).catch((error: unknown) => {
      options.signal.throwIfAborted();
      throw broken(address, error);
    });
    const location = answer.headers['location'];
    if (![301, 302, 303, 307, 308].includes(answer.statusCode) || typeof location !== 'string') return answer;
    await answer.body.dump();
    const next = new URL(location, address);
    if (next.host !== new URL(address).host) {
      const { authorization: _secret, ...rest } = headers;
      headers = rest;
    }
    address = next.href;
  }
  throw new TransferError(`${url} sends on more than ${redirects} times`, { again: false });
}

/**
 * One address into one file, gone on with where an earlier try (of this or of another process) stopped. Returns the SHA-256
 * of the whole file, lower-case hex. The file may be longer by a torn piece after a power cut: the digest tells.
 */
export async function transfer(route: Route, url: string, path: string, options: TransferOptions): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await pull(route, url, path, options);
      return await digestOf(path);
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof TransferError) || !error.again || attempt >= tries) throw error;
      options.onRetry?.(error.message);
      await wait(250 * 2 ** attempt, options.signal);
    }
  }
}

async function pull(route: Route, url: string, path: string, options: TransferOptions): Promise<void> {
  const here = await sizeOf(path);
  const answer = await ask(route, url, {
    signal: options.signal,
    headers: { ...options.headers, ...(here > 0 && { range: `bytes=${here}-` }) },
  });
  if (answer.statusCode === 416 && here > 0) {
    await answer.body.dump();
    const total = /\/(\d+)$/.exec(String(answer.headers['content-range'] ?? ''))?.[1];
    if (total !== undefined && Number(total) === here) return;
    await truncate(path, 0);
    throw new TransferError(`${url} is shorter than what was fetched of it; it is fetched anew`, { again: true });
  }
  const resumed = answer.statusCode === 206 && rangeStart(answer) === here;
  if (answer.statusCode !== 200 && !resumed) {
    await answer.body.dump();
    if (answer.statusCode === 206) {
      await truncate(path, 0);
      throw new TransferError(`${url} answered with another part than was asked for`, { again: true });
    }
    throw new TransferError(`${new URL(url).host} answered ${answer.statusCode} for ${url}`, {
      again: answer.statusCode >= 500 || answer.statusCode === 429,
      status: answer.statusCode,
    });
  }
  let at = resumed ? here : 0;
  const length = Number(answer.headers['content-length'] ?? Number.NaN);
  const file = await open(path, resumed ? 'r+' : 'w', 0o600);
  try {
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      await file.write(chunk, 0, chunk.length, at);
      at += chunk.length;
      if (at > longest) throw new TransferError(`${url} does not end`, { again: false });
      options.onBytes?.(at);
    }
  } catch (error) {
    options.signal.throwIfAborted();
    throw error instanceof TransferError || isLocal(error) ? error : broken(url, error);
  } finally {
    await file.sync().catch(() => undefined); // a full disk is told by the write itself
    await file.close();
  }
  if (Number.isFinite(length) && at - (resumed ? here : 0) < length)
    throw new TransferError(`${new URL(url).host} broke off after ${at} bytes`, { again: true });
}

const rangeStart = (answer: Dispatcher.ResponseData): number =>
  Number(/^bytes (\d+)-/.exec(String(answer.headers['content-range'] ?? ''))?.[1] ?? Number.NaN);

/** Trouble of this computer's own disk: no other try helps. */
const isLocal = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '');

function broken(url: string, error: unknown): TransferError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const text = error instanceof Error ? error.message || code : String(error);
  const certificate = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ERR_TLS/.test(code);
  return new TransferError(
    certificate ? `the certificate of ${new URL(url).host} is not trusted (${code})` : `${new URL(url).host}: ${text}`,
    { again: !certificate && code !== 'ENOTFOUND', cause: error },
  );
}

export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

export async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

async function truncate(path: string, length: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.truncate(length);
  } finally {
    await file.close();
  }
}

const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
