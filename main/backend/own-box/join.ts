import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { parse, stringify } from 'yaml';
import type { Appliance } from '../../contract/appliance.ts';
import type { BoxJoinTicket } from '../../contract/box/upkeep.ts';
import { ProblemError } from '../../contract/problem.ts';
import { tokenOf } from '../provision/join-offer.ts';
import type { BoxProvision } from './appliance.ts';
import type { DataPaths } from '../paths.ts';
import { applianceOfBox } from './appliance.ts';
import { ownKubeconfig } from './runners.ts';

/** Hours a second box has to join. */
const hours = 2;

/**
 * The box's appliance; undefined: there is none. What is known comes first and what is seen after a while, so `until` says
 * when it is enough; what is known after `ms` milliseconds is taken otherwise.
 */
export async function ownAppliance(
  provision: Pick<BoxProvision, 'handlers'>,
  { until = () => true, ms = 5000 }: { until?: (appliance: Appliance) => boolean; ms?: number } = {},
): Promise<Appliance | undefined> {
  let last: Appliance | undefined;
  const signal = AbortSignal.timeout(ms);
  for await (const update of provision.handlers.watch({}, { signal })) {
    const rows = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
    last = rows.find(({ id }) => id === applianceOfBox) ?? last;
    if (update.type === 'snapshot' && !last) return undefined;
    if (last && until(last)) return last;
  }
  return last;
}

/** What another box needs to become a node of this one's cluster. Throws what stands in the way. */
export async function joinTicket(
  provision: Pick<BoxProvision, 'handlers'>,
  signal: AbortSignal,
): Promise<BoxJoinTicket> {
  const appliance = await ownAppliance(provision);
  if (!appliance) throw noCluster();
  const offer = await provision.handlers.joinOffer({ id: applianceOfBox, hours }, { signal });
  if (offer.problem) throw new ProblemError(offer.problem);
  const k3s = appliance.versions.k3s ?? appliance.settings.versions.k3s;
  return { server: offer.server, token: tokenOf(offer), k3s, expires: offer.expires };
}

/** The kubeconfig as it works from where the app is: dialled at the address that the app reached the box at. Pure. */
export function kubeconfigFor(text: string, address: string): string {
  const config = parse(text) as { clusters?: { cluster?: { server?: string } }[] };
  const plain = address.replace(/^::ffff:/, '').replace(/%.*$/, '');
  const loopback = plain === '::1' || plain.startsWith('127.') || isIP(plain) === 0;
  for (const { cluster } of config.clusters ?? []) {
    if (!cluster?.server || loopback) continue;
    const server = new URL(cluster.server);
    server.hostname = isIP(plain) === 6 ? `[${plain}]` : plain;
    cluster.server = server.href.replace(/\/$/, '');
  }
  return stringify(config);
}

/** Throws `box-without-cluster` where there is none. */
export async function readKubeconfig(paths: DataPaths, address: string): Promise<{ kubeconfig: string }> {
  try {
    return { kubeconfig: kubeconfigFor(await readFile(ownKubeconfig(paths), 'utf8'), address) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw noCluster();
    throw error;
  }
}

export const noCluster = (): ProblemError =>
  new ProblemError({
    code: 'box-without-cluster',
    title: 'This box has no cluster',
    detail: 'k3s, KubeVirt and CDI are not installed on it, or not to the end.',
    fix: 'Install them on the page of the box first.',
    kind: 'denied',
  });
