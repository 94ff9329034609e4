import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../log.ts';
import { openKnownHosts } from '../../provision/places/known-hosts.ts';
import type { HostKey, KnownHosts } from '../../provision/places/known-hosts.ts';
import { createKeyStore } from '../../ssh/own-key.ts';
import { machineKeyChanged, noServer, sshLost } from '../../ssh/problems.ts';
import { guestLogin } from '../../ssh/run.ts';
import type { GuestLogin, Ran } from '../../ssh/run.ts';
import { kinds, subresourcePath } from '../../target/kinds.ts';
import type { OpenTarget } from '../../target/target.ts';
import { openStream } from '../../target/streams.ts';

const port = 22;
/** A login that nobody used for so long is ended: guests may count them. */
const idleMs = 30_000;
/**
 * A slow guest's first login takes longer than one look may: it goes on after that look, and a later one finds it there.
 */
const loginMs = 60_000;

/** Logins of a lab's checks and actions in its machines, with a key pair that the lab's run has for itself. */
export interface GuestSsh {
  /** The line for authorized_keys. */
  publicKey(): Promise<string>;
  /** Runs a command as the machine's user, or another one. Rejects as `guestLogin` does, with KubeError when the machine is off. */
  run(machine: string, what: { user?: string | undefined; command: string }, signal: AbortSignal): Promise<Ran>;
  /** Forgets host keys: the machines went back to a time before they had made them. Logins end. */
  forget(): Promise<void>;
  close(): void;
}
interface Login {
  login: Promise<GuestLogin>;
  idle?: NodeJS.Timeout;
  uses: number;
  /** Nobody begins anything on it any more. */
  retired: boolean;
}

/** `folder` keeps the key pair (0600) and the host keys, by the machines' uid; it goes with the lab's run. */
export function createGuestSsh(options: {
  target: Pick<OpenTarget, 'client'>;
  namespace: string;
  folder: string;
  userOf: (machine: string) => string;
  log: Log;
}): GuestSsh {
  const { target, namespace, folder, userOf } = options;
  const store = createKeyStore(folder);
  const logins = new Map<string, Login>();
  let hosts: Promise<KnownHosts> | undefined;
  const ending = new AbortController();
  /** How often host keys were forgotten. */
  let age = 0;
  const pinFile = join(folder, 'machines.json');
  const known = (): Promise<KnownHosts> => {
    hosts ??= store.key().then(() => openKnownHosts(pinFile, options.log));
    hosts.catch(() => (hosts = undefined)); // whoever asked has the error
    return hosts;
  };

  async function judge(uid: string, machine: string, found: HostKey, begun: number): Promise<void> {
    const pins = await known();
    const pinned = await pins.get(uid, port);
    // Meanwhile the machines went back: it is the key of another time.
    if (begun !== age) throw sshLost(machine);
    if (pinned && pinned.key !== found.key) throw machineKeyChanged(machine, found, pinned);
    if (!pinned) await pins.pin(uid, port, found);
  }
  async function connect(machine: string, user: string, signal: AbortSignal): Promise<GuestLogin> {
    const ref = { namespace, name: machine };
    const { client } = target;
    const begun = age;
    const [vm, privateKey] = await Promise.all([client.get(kinds.virtualMachines, namespace, machine, signal), store.secret()]); // prettier-ignore
    const path = subresourcePath(kinds.virtualMachineInstances, ref, 'portforward', String(port), 'tcp');
    const stream = await openStream(client, path, signal);
    const uid = vm.metadata.uid ?? '';
    return guestLogin({
      stream,
      user,
      name: machine,
      privateKey,
      signal,
      judge: (found) => judge(uid, machine, found, begun),
    });
  }
  /** Ends it once nobody uses it. */
  function retire(key: string, entry: Login): void {
    clearTimeout(entry.idle);
    entry.retired = true;
    if (logins.get(key) === entry) logins.delete(key);
    if (entry.uses > 0) return;
    entry.login.then(
      (login) => login.end(),
      () => undefined, // it never was
    );
  }
  const retireAll = (): void => {
    for (const [key, entry] of logins) retire(key, entry);
  };
  /** The login that is there, or a new one; one that another look began is waited for, and its failure is that one's. */
  async function loginOf(key: string, machine: string, user: string, signal: AbortSignal): Promise<Login> {
    for (;;) {
      const entry = logins.get(key);
      if (!entry) break;
      const open = await orAborted(entry.login.then((login) => login.open, () => false), signal); // prettier-ignore
      if (open && !entry.retired) return entry;
      retire(key, entry);
    }
    const limit = AbortSignal.any([ending.signal, AbortSignal.timeout(loginMs)]);
    const login = connect(machine, user, limit).catch((error: unknown) => {
      throw limit.aborted ? noServer(machine, error) : error;
    });
    const made: Login = { login, uses: 0, retired: false };
    logins.set(key, made);
    login.then(
      () => rest(key, made),
      () => undefined,
    ); // whoever waits for it has the error
    return made;
  }
  /** It may be used again for a while; it may be that nobody waited for it so long. */
  function rest(key: string, entry: Login): void {
    if (entry.uses > 0 || entry.retired) return;
    clearTimeout(entry.idle);
    entry.idle = setTimeout(() => retire(key, entry), idleMs);
    entry.idle.unref();
  }

  return {
    publicKey: async () => (await store.key()).publicKey,
    async run(machine, { user = userOf(machine), command }, signal) {
      const key = `${user}@${machine}`;
      const entry = await loginOf(key, machine, user, signal);
      const login = await orAborted(entry.login, signal);
      clearTimeout(entry.idle);
      entry.uses += 1;
      let fine = false;
      try {
        const ran = await login.run(command, signal);
        fine = true;
        return ran;
      } finally {
        entry.uses -= 1;
        // After a failure or a command that took too long nobody knows how the connection is.
        if (!fine || entry.retired) retire(key, entry);
        else rest(key, entry);
      }
    },
    async forget() {
      age += 1;
      retireAll();
      await rm(pinFile, { force: true });
    },
    close() {
      ending.abort();
      retireAll();
    },
  };
}

/** The same, but not longer than the signal allows. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
