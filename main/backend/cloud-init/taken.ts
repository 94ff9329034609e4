import { parseDocument } from 'yaml';
import { cloudInitYaml } from '../../contract/cloud-init.ts';
import type { KubeObject } from '../../contract/kube.ts';
import { kinds } from '../target/kinds.ts';
import { KubeError } from '../target/kube-error.ts';
import { pick, pickList, pickText, pickTexts } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import { cloudInitVolumeOf, dataOf } from './machine-data.ts';

/** Static addresses that network data gives to cards, without their prefix. Empty for what cannot be read. Pure. */
export function staticAddresses(networkData: string): string[] {
  const document = parseDocument(networkData, cloudInitYaml);
  if (document.errors.length > 0) return [];
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 50 });
  } catch {
    return []; // a text that would grow without end has no address worth knowing
  }
  const network = pick(value, 'network') ?? value;
  const cards = Object.values((pick(network, 'ethernets') ?? {}) as Record<string, unknown>);
  return [
    ...cards.flatMap((card) => pickTexts(card, 'addresses')),
    ...pickList(network, 'config').flatMap((card) => pickList(card, 'subnets').flatMap((subnet) => pickText(subnet, 'address') ?? [])), // prettier-ignore
  ].map((address) => address.split('/')[0] ?? '');
}

/** Address -> machine of the namespace that has it, by its own network data. Addresses behind a machine's own NAT are no one else's business and are left out. */
export async function takenAddresses(
  target: OpenTarget,
  namespace: string,
  except: string | undefined,
): Promise<Map<string, string>> {
  const taken = new Map<string, string>();
  let vms: KubeObject[];
  let secrets: KubeObject[] = [];
  try {
    vms = await target.client.list(kinds.virtualMachines, namespace);
    const named = vms.some((vm) => pick(cloudInitVolumeOf(pick(vm, 'spec', 'template', 'spec'))?.source, 'secretRef'));
    if (named) secrets = await target.client.list(kinds.secrets, namespace);
  } catch (error) {
    // Whoever may not look at all machines gets the check without this part of it.
    if (error instanceof KubeError) return taken;
    throw error;
  }
  for (const vm of vms) {
    const { name = '' } = vm.metadata;
    const volume = cloudInitVolumeOf(pick(vm, 'spec', 'template', 'spec'));
    if (!volume || name === except) continue;
    const { networkData } = dataOf(volume.source, (wanted) =>
      secrets.find((secret) => secret.metadata.name === wanted),
    );
    for (const address of staticAddresses(networkData)) taken.set(address, name);
  }
  return taken;
}
