import * as http from 'node:http';
import * as https from 'node:https';
import { errnoOf, Refusal, textOf } from '../refusal.ts';

export interface RequestOptions {
  headers: Record<string, string>;
  /** Certificates to trust besides the usual ones (PEM). */
  ca?: string;
  /** Redirects from https to http are followed: the checksum vouches for the content. */
  verified: boolean;
  signal: AbortSignal;
}

const idle = 60_000;
const longestChain = 10;

/** A GET that follows redirects. Throws Refusal: `retry` says whether another try may help. */
export async function get(address: string, options: RequestOptions): Promise<http.IncomingMessage> {
  let url = parse(address);
  for (let hop = 0; hop <= longestChain; hop += 1) {
    const response = await once(url, options);
    const status = response.statusCode ?? 0;
    const location = response.headers.location;
    if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return response;
    response.resume();
    const next = parse(location, url);
    if (url.protocol === 'https:' && next.protocol === 'http:' && !options.verified)
      throw new Refusal(
        'InsecureRedirect',
        `${url.host} sends on to an unprotected address (${next.origin}), where anyone on the way could change the image. Give a checksum, or another address.`,
      );
    if (next.host !== url.host) options = { ...options, headers: withoutSecrets(options.headers) };
    url = next;
  }
  throw new Refusal('TooManyRedirects', `${address} sends on more than ${longestChain} times without an end.`);
}

function once(url: URL, options: RequestOptions): Promise<http.IncomingMessage> {
  // Up to 1 MiB at a time: whatever came while the last piece was written is the next piece.
  const shared = { proxyEnv: process.env, highWaterMark: 1 << 20 };
  const agent =
    url.protocol === 'https:'
      ? new https.Agent({ ...shared, ...(options.ca ? { ca: options.ca } : {}) })
      : new http.Agent(shared);
  const { request } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      agent,
      signal: options.signal,
      headers: { 'user-agent': 'hearth', accept: '*/*', 'accept-encoding': 'identity', ...options.headers },
    });
    sent.setTimeout(idle, () => sent.destroy(new Error(`${url.host} sent nothing for ${idle / 1000} seconds`)));
    sent.once('response', resolve);
    sent.once('error', (error) => reject(asRefusal(error, url)));
    sent.end();
  });
}

/** Network trouble as a refusal. Certificates do not get better by trying again; everything else may. */
export function asRefusal(error: unknown, url: { host: string }): unknown {
  if (error instanceof Refusal || (error instanceof Error && error.name === 'AbortError')) return error;
  const code = errnoOf(error) ?? '';
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code))
    return new Refusal(
      'CertificateError',
      `The certificate of ${url.host} cannot be trusted (${textOf(error)}). Check the address, and the clock of this computer.`,
      { cause: error },
    );
  const plain: Record<string, string> = {
    ENOTFOUND: `the name ${url.host} is not known`,
    EAI_AGAIN: `the name ${url.host} cannot be looked up now`,
    ECONNREFUSED: `${url.host} refuses connections`,
    ECONNRESET: `${url.host} broke the connection off`,
    ETIMEDOUT: `${url.host} does not answer`,
  };
  return new Refusal(
    'NetworkError',
    `The download was interrupted: ${plain[code] ?? textOf(error)}. It goes on by itself when the network is back.`,
    { retry: true, cause: error },
  );
}

function parse(address: string, base?: URL): URL {
  const url = URL.canParse(address, base?.href) ? new URL(address, base?.href) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new Refusal(
    'InvalidAddress',
    `"${address.slice(0, 200)}" is no address of a download. It has to begin with https:// or http://.`,
  );
}

const withoutSecrets = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^(authorization|cookie|x-.*(token|key))$/i.test(name)),
  );
