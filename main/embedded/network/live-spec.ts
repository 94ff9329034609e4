import { isDeepStrictEqual } from 'node:util';
import type { V1Interface, V1Network } from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import type { VmiSpec } from '../machine/spec.ts';

interface Nics {
  interfaces: V1Interface[];
  networks: V1Network[];
}
const nicsOf = (spec: VmiSpec): Nics => ({
  interfaces: spec.domain.devices.interfaces ?? [],
  networks: spec.networks ?? [],
});
const named = <T extends { name: string }>(list: readonly T[], name: string): T | undefined =>
  list.find((one) => one.name === name);

/** An interface that may come, go and move while the machine runs: on a network of its own, as in KubeVirt. */
const isLive = (nic: V1Interface | undefined, network: V1Network | undefined): boolean =>
  nic?.bridge !== undefined && network?.multus !== undefined;

/**
 * What of a machine's interfaces its running instance takes over (KubeVirt's hotplug, LiveUpdateNADRef and link state).
 * Undefined when there is nothing to change. Pure.
 */
export function liveNics(template: VmiSpec, running: VmiSpec): Nics | undefined {
  const [want, have] = [nicsOf(template), nicsOf(running)];
  const next: Nics = structuredClone(have);
  for (const nic of want.interfaces) {
    const network = named(want.networks, nic.name);
    const there = named(next.interfaces, nic.name);
    if (!there) {
      if (!network || !isLive(nic, network) || nic.state === 'absent') continue;
      next.interfaces.push(structuredClone(nic));
      next.networks.push(structuredClone(network));
      continue;
    }
    if (there.state !== 'absent') {
      if (nic.state === undefined) delete there.state;
      else there.state = nic.state;
    }
    const before = named(next.networks, nic.name);
    if (before?.multus && network?.multus && isLive(there, before)) before.multus.networkName = network.multus.networkName; // prettier-ignore
  }
  return isDeepStrictEqual(next, have) ? undefined : next;
}

/**
 * Whether an interface was cut out of the template without `state: absent` first: the machine keeps it until its next
 * start, as on KubeVirt (netvmliveupdate.IsRestartRequired). Those that never come out live are nicsNeedRestart's. Pure.
 */
export function nicsCutOut(template: VmiSpec, running: VmiSpec): boolean {
  const [want, have] = [nicsOf(template), nicsOf(running)];
  return have.interfaces.some(
    (nic) => nic.state !== 'absent' && isLive(nic, named(have.networks, nic.name)) && !named(want.interfaces, nic.name),
  );
}

/** The machine's interfaces without those that were to go and are gone. Undefined when there is none of them. Pure. */
export function withoutDetached(template: VmiSpec, running: VmiSpec | undefined): Nics | undefined {
  const { interfaces, networks } = nicsOf(template);
  const gone = interfaces.filter(
    (nic) => nic.state === 'absent' && !(running && named(nicsOf(running).interfaces, nic.name)),
  );
  if (gone.length === 0) return undefined;
  const stays = ({ name }: { name: string }) => !named(gone, name);
  return { interfaces: interfaces.filter(stays), networks: networks.filter(stays) };
}

/**
 * Whether the interfaces changed in a way that a running machine cannot take over. `before`: what it was started from.
 * A private interface that is gone from the machine left it live (`state: absent` came before). Pure.
 */
export function nicsNeedRestart(before: VmiSpec, now: VmiSpec): boolean {
  const [old, next] = [nicsOf(before), nicsOf(now)];
  const names = new Set([...old.interfaces, ...next.interfaces].map(({ name }) => name));
  return [...names].some((name) => {
    const [was, is] = [named(old.interfaces, name), named(next.interfaces, name)];
    const [from, to] = [named(old.networks, name), named(next.networks, name)];
    if (was && is) {
      const moved = isLive(was, from) && isLive(is, to);
      return !isDeepStrictEqual(fixed(was), fixed(is)) || (!moved && !isDeepStrictEqual(from, to));
    }
    if (is) return !isLive(is, to);
    return !isLive(was, from);
  });
}

const fixed = ({ state: _state, ...nic }: V1Interface): Omit<V1Interface, 'state'> => nic;
