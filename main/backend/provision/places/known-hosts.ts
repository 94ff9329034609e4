import { z } from 'zod';
import { ProblemError } from '../../../contract/problem.ts';
import { readJson, writeJson } from '../../json-file.ts';
import type { Log } from '../../log.ts';

const fileSchema = z.object({
  version: z.literal(1),
  hosts: z.record(z.string(), z.object({ key: z.string(), type: z.string(), since: z.string() })),
});

/** SHA256:… of a host key as `ssh-keygen -l` prints it, and what kind of key it is. */
export interface HostKey {
  readonly key: string;
  readonly type: string;
}
/** Host keys that a person accepted once: trust on first use. */
export interface KnownHosts {
  get(host: string, port: number): Promise<HostKey | undefined>;
  pin(host: string, port: number, key: HostKey): Promise<void>;
  forget(host: string, port: number): Promise<void>;
}

/** Read anew each time: the command line and a running Hearth share the file. */
export async function openKnownHosts(file: string, log: Log): Promise<KnownHosts> {
  const nameOf = (host: string, port: number): string => `[${host.toLowerCase()}]:${port}`;
  const read = async (): Promise<z.infer<typeof fileSchema>> =>
    (await readJson(file, fileSchema, log)) ?? { version: 1, hosts: {} };
  let turn: Promise<unknown> = Promise.resolve();
  const change = (edit: (hosts: z.infer<typeof fileSchema>['hosts']) => void): Promise<void> => {
    const next = turn.then(async () => {
      const content = await read();
      edit(content.hosts);
      return writeJson(file, content);
    });
    turn = next.catch(() => undefined); // whoever asked has the error
    return next;
  };
  return {
    async get(host, port) {
      const found = (await read()).hosts[nameOf(host, port)];
      return found && { key: found.key, type: found.type };
    },
    pin: (host, port, { key, type }) =>
      change((hosts) => (hosts[nameOf(host, port)] = { key, type, since: new Date().toISOString() })),
    forget: (host, port) => change((hosts) => delete hosts[nameOf(host, port)]),
  };
}

export const hostKeyChanged = (host: string, found: HostKey, pinned: HostKey): ProblemError =>
  new ProblemError({
    code: 'host-key-changed',
    title: 'The host key is another one than before',
    detail: `${host} shows ${found.key} (${found.type}); pinned is ${pinned.key} (${pinned.type}).`,
    cause: 'The machine was installed anew, its address belongs to another one now, or somebody stands between.',
    fix: 'Compare with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the machine itself. If it was installed anew, forget the old key, then accept the new one (`--host-key SHA256:…` on the command line).',
    kind: 'denied',
  });
export const hostKeyUnknown = (host: string, found: HostKey): ProblemError =>
  new ProblemError({
    code: 'host-key-unknown',
    title: 'This machine was never seen before',
    detail: `${host} shows the host key ${found.key} (${found.type}). Nothing was sent to it.`,
    fix: 'Compare it with the one on the machine itself, and accept it.',
    kind: 'denied',
  });
