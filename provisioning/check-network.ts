import type { PlanFacts } from './facts.ts';
import { type Cidr, isGlobalUnicast, isPrivate, overlaps, parseCidr } from './net.ts';
import { soloAddress, soloInterface } from './paths.ts';
import type { ApplianceSettings } from './settings.ts';

/** Addresses: of the machine, of pods, of services. The last two cannot change later, so a clash must be seen now. */
export function* checkNetwork(settings: ApplianceSettings, facts: PlanFacts): Generator<[string, string]> {
  yield* checkAddress(settings, facts);
  const pods = yield* checkRange('clusterCidr', settings.clusterCidr, 16, 24);
  const services = yield* checkRange('serviceCidr', settings.serviceCidr, 12, 24);
  if (pods && services && overlaps(pods, services))
    yield ['serviceCidr', 'It overlaps with the range of the pods.'];
  for (const [field, range] of [['clusterCidr', pods], ['serviceCidr', services]] as const) {
    const taken = range && whoHas(range, settings, facts);
    if (taken) yield [field, `It overlaps with ${taken}. Choose another, e.g. ${field === 'clusterCidr' ? '172.28' : '172.29'}.0.0/16.`];
  }
} // prettier-ignore

function* checkAddress(settings: ApplianceSettings, facts: PlanFacts): Generator<[string, string]> {
  if (settings.mode === 'solo') {
    if (settings.etcd)
      yield ['etcd', 'Further servers need an address that they can reach: choose the mode for a box on the LAN.'];
    const clash = facts.addresses.find((one) => one.address === soloAddress && one.interface !== soloInterface);
    if (clash)
      yield ['mode', `${soloAddress}, the address of its own that this mode uses, is on ${clash.interface} already.`];
    return;
  }
  const { address } = settings;
  if (address === undefined) yield ['address', 'A box on the LAN needs the reserved address of this machine.'];
  else if (!isGlobalUnicast(address)) yield ['address', 'An IPv4 address that others can reach is needed.'];
  else if (!facts.addresses.some((one) => one.address === address)) {
    const there = facts.addresses.filter((one) => isGlobalUnicast(one.address)).map((one) => one.address);
    yield [
      'address',
      `${address} is on no interface of this machine${there.length > 0 ? `; it has ${there.join(', ')}` : ''}.`,
    ];
  }
}

function* checkRange(
  field: string,
  text: string,
  fewest: number,
  most: number,
): Generator<[string, string], Cidr | undefined> {
  const range = text.includes('/') ? parseCidr(text) : undefined;
  if (!range) yield [field, 'A range like 10.42.0.0/16.'];
  else if (range.odd) yield [field, 'It names an address within the range, not the range: its last bits must be zero.'];
  else if (range.bits < fewest || range.bits > most) yield [field, `Between /${fewest} and /${most}; /16 is usual.`];
  else if (!isPrivate(range))
    yield [field, 'A private range is needed, in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.'];
  return range;
}

/** Who has a part of that range already: an address, a route (a VPN, Docker, the LAN), the machine itself. */
function whoHas(range: Cidr, settings: ApplianceSettings, facts: PlanFacts): string | undefined {
  const clash = (text: string): boolean => {
    const other = parseCidr(text);
    // A route to everywhere (0.0.0.0/1 and 128.0.0.0/1 of a VPN too) is not about this range.
    return other !== undefined && other.bits > 1 && overlaps(other, range);
  };
  if (settings.mode === 'solo' && clash(soloAddress))
    return `${soloAddress}, the address of its own that this mode uses`;
  const ours = (name: string): boolean => name === soloInterface || /^(cni0|flannel|veth)/.test(name);
  const address = facts.addresses.find((one) => !ours(one.interface) && clash(`${one.address}/${one.prefix}`));
  if (address) return `${address.address}/${address.prefix} on ${address.interface}`;
  const route = facts.routes.find((one) => !ours(one.interface) && clash(one.destination));
  return route && `the route to ${route.destination} through ${route.interface}`;
}
