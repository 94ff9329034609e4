import type { BoxAddress, BoxNetworkTrial } from '../../contract/box/state.ts';
import { ProblemError } from '../../contract/problem.ts';

/**
 * Whether somebody who reached the box at its address `at` came over the network that is tried: only that proves that it
 * works. A name or an IPv6 address tells nothing, since the former network may carry those as well. Pure.
 */
export function cameOver(trial: BoxNetworkTrial, addresses: readonly BoxAddress[], at: string): boolean {
  const { network } = trial;
  // The agent of a former version does not tell what it tries.
  if (!network) return true;
  const mine = at.replace(/^::ffff:/, '');
  if (network.addressing.method === 'static') return mine === hostOf(network.addressing.address);
  return addresses.some(
    ({ address, kind, mac, link }) =>
      link && address === mine && (network.mac === undefined ? kind === (network.wifi ? 'wifi' : 'ethernet') : mac === network.mac),
  );
} // prettier-ignore

/** Of an address with its prefix. */
const hostOf = (address: string): string => address.replace(/\/.*$/, '');

export const notOverIt = ({ network }: BoxNetworkTrial, at: string): ProblemError => {
  const fixed = network?.addressing.method === 'static' ? hostOf(network.addressing.address) : undefined;
  return new ProblemError({
    code: 'network-not-over-it',
    title: 'This does not come over the new network',
    detail: `The box was reached at ${at.replace(/^::ffff:/, '')}, which says nothing about ${fixed ?? 'the network that is tried'}.`,
    cause: 'The former address still works beside the new one.',
    fix: `Open the box at ${fixed ?? 'the address that its screen shows'} and keep the network from there. Otherwise the box goes back to the former one by itself.`,
    kind: 'denied',
  });
};
