import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { ProblemError } from '../../contract/problem.ts';
import { loginsOf, userDataOf } from '../ssh/guest-login.ts';
import { guestLogin } from '../ssh/run.ts';
import type { GuestLogin, Ran } from '../ssh/run.ts';
import { isNotFound } from '../target/kube-error.ts';
import { kinds, subresourcePath } from '../target/kinds.ts';
import { pickList, pickText } from '../target/pick.ts';
import { openStream } from '../target/streams.ts';
import type { OpenTarget } from '../target/target.ts';

const port = 22;
/** Milliseconds that a guest may take until it speaks SSH, and between two tries. */
const patience = 90_000;
const again = 1500;

/** A key pair with which Hearth may log in to machines. */
export interface GuestKey {
  publicKey: string;
  privateKey: string;
}
/** Keys that may open a machine: Hearth's own, and that of its lab. */
export type GuestKeys = (vm: KubeObject) => Promise<readonly GuestKey[]>;
/** How to get into a machine: users to try in this order, one of whom may be root. */
export interface GuestWay {
  key: GuestKey;
  users: string[];
}
/** A shell for commands; root's, where it was asked for as such. */
export interface RootShell {
  run(script: string, signal: AbortSignal): Promise<Ran>;
  end(): void;
}

/** Type and key count; the comment after them is anybody's. */
const plain = (key: string): string => key.trim().split(/\s+/).slice(0, 2).join(' ');
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** The way into a machine by key, or why there is none. Throws KubeError. */
export async function wayIn(target: OpenTarget, vm: KubeObject, keys: GuestKeys): Promise<GuestWay | { why: string }> {
  const [userData, own] = await Promise.all([userDataOf(target.client, vm), keys(vm)]);
  if (userData === undefined)
    return { why: 'There is no way into this machine: it has no cloud-init data that lets in a key of Hearth’s. Make it with Hearth’s own SSH key in its login.' }; // prettier-ignore
  const { user, keys: let_in } = loginsOf(userData);
  const inside = new Set(let_in.map(plain));
  const key = own.find((each) => inside.has(plain(each.publicKey)));
  if (!key)
    return { why: 'There is no way into this machine: its cloud-init data lets in no key of Hearth’s. Add Hearth’s own SSH key on the page Guest, and let cloud-init run again.' }; // prettier-ignore
  const users = [user ?? (await imageUser(target, vm)), 'root'].filter((name) => name !== undefined);
  return { key, users: [...new Set(users)] };
}

/** The user that the image of a machine's disk comes with, where the library knows it. */
async function imageUser({ client }: OpenTarget, vm: KubeObject): Promise<string | undefined> {
  for (const template of pickList(vm, 'spec', 'dataVolumeTemplates')) {
    const name = pickText(template, 'spec', 'source', 'pvc', 'name');
    const namespace = pickText(template, 'spec', 'source', 'pvc', 'namespace') ?? vm.metadata.namespace;
    if (name === undefined || namespace === undefined) continue;
    try {
      const image = await client.get(kinds.dataVolumes, namespace, name);
      const user = image.metadata.annotations?.['hearth.dev/default-user'];
      if (user) return user;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  return undefined;
}

const noRoot = (name: string, users: readonly string[]): ProblemError =>
  new ProblemError({
    code: 'guest-no-root',
    title: 'Hearth may not do that in the guest',
    detail: `${name} lets ${users.join(' and ')} in, but none of them is root there, and sudo wants a password.`,
    fix: 'Give the user a sudo rule in the cloud-init data (sudo: ALL=(ALL) NOPASSWD:ALL), or let the key in for root.',
    kind: 'denied',
  });

/** Logs in to a running machine as somebody who is root there, or may become it. Waits for a guest that still boots. */
export async function openRoot(
  target: OpenTarget,
  ref: ObjectRef,
  way: GuestWay,
  called: AbortSignal,
): Promise<RootShell> {
  // prettier-ignore
  const late = AbortSignal.timeout(patience);
  const signal = AbortSignal.any([called, late]);
  let last: unknown;
  while (!signal.aborted) {
    try {
      return await asRoot(target, ref, way, signal);
    } catch (error) {
      if (error instanceof ProblemError && error.problem.code === 'guest-no-root') throw error;
      if (!signal.aborted) last = error;
      // What still boots does not answer yet, or has not made its users; whoever has another key stays out for good.
      await delay(again, undefined, { signal }).catch(() => undefined);
    }
  }
  called.throwIfAborted();
  throw last ?? late.reason;
}

/** Logs in to a running machine as whoever is let in; nothing is waited for. Rejects as `guestLogin` does. */
export async function openUser(target: OpenTarget, ref: ObjectRef, way: GuestWay, signal: AbortSignal): Promise<RootShell> {
  let refused: unknown;
  for (const user of way.users)
    try {
      const login = await logIn(target, ref, user, way.key, signal);
      return { run: (script, called) => login.run(`sh -c ${quoted(script)}`, called), end: () => login.end() };
    } catch (error) {
      if (!(error instanceof ProblemError) || error.problem.code !== 'ssh-denied') throw error;
      refused ??= error;
    }
  throw refused;
} // prettier-ignore

async function asRoot(target: OpenTarget, ref: ObjectRef, way: GuestWay, signal: AbortSignal): Promise<RootShell> {
  let refused: unknown;
  for (const user of way.users) {
    let login: GuestLogin;
    try {
      login = await logIn(target, ref, user, way.key, signal);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.problem.code !== 'ssh-denied') throw error;
      refused ??= error;
      continue;
    }
    try {
      for (const become of ['', 'sudo -n ']) {
        // Some images answer every command of root's with the advice to be somebody else.
        const { out } = await login.run(`${become}id -u`, signal);
        if (out.trim() !== '0') continue;
        const shell = login;
        return { run: (script, called) => shell.run(`${become}sh -c ${quoted(script)}`, called), end: () => shell.end() }; // prettier-ignore
      }
    } catch (error) {
      login.end();
      throw error;
    }
    login.end();
    refused = undefined;
  }
  throw refused ?? noRoot(ref.name, way.users);
}

async function logIn(
  target: OpenTarget,
  ref: ObjectRef,
  user: string,
  key: GuestKey,
  signal: AbortSignal,
): Promise<GuestLogin> {
  // prettier-ignore
  const path = subresourcePath(kinds.virtualMachineInstances, ref, 'portforward', String(port), 'tcp');
  const stream = await openStream(target.client, path, signal);
  return guestLogin({
    stream,
    user,
    name: ref.name,
    privateKey: key.privateKey,
    signal,
    // The target itself leads to the machine, and nothing that is said there is a secret.
    judge: () => Promise.resolve(),
  });
}
