import type { PlanFacts } from '../facts.ts';
import { isGlobalUnicast } from '../net.ts';
import type { ApplianceSettings } from '../settings.ts';

/**
 * The name servers that pods are given: those the person named, else those of the host that a pod can reach. Pods have IPv4
 * only, and the C library reads three. Empty: none is known, and k3s makes its own choice.
 */
export const nameServers = (settings: Pick<ApplianceSettings, 'dns'>, facts: Pick<PlanFacts, 'dns'>): string[] =>
  [...new Set(settings.dns.length > 0 ? settings.dns : facts.dns.servers)].filter(isGlobalUnicast).slice(0, 3);

/**
 * resolv.conf for the kubelet. No search line: a search domain with a wildcard turns cluster names into garbage. k3s would
 * reject a file with one loopback or link-local server in it and fall back to 8.8.8.8 (pkg/agent/config of k3s-io/k3s).
 */
export const resolvConf = (servers: readonly string[]): string =>
  [
    '# Written by Hearth from the name servers of this machine.',
    ...servers.map((server) => `nameserver ${server}`),
    '',
  ].join('\n');
