import type { ContractHandlers } from '../../contract/contract.ts';
import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import type { Effect, RollBack } from '../../contract/networks.ts';
import { ProblemError } from '../../contract/problem.ts';
import { binNetwork } from '../bin/network.ts';
import { isNotFound } from '../target/kube-error.ts';
import { cannot } from '../target/cannot.ts';
import { kinds } from '../target/kinds.ts';
import { pick, pickList, pickText } from '../target/pick.ts';
import type { Scope } from '../target/scope.ts';
import { changeMachine } from './change-machine.ts';
import { networkDefinition } from './definition.ts';
import {
  addNic, dropNic, forgetRollBack, moveNic, networkId, noteRollBack, podNetwork, reserve, rollBacksOf, setLink,
} from './nics.ts'; // prettier-ignore
import { programHolder, serviceHolder } from './port-holder.ts';
import { usersOf } from './users.ts';
import { watchNetworks } from './watch-networks.ts';

/** Networks of the current target, and the interfaces of its machines. */
export function createNetworks(scope: Scope): ContractHandlers['networks'] {
  const can = (id: string) => scope.target().state.value.capabilities.find((each) => each.id === id);
  const need = (id: string): void => {
    const capability = can(id);
    if (!capability || capability.supported) return;
    throw cannot(capability);
  };
  const change = (ref: ObjectRef, edit: (vm: KubeObject) => boolean | void) => changeMachine(scope.target(), ref, edit);
  const isRunning = async ({ namespace, name }: ObjectRef): Promise<boolean> => {
    try {
      const vmi = await scope.target().client.get(kinds.virtualMachineInstances, namespace, name);
      return !['Succeeded', 'Failed'].includes(pickText(vmi, 'status', 'phase') ?? '');
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  };
  /** A machine that is off has no running state that could lag behind. */
  const effect = (running: boolean, live: boolean): Effect['when'] =>
    !running || (live && can('liveNetworks')?.supported === true) ? 'now' : 'restart';
  const isPrivate = (vm: KubeObject, nic: string): boolean =>
    networkId(
      pickList(vm, 'spec', 'template', 'spec', 'networks').find((one) => one['name'] === nic),
      '',
    ) !== podNetwork;
  const exists = async (id: string): Promise<void> => {
    if (id === podNetwork) return;
    need('otherNetworks');
    const [namespace, name = ''] = id.split('/');
    await scope.target().client.get(kinds.networkAttachmentDefinitions, namespace, name);
  };

  return {
    watch: (_input, { signal }) => scope.follow(signal, watchNetworks, { type: 'reset' }),
    async create(input) {
      need('networks');
      if (input.bridge) need('lanBridge');
      await scope.target().client.create(kinds.networkAttachmentDefinitions, networkDefinition(input));
      return { namespace: input.namespace, name: input.name };
    },
    async remove(ref) {
      const users = await usersOf(scope.target(), ref);
      if (users.length > 0)
        throw new ProblemError({
          code: 'network-in-use', title: 'This network is in use',
          detail: `${users.map(({ metadata }) => metadata.name).join(', ')} ${users.length === 1 ? 'has an interface' : 'have interfaces'} on it.`,
          fix: 'Move them to another network, or take the interfaces out, then delete the network.',
        }); // prettier-ignore
      return { id: await binNetwork(scope.target(), ref) };
    },
    async attach({ network, model, ...ref }) {
      await exists(network);
      const running = await isRunning(ref);
      await change(ref, (vm) => void addNic(vm, network, model));
      return { when: effect(running, network !== podNetwork) };
    },
    async detach({ interface: nic, ...ref }) {
      const running = await isRunning(ref);
      let live = false;
      await change(ref, (vm) => {
        live = isPrivate(vm, nic);
        dropNic(vm, nic, running && live && can('liveNetworks')?.supported === true);
      });
      return { when: effect(running, live) };
    },
    async move({ interface: nic, network, rollBackSeconds, ...ref }) {
      await exists(network);
      const running = await isRunning(ref);
      let when: Effect['when'] = 'now';
      let rollBack: RollBack | undefined;
      await change(ref, (vm) => {
        const wasPrivate = isPrivate(vm, nic);
        const earlier = rollBacksOf(vm).get(nic);
        const before = moveNic(vm, nic, network);
        if (before === network) return false;
        when = effect(running, wasPrivate && network !== podNetwork);
        forgetRollBack(vm, nic);
        // What waits for a restart can be looked at in peace. A second move goes back to where the first one came from.
        rollBack = running && when === 'now' && rollBackSeconds > 0
          ? { network: earlier?.network ?? before, until: new Date(Date.now() + rollBackSeconds * 1000).toISOString() }
          : undefined;
        if (rollBack) noteRollBack(vm, nic, rollBack);
      }); // prettier-ignore
      return { when, ...(rollBack ? { rollBack } : {}) };
    },
    async confirmMove({ interface: nic, ...ref }) {
      await change(ref, (vm) => {
        if (!rollBacksOf(vm).has(nic)) return false;
        forgetRollBack(vm, nic);
      });
    },
    async rollBack({ interface: nic, ...ref }) {
      const running = await isRunning(ref);
      await change(ref, (vm) => {
        const back = rollBacksOf(vm).get(nic);
        if (!back)
          throw new ProblemError({ code: 'nothing-to-roll-back', title: 'There is nothing to take back', detail: 'The move was confirmed, or taken back already.' }); // prettier-ignore
        moveNic(vm, nic, back.network);
        forgetRollBack(vm, nic);
      });
      return { when: effect(running, true) };
    },
    async setLink({ interface: nic, up, ...ref }) {
      await change(ref, (vm) => setLink(vm, nic, up));
      return { when: 'now' };
    },
    async reserve({ interface: nic, address, ...ref }) {
      if (address !== undefined && !hasReservations(scope))
        throw new ProblemError({
          code: 'no-reservations', title: 'This target reserves no addresses',
          detail: 'The cluster gives its pods addresses as it likes, and a network of yours by its own range.',
          fix: 'Set a static address inside the guest (cloud-init network data), on a private network that gives out none.',
        }); // prettier-ignore
      const running = await isRunning(ref);
      await change(ref, (vm) => reserve(vm, nic, address));
      return { when: running ? 'restart' : 'now' };
    },
    async portHolder({ hostPort, protocol }) {
      const { client } = scope.target();
      const service = serviceHolder(await client.list(kinds.services), hostPort, protocol);
      // Only where the ports are those of this computer.
      const holder = service ?? (can('localFiles')?.supported ? await programHolder(hostPort, protocol) : undefined);
      return { free: holder === undefined, ...(holder === undefined ? {} : { holder }) };
    },
  };
}

/** Whether the target keeps reserved addresses: it says so at its node. */
function hasReservations(scope: Scope): boolean {
  const nodes = scope.target().cache.use(kinds.nodes);
  try {
    return [...nodes.values()].some(
      (node) => pick(node, 'metadata', 'annotations', 'hearth.dev/machine-names') === 'true',
    );
  } finally {
    nodes.release();
  }
}
