import { isMap, isSeq, parseDocument } from 'yaml';
import { cloudInitYaml } from '../../contract/cloud-init.ts';
import type { CloudInitNic } from '../../contract/cloud-init.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { nicsOf, readMachineCloudInit } from '../cloud-init/machine-data.ts';
import { writeMachineCloudInit } from '../cloud-init/machine-write.ts';
import type { OpenTarget } from '../target/target.ts';

/** Where a machine's cloud-init data was made for: its name and its cards. */
export interface Origin {
  name: string;
  nics: CloudInitNic[];
}
export const originOf = (vm: Parameters<typeof nicsOf>[0], name: string): Origin => ({ name, nics: nicsOf(vm) });

/** cloud-init's user data for a machine of another name: where it gives the old host name, it gives the new one. Pure. */
export function renamed(userData: string, from: string, to: string): string {
  return changed(userData, (document) => {
    for (const key of ['hostname', 'fqdn']) if (document.get(key) === from) document.set(key, to);
  });
}

/**
 * cloud-init makes host keys anew for a new instance id, but leaves /etc/machine-id as the disk has it: from it systemd makes
 * the id by which DHCP servers know a machine, so two copies would get one address. It counts from the copy's second boot on.
 */
const newMachineId = `if command -v systemd-machine-id-setup >/dev/null && command -v cloud-init-per >/dev/null; then cloud-init-per instance hearth-machine-id sh -c 'rm -f /etc/machine-id /var/lib/dbus/machine-id && systemd-machine-id-setup'; fi`;

/** User data of a copy of a machine: with a machine id of its own, where it is a cloud-config and says nothing of that itself. Pure. */
export function withMachineId(userData: string): string {
  if (userData.includes('machine-id')) return userData;
  return changed(userData, (document) => {
    if (document.contents === null) document.contents = document.createNode({}) as never;
    const present = document.get('bootcmd', true);
    if (isSeq(present)) present.items.push(document.createNode(newMachineId) as never);
    else if (present === undefined && isMap(document.contents)) document.set('bootcmd', document.createNode([newMachineId])); // prettier-ignore
  });
}

/** What cannot be read is left as it is: its machine says so when it boots. */
function changed(userData: string, change: (document: ReturnType<typeof parseDocument>) => void): string {
  const [first = ''] = userData.split('\n', 1);
  if (!/^#cloud-config\s*$/.test(first)) return userData;
  // Its first line stays the first, whatever comes before the first key.
  const rest = userData.slice(first.length + 1);
  const document = parseDocument(rest, cloudInitYaml);
  if (document.errors.length > 0) return userData;
  const before = document.toString({ lineWidth: 0 });
  change(document);
  const after = document.toString({ lineWidth: 0 });
  return after === before ? userData : `${first}\n${after}`;
}

/** Network data with these MAC addresses exchanged, and which card has which. Cards that it does not name stay as they are. Pure. */
export function withMacs(
  networkData: string,
  nics: readonly CloudInitNic[],
  mac: () => string,
): { networkData: string; macs: Record<string, string> } {
  const macs: Record<string, string> = {};
  let text = networkData;
  for (const nic of nics) {
    const old = nic.mac ?? nic.current;
    if (old === undefined || !text.toLowerCase().includes(old.toLowerCase())) continue;
    const made = mac();
    macs[nic.name] = made;
    // Digits alone would be a number to cloud-init where the old one was written without quotes; ours begins with a zero.
    text = text.replaceAll(new RegExp(old, 'gi'), made);
  }
  return { networkData: text, macs };
}

const newMac = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(5));
  return ['02', ...Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))].join(':');
};

/**
 * Makes the cloud-init data of a machine that was made from another (clone, copy of a snapshot) its own: host name, machine
 * id, and the MAC addresses that its network data matches cards by. Before its first start, when its Secrets are its own.
 */
export async function ownCloudInit(target: OpenTarget, ref: ObjectRef, from: Origin): Promise<void> {
  const now = await readMachineCloudInit(target, ref);
  if (now.type === 'none' || now.missing !== undefined) return;
  const { networkData, macs } = withMacs(now.networkData, from.nics, newMac);
  const userData = withMachineId(renamed(now.userData, from.name, ref.name));
  if (userData === now.userData && networkData === now.networkData) return;
  await writeMachineCloudInit(target, ref, { userData, networkData, version: now.version, macs });
}
