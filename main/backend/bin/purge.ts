import { isNotFound } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import { listServed } from '../target/served.ts';
import type { OpenTarget } from '../target/target.ts';
import { deleteDisk, orNone } from './disks.ts';
import { binLabel, secretName } from './kept.ts';

type Target = Pick<OpenTarget, 'client'>;

/**
 * Deletes an entry for good: its disks, and what is known of it last, so that one that was broken off is still listed.
 * A disk that a machine has by now is left alone (Problem `disk-in-use`).
 */
export async function purge(target: Target, id: string, namespace: string): Promise<void> {
  const { client } = target;
  const marked = `${binLabel}=${id}`;
  const [volumes, claims] = await Promise.all([
    listServed(client, kinds.dataVolumes, namespace, marked),
    client.list(kinds.persistentVolumeClaims, namespace, marked),
  ]);
  const names = new Set([...volumes, ...claims].map(({ metadata }) => metadata.name ?? ''));
  for (const name of names) await deleteDisk(target, { namespace, name });
  await client.delete(kinds.secrets, { namespace, name: secretName(id) }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}

/** Whether a machine of that uid is still there. */
export async function stillThere({ client }: Target, id: string, namespace: string, name: string): Promise<boolean> {
  const vm = await client.get(kinds.virtualMachines, namespace, name).catch(orNone);
  return vm?.metadata.uid === id;
}
