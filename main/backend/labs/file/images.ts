import { isIP } from 'node:net';
import type { LabFile } from '../../../contract/labs/file.ts';
import type { ReadOptions, Tell } from './tell.ts';

/** Images come from the public internet, or from the pack itself: an address in somebody's own network is nobody else's business. */
export function imageRules(lab: LabFile, tell: Tell, { own = false }: ReadOptions): void {
  for (const [at, { url }] of lab.images.entries()) {
    if (url === undefined) continue;
    const { hostname, username, password } = new URL(url);
    if (username || password) tell(['images', at, 'url'], 'Addresses with a user or a password are not taken.');
    if (!isPrivate(hostname)) continue;
    const message = `${hostname} is not on the public internet: whoever gets this lab cannot reach it.`;
    tell(['images', at, 'url'], message, own ? 'warning' : 'error');
  }
}

/** Addresses and names of this computer, of a home network, or of what a cloud tells its machines. Pure. */
export function isPrivate(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (isIP(host) === 6) return !/^[23]/.test(host); // global unicast is 2000::/3
  if (isIP(host) === 4) {
    const [a = 0, b = 0] = host.split('.').map(Number);
    return a === 0 || a === 10 || a === 127 || a >= 224 || (a === 100 && b >= 64 && b < 128) || (a === 169 && b === 254) ||
      (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 192 && b === 0) || (a === 198 && (b === 18 || b === 19)); // prettier-ignore
  }
  return !host.includes('.') || /\.(local|localhost|internal|lan|home|home\.arpa|svc|cluster\.local)\.?$/.test(host);
}
