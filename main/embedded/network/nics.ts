import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1Interface } from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import { cableId, driverOf, nicId } from '../machine/argv/network.ts';
import { nicSockets } from '../machine/files.ts';
import type { Machine } from '../machine/qemu/machine.ts';
import { QmpError } from '../machine/qemu/qmp.ts';

interface PciDevice {
  qdev_id?: string;
  pci_bridge?: { devices?: PciDevice[] };
}
/** How long a guest may take to let a card go (ms); the next try asks again. */
const unplugPatience = 8000;
/** A link that is down for so long is noticed by guests (ms). */
const blink = 300;

/** Names of the interfaces that a QEMU has now. */
export async function pluggedNics(machine: Machine): Promise<Set<string>> {
  const list = await machine.qmp.execute<{ name: string }[]>('qom-list', { path: '/machine/peripheral' });
  return new Set(list.flatMap(({ name }) => (name.startsWith('nic-') ? [name.slice('nic-'.length)] : [])));
}

/** Plugs a card in while the machine runs. Throws QmpError, e.g. where no slot is free. */
export async function plug(machine: Machine, nic: V1Interface, mac: string): Promise<void> {
  const { socket } = nicSockets(machine.files, nic.name);
  const { qmp } = machine;
  await dropCable(machine, nic.name);
  await qmp.execute('netdev_add', { type: 'stream', id: cableId(nic.name), server: true, addr: { type: 'unix', path: socket } }); // prettier-ignore
  let last: unknown = new QmpError('device_add', 'NoSlot', 'no free slot for another card; restart the machine');
  for (const bus of await freePorts(machine)) {
    try {
      await qmp.execute('device_add', {
        driver: driverOf(nic.model ?? 'virtio'), id: nicId(nic.name), netdev: cableId(nic.name), mac, romfile: '', ...(bus ? { bus } : {}),
      }); // prettier-ignore
      return;
    } catch (error) {
      // Somebody else was faster with this slot.
      if (!(error instanceof QmpError)) throw error;
      last = error;
    }
  }
  await dropCable(machine, nic.name);
  throw last;
}

/** Asks the guest to let a card go. False where it has not yet. */
export async function unplug(machine: Machine, name: string): Promise<boolean> {
  const gone = new Promise<true>((resolve) => {
    machine.qmp.on('event', ({ event, data }) => {
      if (event === 'DEVICE_DELETED' && data['device'] === nicId(name)) resolve(true);
    });
  });
  try {
    await machine.qmp.execute('device_del', { id: nicId(name) });
  } catch (error) {
    // An earlier request is still with the guest.
    if (!(error instanceof QmpError) || !/already in the process of unplug/.test(error.message)) throw error;
  }
  if (!(await Promise.race([gone, delay(unplugPatience, false, { ref: false })])) && (await pluggedNics(machine)).has(name)) return false; // prettier-ignore
  await dropCable(machine, name);
  return true;
}

export async function setLink(machine: Machine, name: string, up: boolean): Promise<void> {
  await machine.qmp.execute('set_link', { name: nicId(name), up });
}

/** The cable out and in again, so that the guest asks for an address. */
export async function blinkLink(machine: Machine, name: string): Promise<void> {
  await setLink(machine, name, false);
  await delay(blink);
  await setLink(machine, name, true);
}

async function dropCable(machine: Machine, name: string): Promise<void> {
  try {
    await machine.qmp.execute('netdev_del', { id: cableId(name) });
  } catch (error) {
    if (!(error instanceof QmpError)) throw error;
  }
  rmSync(nicSockets(machine.files, name).socket, { force: true });
}

/** Ports of a q35 with nothing in them; `pc` takes cards on its root bus. */
async function freePorts(machine: Machine): Promise<(string | undefined)[]> {
  const buses = await machine.qmp.execute<{ devices: PciDevice[] }[]>('query-pci');
  const ports = buses.flatMap(({ devices }) => devices).filter((device) => /^(hotplug|nicport)\d+$/.test(device.qdev_id ?? '')); // prettier-ignore
  if (ports.length === 0) return [undefined];
  // The last ones first: disks take the first ones.
  return ports.filter((port) => !port.pci_bridge?.devices?.length).map((port) => port.qdev_id).toReversed(); // prettier-ignore
}
