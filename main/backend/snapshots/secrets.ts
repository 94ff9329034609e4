import type { KubeObject } from '../../contract/kube.ts';
import { kinds } from '../target/kinds.ts';
import { isNotFound, KubeError } from '../target/kube-error.ts';
import type { OpenTarget } from '../target/target.ts';
import { managedBy } from './names.ts';
import { renamed } from './own-data.ts';
import type { SecretUse } from './patches.ts';

/** A secret's data for a machine of another name: where its user data gives the old host name, it gives the new one. Pure. */
export function renamedData(data: Record<string, string>, from: string, to: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => {
      if (key.toLowerCase() !== 'userdata') return [key, value];
      const text = renamed(Buffer.from(value, 'base64').toString('utf8'), from, to);
      return [key, Buffer.from(text).toString('base64')];
    }),
  );
}

/** The secret may be gone with its machine; then the new one says itself that it misses it. */
export async function copySecret(
  { client }: OpenTarget,
  namespace: string,
  use: SecretUse,
  { from, to }: { from: string; to: string },
): Promise<void> {
  try {
    const secret = await client.get(kinds.secrets, namespace, use.secret);
    const { type, data = {} } = secret as KubeObject & { type?: string; data?: Record<string, string> };
    const metadata = { name: use.copy, namespace, labels: managedBy };
    const copy = { apiVersion: 'v1', kind: 'Secret', metadata, type, data: renamedData(data, from, to) };
    await client.create(kinds.secrets, copy as KubeObject);
  } catch (error) {
    // Of an earlier try: it holds the same.
    if (isNotFound(error) || (error instanceof KubeError && error.code === 409)) return;
    throw error;
  }
}

/** Secrets go with their machine. */
export async function ownSecrets(
  { client }: OpenTarget,
  machine: { namespace: string; name: string },
  names: readonly string[],
): Promise<void> {
  const vm = await client.get(kinds.virtualMachines, machine.namespace, machine.name);
  const owner = { apiVersion: vm.apiVersion, kind: vm.kind, name: vm.metadata.name, uid: vm.metadata.uid };
  for (const name of names)
    await client.patch(kinds.secrets, { namespace: machine.namespace, name }, { metadata: { ownerReferences: [owner] } }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    }); // prettier-ignore
}
