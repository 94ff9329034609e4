import type { AgentPlaces } from '../places.ts';
import { must, putFile, textOf } from './commands.ts';
import type { Run } from './commands.ts';

const line = /^127\.0\.1\.1\s.*$/m;

/** /etc/hosts with the name of the box at 127.0.1.1, as Debian does; other lines stay. */
export function hostsText(before: string | undefined, hostName: string): string {
  const own = `127.0.1.1\t${hostName}`;
  if (before === undefined || before.trim() === '')
    return `127.0.0.1\tlocalhost\n${own}\n::1\tlocalhost ip6-localhost ip6-loopback\n`;
  if (line.test(before)) return before.replace(line, own);
  const [first = '', ...rest] = before.split('\n');
  return [first, own, ...rest].join('\n');
}

/** Names the box: now, and at every later start. */
export async function setHostName(places: AgentPlaces, run: Run, hostName: string): Promise<void> {
  await putFile(places.at('/etc/hostname'), `${hostName}\n`);
  const hosts = places.at('/etc/hosts');
  await putFile(hosts, hostsText(await textOf(hosts), hostName));
  await must(run, 'The name', ['hostname', hostName], { timeoutMs: 10_000 });
}
