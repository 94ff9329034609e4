import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { EnvHttpProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import { ProblemError } from '../../../contract/problem.ts';
import type { FetchOptions } from './fetcher.ts';

export interface Route {
  /** The address that is really asked for. */
  to(url: string): string;
  readonly dispatcher: Dispatcher;
  close(): Promise<void>;
}

/**
 * The way out: through a mirror (`MIRROR/<host>/<path>`), a proxy (given, else that of the environment) and with further
 * certificate authorities (besides the usual ones and those of NODE_EXTRA_CA_CERTS, which a list of our own would replace).
 */
export function openRoute(options: Pick<FetchOptions, 'mirror' | 'proxy' | 'ca'>): Route {
  const extra = process.env['NODE_EXTRA_CA_CERTS'];
  const ca = options.ca
    ? [...rootCertificates, ...(extra ? [readFileSync(extra, 'utf8')] : []), options.ca]
    : undefined;
  const dispatcher = new EnvHttpProxyAgent({
    ...(options.proxy?.http && { httpProxy: options.proxy.http }),
    ...(options.proxy?.https && { httpsProxy: options.proxy.https }),
    ...(options.proxy?.no && { noProxy: options.proxy.no }),
    ...(ca && { connect: { ca }, requestTls: { ca } }),
    connectTimeout: 15_000,
    headersTimeout: 30_000,
    bodyTimeout: 30_000,
  });
  const mirror = options.mirror?.replace(/\/+$/, '');
  return {
    dispatcher,
    to(url) {
      const { protocol, host, pathname, search } = parse(url);
      if (protocol !== 'https:' && protocol !== 'http:') throw badAddress(url);
      return mirror ? `${mirror}/${host}${pathname}${search}` : url;
    },
    close: () => dispatcher.close(),
  };
}

function parse(url: string): URL {
  try {
    return new URL(url);
  } catch (error) {
    throw badAddress(url, error);
  }
}

const badAddress = (url: string, cause?: unknown): ProblemError =>
  new ProblemError({ code: 'bad-address', title: 'This is no address of a file', detail: url }, { cause });
