import type { V1VirtualMachineInstanceGuestOSInfo } from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import type { Machine } from '../qemu/machine.ts';

/** What the guest's agent tells for the instance's status. */
export interface GuestFacts {
  os?: V1VirtualMachineInstanceGuestOSInfo;
  interfaces: { name: string; mac: string; addresses: string[] }[];
}

interface AgentInterface {
  name: string;
  'hardware-address'?: string;
  'ip-addresses'?: { 'ip-address': string; 'ip-address-type': string }[];
  statistics?: { 'rx-bytes': number; 'tx-bytes': number };
}

/** Asks the agent. Throws AgentError where it does not answer. */
export function guestFacts(machine: Machine): Promise<GuestFacts> {
  return machine.agent(async (ask) => {
    const os = await ask<Record<string, string>>('guest-get-osinfo');
    const interfaces = await ask<AgentInterface[]>('guest-network-get-interfaces');
    return { os: osInfo(os), interfaces: interfaces.flatMap(guestInterface) };
  });
}

/** The agent's names in KubeVirt's spelling. */
export function osInfo(os: Record<string, string>): V1VirtualMachineInstanceGuestOSInfo {
  const names: Record<string, string> = {
    id: 'id', name: 'name', version: 'version', 'version-id': 'versionId', 'pretty-name': 'prettyName',
    'kernel-release': 'kernelRelease', 'kernel-version': 'kernelVersion', machine: 'machine',
  }; // prettier-ignore
  return Object.fromEntries(
    Object.entries(names).flatMap(([theirs, ours]) => (os[theirs] ? [[ours, os[theirs]]] : [])),
  ) as V1VirtualMachineInstanceGuestOSInfo;
}

function guestInterface(nic: AgentInterface): GuestFacts['interfaces'] {
  const mac = nic['hardware-address']?.toLowerCase();
  if (!mac || mac === '00:00:00:00:00:00') return [];
  const addresses = nic['ip-addresses'] ?? [];
  // IPv4 first: it is what people look for.
  const ordered = [
    ...addresses.filter((a) => a['ip-address-type'] === 'ipv4'),
    ...addresses.filter((a) => a['ip-address-type'] !== 'ipv4'),
  ];
  return [{ name: nic.name, mac, addresses: ordered.map((address) => address['ip-address']) }];
}
