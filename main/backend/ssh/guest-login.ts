import { parse } from 'yaml';
import type { KubeObject } from '../../contract/kube.ts';
import type { KubeClient } from '../target/client.ts';
import { isNotFound, KubeError } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import { pick, pickList, pickText, pickTexts } from '../target/pick.ts';

/** Whom cloud-init makes, and which public keys it lets in, as far as its user data says. Pure. */
export function loginsOf(userData: string): { user?: string; keys: string[] } {
  if (!/^#cloud-config\b/.test(userData.trimStart())) return { keys: [] };
  let config: unknown;
  try {
    config = parse(userData);
  } catch {
    return { keys: [] }; // the guest finds it broken too; the cloud-init page says where
  }
  const user = pick(config, 'user');
  const users = pickList(config, 'users').filter((each) => each['name'] !== 'default');
  const name = typeof user === 'string' ? user : (pickText(user, 'name') ?? pickText(users[0], 'name'));
  const keys = [config, ...users].flatMap((each) => pickTexts(each, 'ssh_authorized_keys'));
  return { ...(name !== undefined && { user: name }), keys };
}

const sources = ['cloudInitNoCloud', 'cloudInitConfigDrive'] as const;

/** The user data of a machine's cloud-init, from its definition or the Secret that it names; undefined without. Throws KubeError. */
export async function userDataOf(client: KubeClient, vm: KubeObject): Promise<string | undefined> {
  for (const volume of pickList(vm, 'spec', 'template', 'spec', 'volumes'))
    for (const source of sources) {
      const inline = pickText(volume, source, 'userData');
      if (inline !== undefined) return inline;
      const encoded = pickText(volume, source, 'userDataBase64');
      if (encoded !== undefined) return Buffer.from(encoded, 'base64').toString('utf8');
      const secret = pickText(volume, source, 'secretRef', 'name');
      if (secret !== undefined) return secretText(client, vm.metadata.namespace, secret);
    }
  return undefined;
}

/** KubeVirt takes both spellings of the key. */
async function secretText(
  client: KubeClient,
  namespace: string | undefined,
  name: string,
): Promise<string | undefined> {
  try {
    const secret = await client.get(kinds.secrets, namespace, name);
    const encoded = pickText(secret, 'data', 'userdata') ?? pickText(secret, 'data', 'userData');
    return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
  } catch (error) {
    // A user without the right to read Secrets can still log in: only the suggestion is missing.
    if (isNotFound(error) || (error instanceof KubeError && error.code === 403)) return undefined;
    throw error;
  }
}
