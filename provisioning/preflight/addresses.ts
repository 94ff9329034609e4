import { overlaps, parseCidr, parseIpv4 } from '../net.ts';
import type { Route } from './machine.ts';

/** Whether two IPv4 networks share an address. What is no network shares none. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [parseCidr(one), parseCidr(other)];
  return a !== undefined && b !== undefined && overlaps(a, b);
}

/**
 * What k3s asks of a name server: it parses, and is a global unicast address as Go's net.IP has it (private ones count;
 * loopback, link-local, multicast and anything with a zone do not). Source: k3s pkg/agent/config, isValidResolvConf.
 */
export function usableNameServer(address: string): boolean {
  const v4 = parseIpv4(address);
  if (v4 !== undefined) {
    const high = Math.floor(v4 / 2 ** 24);
    const linkLocal = Math.floor(v4 / 2 ** 16) === 169 * 256 + 254;
    return v4 !== 0 && v4 !== 2 ** 32 - 1 && high !== 127 && !(high >= 224 && high < 240) && !linkLocal;
  }
  if (!/^[0-9a-f:]+$/i.test(address) || !address.includes(':')) return false;
  return address !== '::' && address !== '::1' && !/^(fe[89ab]|ff)/i.test(address);
}

/** Interfaces that k3s or Hearth make: their routes are no stranger's. */
export const ours = (name: string): boolean => /^(hl0|cni0|flannel|veth|kube-|cali)/.test(name);

/** Routes that somebody else's network lies behind. The halves that VPNs lay over the default route are one in disguise. */
export const foreignRoutes = (routes: readonly Route[]): Route[] =>
  routes.filter(
    (route) =>
      !['default', '0.0.0.0/1', '128.0.0.0/1'].includes(route.destination) &&
      !ours(route.interface) &&
      route.interface !== 'lo',
  );
