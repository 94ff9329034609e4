import { readFile, readdir, readlink } from 'node:fs/promises';
import type { KubeObject } from '../../contract/kube.ts';
import { forwardsOf, machineLabel } from '../machines/forward.ts';
import { pickText } from '../target/pick.ts';

/** The Service that has a port of the host, in words. Pure. */
export function serviceHolder(services: readonly KubeObject[], hostPort: number, protocol: string): string | undefined {
  const found = services.find((service) =>
    forwardsOf(service).some((forward) => forward.hostPort === hostPort && forward.protocol === protocol),
  );
  if (!found) return undefined;
  const machine = found.metadata.labels?.[machineLabel] ?? pickText(found, 'spec', 'selector', 'vm.kubevirt.io/name');
  return `Service ${found.metadata.namespace ?? ''}/${found.metadata.name ?? ''}${machine ? ` (machine ${machine})` : ''}`;
}

/**
 * The program of this computer that listens on a port (Linux; elsewhere, and for programs of other users, nobody knows:
 * then only that somebody does). Undefined where nobody listens.
 */
export async function programHolder(port: number, protocol: 'TCP' | 'UDP'): Promise<string | undefined> {
  const inodes = new Set<string>();
  for (const file of protocol === 'TCP' ? ['tcp', 'tcp6'] : ['udp', 'udp6'])
    for (const inode of listening(await orNothing(readFile(`/proc/net/${file}`, 'utf8'), ''), port, protocol))
      inodes.add(inode);
  if (inodes.size === 0) return undefined;
  for (const pid of (await orNothing(readdir('/proc'), [])).filter((name) => /^\d+$/.test(name)))
    for (const fd of await orNothing(readdir(`/proc/${pid}/fd`), [])) {
      const link = await orNothing(readlink(`/proc/${pid}/fd/${fd}`), '');
      if (inodes.has(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? ''))
        return `the program ${(await orNothing(readFile(`/proc/${pid}/comm`, 'utf8'), '?')).trim()} (process ${pid})`;
    }
  return 'a program of another user';
}

/** Inodes of sockets that have a port, from the kernel's table. Pure. */
export function listening(table: string, port: number, protocol: 'TCP' | 'UDP'): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return table.split('\n').flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    const listens = protocol === 'UDP' || state === '0A';
    return local?.endsWith(`:${hex}`) && listens && inode && inode !== '0' ? [inode] : [];
  });
}

/** What is gone meanwhile, or not ours to see, tells nothing. */
const orNothing = <T>(work: Promise<T>, nothing: T): Promise<T> => work.catch(() => nothing);
