import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { ProblemError } from '../../contract/problem.ts';
import { writeFileAtomic } from '../json-file.ts';
import type { Place } from './place.ts';

const kubeconfigSchema = z
  .object({
    clusters: z.array(z.object({ name: z.string(), cluster: z.object({ server: z.url() }).loose() })).min(1),
    users: z.array(z.object({ name: z.string(), user: z.record(z.string(), z.unknown()) })).min(1),
    contexts: z
      .array(z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }).loose() }))
      .min(1),
    'current-context': z.string(),
  })
  .loose();

/** Where the helper puts the user's copy. */
export const handoverPath = (uid: number): string => `/var/lib/hearth/handover/${uid}/kubeconfig`;

/**
 * The administrator's kubeconfig of k3s as one of ours: context, cluster and user are named after the appliance, so that it
 * can be merged with others, and the server is dialled at `address` where it is not on this computer.
 */
export function renameKubeconfig(text: string, name: string, address: string | undefined): string {
  const checked = kubeconfigSchema.safeParse(parse(text));
  if (!checked.success) throw new Error(z.prettifyError(checked.error));
  const config = checked.data;
  const current = config.contexts.find((each) => each.name === config['current-context']) ?? config.contexts[0];
  const cluster = config.clusters.find((each) => each.name === current?.context.cluster) ?? config.clusters[0];
  const user = config.users.find((each) => each.name === current?.context.user) ?? config.users[0];
  if (!cluster || !user) throw new Error('no cluster or no user in it');
  const server = new URL(cluster.cluster.server);
  if (address !== undefined) server.hostname = address.includes(':') ? `[${address}]` : address;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { ...cluster.cluster, server: server.href.replace(/\/$/, '') } }],
    users: [{ name: `${name}-admin`, user: user.user }],
    contexts: [{ name, context: { cluster: name, user: `${name}-admin` } }],
    'current-context': name,
  });
}

/** Fetches the copy that the helper handed over and keeps it as `FOLDER/kubeconfig` (0600). Resolves with its path. */
export async function takeKubeconfig(
  place: Place,
  options: { uid: number; name: string; folder: string },
): Promise<string> {
  const from = handoverPath(options.uid);
  const bytes = await place.read(from);
  if (!bytes) throw missing(place, from, 'It is not there, or this user may not read it.');
  let text: string;
  try {
    text = renameKubeconfig(bytes.toString('utf8'), options.name, place.type === 'local' ? undefined : place.address);
  } catch (error) {
    throw missing(place, from, error instanceof Error ? error.message : String(error));
  }
  const path = join(options.folder, 'kubeconfig');
  await writeFileAtomic(path, text);
  return path;
}

const missing = (place: Place, path: string, detail: string): ProblemError =>
  new ProblemError({
    code: 'kubeconfig-not-handed-over',
    title: 'The kubeconfig of the appliance could not be taken over',
    detail: `${path} on ${place.title}: ${detail}`,
    fix: 'Start the install again: it hands the kubeconfig over anew.',
  });
