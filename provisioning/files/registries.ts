import { stringify } from 'yaml';
import { paths } from '../paths.ts';
import type { ApplianceSettings } from '../settings.ts';

/** Registry as images name it -> host that answers for it. */
const hosts: Readonly<Record<string, string>> = {
  'docker.io': 'registry-1.docker.io',
  'quay.io': 'quay.io',
  'registry.k8s.io': 'registry.k8s.io',
  'ghcr.io': 'ghcr.io',
};

/**
 * /etc/rancher/k3s/registries.yaml: the mirror in front of every registry in use, and the person's own authorities;
 * undefined when neither is set. An endpoint with a path is used as it stands (https://docs.k3s.io/installation/private-registry),
 * so a mirror has the same layout as for files: MIRROR/<host>/v2/… Registries are named one by one, since a wildcard lost
 * its fallback in some releases (github.com/k3s-io/k3s/issues/11857).
 */
export function registriesYaml(settings: Pick<ApplianceSettings, 'mirror' | 'ca'>): string | undefined {
  const mirror = settings.mirror?.replace(/\/+$/, '');
  if (mirror === undefined && settings.ca === undefined) return undefined;
  const served = [...Object.keys(hosts), ...(mirror === undefined ? [] : [new URL(mirror).host])];
  return `# Written by Hearth.\n${stringify({
    ...(mirror !== undefined && {
      mirrors: Object.fromEntries(
        Object.entries(hosts).map(([name, host]) => [name, { endpoint: [`${mirror}/${host}/v2`] }]),
      ),
    }),
    ...(settings.ca !== undefined && {
      configs: Object.fromEntries(served.map((host) => [host, { tls: { ca_file: paths.ca } }])),
    }),
  })}`;
}
