import { join } from 'node:path';
import type { ContractHandlers } from '../../contract/contract.ts';
import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { forwardsOf, selects } from '../machines/forward.ts';
import { openKnownHosts } from '../provision/places/known-hosts.ts';
import type { HostKey, KnownHosts } from '../provision/places/known-hosts.ts';
import { notListening } from '../target/kube-error.ts';
import { kinds, subresourcePath } from '../target/kinds.ts';
import { pick } from '../target/pick.ts';
import type { Scope } from '../target/scope.ts';
import { openStream } from '../target/streams.ts';
import { sshCommands } from './commands.ts';
import { loginsOf, userDataOf } from './guest-login.ts';
import { createKeyStore } from './own-key.ts';
import { machineKeyChanged, noServer } from './problems.ts';
import { openShell } from './shell.ts';
import type { Shell } from './shell.ts';

const sshPort = 22;

/** Logins to machines over their portforward subresource, with a key pair of Hearth's own (`DATA/ssh`). */
export function createSsh(scope: Scope): ContractHandlers['ssh'] {
  const { paths, log } = scope;
  const folder = join(paths.root, 'ssh');
  const store = createKeyStore(folder);
  const shells = new Map<string, Shell>();
  let hosts: Promise<KnownHosts> | undefined;
  /** Host keys by the machine's uid: a new machine of an old name is another one. */
  const known = (): Promise<KnownHosts> => {
    hosts ??= store.key().then(() => openKnownHosts(join(folder, 'machines.json'), log));
    hosts.catch(() => (hosts = undefined));
    return hosts;
  };
  const machine = ({ namespace, name }: ObjectRef): Promise<KubeObject> =>
    scope.target().client.get(kinds.virtualMachines, namespace, name);

  async function judge(uid: string, name: string, port: number, found: HostKey): Promise<string | undefined> {
    const pins = await known();
    const pinned = await pins.get(uid, port);
    if (pinned && pinned.key !== found.key) throw machineKeyChanged(name, found, pinned);
    if (pinned) return undefined;
    await pins.pin(uid, port, found);
    return `Host key of ${name} remembered: ${found.key} (${found.type})`;
  }

  return {
    ownKey: () => store.key(),
    async access(ref) {
      const { client } = scope.target();
      const [vm, key] = await Promise.all([machine(ref), store.key()]);
      const [userData, pinned, services] = await Promise.all([
        userDataOf(client, vm),
        known().then((pins) => pins.get(vm.metadata.uid ?? '', sshPort)),
        client.list(kinds.services, ref.namespace),
      ]);
      const login = userData === undefined ? undefined : loginsOf(userData);
      const labels = (pick(vm, 'spec', 'template', 'metadata', 'labels') ?? {}) as Record<string, unknown>;
      const forward = services
        .filter((service) => selects(service, labels))
        .flatMap(forwardsOf)
        .find((each) => each.guestPort === sshPort && each.protocol === 'TCP' && each.problem === undefined);
      return {
        ...(login?.user !== undefined && { user: login.user }),
        key,
        ...(login && { keyInside: login.keys.some((each) => sameKey(each, key.publicKey)) }),
        ...(pinned && { hostKey: pinned }),
        commands: sshCommands(ref, {
          keyPath: key.path,
          ...(forward && { forward: { address: forward.address, port: forward.hostPort } }),
        }),
      };
    },
    async shell({ session, user, port, cols, rows, ...ref }, { signal }) {
      const [vm, privateKey] = await Promise.all([machine(ref), store.secret()]);
      const path = subresourcePath(kinds.virtualMachineInstances, ref, 'portforward', String(port), 'tcp');
      const stream = await openStream(scope.target().client, path, signal).catch((error: unknown) => {
        throw notListening(error) ? noServer(ref.name, error) : error;
      });
      const shell = openShell({
        stream, user, privateKey, name: ref.name, size: { cols, rows },
        judge: (found) => judge(vm.metadata.uid ?? '', ref.name, port, found),
      }); // prettier-ignore
      shells.set(session, shell);
      stream.once('close', () => {
        if (shells.get(session) === shell) shells.delete(session);
      });
      return shell.pipe;
    },
    resize: ({ session, ...size }) => shells.get(session)?.resize(size),
    async forgetHostKey(ref) {
      const vm = await machine(ref);
      await (await known()).forget(vm.metadata.uid ?? '', sshPort);
    },
  };
}

/** Type and key count; the comment after them is anybody's. */
const sameKey = (a: string, b: string): boolean =>
  a.trim().split(/\s+/).slice(0, 2).join(' ') === b.trim().split(/\s+/).slice(0, 2).join(' ');
