import type { BoxWishes } from '../../../../contract/box/settings.ts';
import type { AgentPlaces } from '../places.ts';
import { dropFile, must, putFile } from './commands.ts';
import type { Run } from './commands.ts';

type Proxy = NonNullable<BoxWishes['proxy']>;

/** Never through a proxy: the box itself, private networks, and the cluster's names. */
const direct = ['localhost', '127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '.svc', '.cluster.local'];

/** The variables programs read; both spellings, since they do not agree on one. */
export function proxyVariables(proxy: Proxy): Record<string, string> {
  const https = proxy.https ?? proxy.http;
  const no = [...new Set([...direct, ...(proxy.no ?? '').split(/[\s,]+/).filter(Boolean)])].join(',');
  const rows = [
    ...(proxy.http ? [['http_proxy', proxy.http]] : []),
    ...(https ? [['https_proxy', https]] : []),
    ['no_proxy', no],
  ];
  return Object.fromEntries(
    rows.flatMap(([name = '', value = '']) => [
      [name, value],
      [name.toUpperCase(), value],
    ]),
  );
}

/** In quotes for systemd, where % begins a specifier (systemd.unit(5)) and $ is left alone. */
const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`;

/** A drop-in of systemd's own configuration: every service gets them, Hearth and k3s among them. */
export const managerText = (proxy: Proxy): string =>
  `[Manager]\n${Object.entries(proxyVariables(proxy))
    .map(([name, value]) => `DefaultEnvironment=${quoted(`${name}=${value}`)}\n`)
    .join('')}`;
/** apt.conf(5). */
export const aptText = (proxy: Proxy): string => {
  const line = (scheme: string, url: string | undefined): string => (url ? `Acquire::${scheme}::Proxy "${url.replaceAll('"', '%22')}";\n` : ''); // prettier-ignore
  return line('http', proxy.http) + line('https', proxy.https ?? proxy.http);
};

export async function setProxy(places: AgentPlaces, run: Run, proxy: BoxWishes['proxy']): Promise<void> {
  const manager = places.at('/etc/systemd/system.conf.d/50-hearth-proxy.conf');
  const apt = places.at('/etc/apt/apt.conf.d/50hearth-proxy');
  const some = proxy && (proxy.http ?? proxy.https);
  const changed = some ? await putFile(manager, managerText(proxy), 0o644) : await dropFile(manager);
  if (some) await putFile(apt, aptText(proxy));
  else await dropFile(apt);
  if (changed) await must(run, 'The proxy', ['systemctl', 'daemon-reexec'], { timeoutMs: 60_000 });
}
