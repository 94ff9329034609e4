import type { IncomingHttpHeaders } from 'node:http';

/** Host names under which a loopback server may be asked for: anything else is DNS rebinding. */
export function allowedHosts(port: number): ReadonlySet<string> {
  return new Set([`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]);
}

/**
 * Why a request is refused, or undefined. Host must be ours. An Origin must be this very host; writes and WebSockets must
 * have one. A browser that says the request comes from another site may only follow a link to a page.
 */
export function refuse(
  request: { method: string; headers: IncomingHttpHeaders; upgrade: boolean },
  hosts: { has(host: string): boolean },
  scheme: 'http' | 'https' = 'http',
): string | undefined {
  const { host, origin } = request.headers;
  if (host === undefined || !hosts.has(host.toLowerCase())) return 'This address is not one that Hearth answers to.';
  const site = request.headers['sec-fetch-site'];
  const readOnly = (request.method === 'GET' || request.method === 'HEAD') && !request.upgrade;
  if (origin !== undefined && origin !== `${scheme}://${host.toLowerCase()}`)
    return 'Requests of other pages are refused.';
  if (origin === undefined && !readOnly) return 'The request does not say which page it comes from.';
  if (site === 'cross-site' || site === 'same-site') {
    const followsLink = readOnly && request.headers['sec-fetch-mode'] === 'navigate';
    if (!followsLink || request.headers['sec-fetch-dest'] !== 'document') return 'Requests of other sites are refused.';
  }
  return undefined;
}
