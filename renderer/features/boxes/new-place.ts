import type { BoxNetworkTrial } from '../../../main/contract/box/state.ts';

/** Where the box is to be found in the network that is tried. */
export interface NewPlace {
  host: string;
  /** Of its pages there; none from the app, which follows the box by itself. */
  url?: string;
}

/**
 * The other address of a network that is tried, when `at` (how this page reached the box) is surely not it; undefined: it may
 * be kept from here. A name, or an address that the network is still to give, tells nothing. Pure.
 */
export function newPlace({ network }: BoxNetworkTrial, at: { host: string; port?: string }): NewPlace | undefined {
  if (network?.addressing.method !== 'static') return undefined;
  const host = network.addressing.address.replace(/\/.*$/, '');
  if (at.host === host || !/^\d+(\.\d+){3}$/.test(at.host)) return undefined;
  return { host, ...(at.port !== undefined && { url: `https://${host}${at.port ? `:${at.port}` : ''}/` }) };
}
