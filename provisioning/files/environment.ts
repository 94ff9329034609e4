import type { ApplianceSettings } from '../settings.ts';

/** Characters of a proxy's address that mean nothing to systemd between double quotes. */
const safe = /^[A-Za-z0-9:/.@_~%+,*!=&?#[\]-]*$/;
export const isSafeForEnvironment = (value: string): boolean => safe.test(value);

/**
 * What never goes through a proxy. k3s adds the cluster's ranges and domain by itself, but not the node's address
 * (https://docs.k3s.io/advanced).
 */
export const noProxy = (
  settings: Pick<ApplianceSettings, 'clusterCidr' | 'serviceCidr' | 'proxy'>,
  address: string,
): string =>
  [
    ...new Set([
      'localhost',
      '127.0.0.0/8',
      address,
      '.local',
      '.svc',
      '.cluster.local',
      settings.clusterCidr,
      settings.serviceCidr,
      ...(settings.proxy?.no ?? '').split(/[\s,]+/).filter((entry) => entry !== ''),
    ]),
  ].join(',');

/** The environment of k3s and of everything it pulls with; empty without a proxy. */
export function environmentFile(settings: ApplianceSettings, address: string): string {
  const { proxy } = settings;
  const values: [string, string | undefined][] = proxy
    ? [
        ['HTTP_PROXY', proxy.http],
        ['HTTPS_PROXY', proxy.https],
        ['NO_PROXY', noProxy(settings, address)],
      ]
    : [];
  const lines = values.flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (!safe.test(value)) throw new RangeError(`${name} has characters that a unit's environment cannot carry`);
    return [`${name}="${value}"\n`];
  });
  return `# Written by Hearth.\n${lines.join('')}`;
}
