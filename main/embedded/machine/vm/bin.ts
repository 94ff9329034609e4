import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineContext } from '../../kube/context.ts';
import type { Stored } from '../../kube/object.ts';
import { secrets, virtualMachines } from '../../kube/resources.ts';
import { stableMac, uuidFrom, vmSpec } from '../spec.ts';

// A machine that is deleted into the bin comes back as another object with another uid. What the engine derives from the
// uid (firmware UUID, MAC addresses) or keeps under it (UEFI variables, the TPM's memory) has to come along.

const label = 'hearth.dev/bin';
const restoredFrom = 'hearth.dev/restored-from';
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The Secret that holds a deleted machine; its id is the machine's uid, and names a folder, so it must look like one. */
const idOf = (secret: Stored): string | undefined => {
  const id = secret.metadata.labels?.[label];
  return id !== undefined && uuid.test(id) && secret['type'] === 'hearth.dev/bin' ? id : undefined;
};
const secretOf = ({ store }: EngineContext, namespace: string | undefined, id: string): Stored | undefined => {
  const found = store.get(secrets, namespace, `hearth-bin-${id}`);
  return found && idOf(found) === id ? found : undefined;
};

/** Whether what is kept under the uid of a machine that is gone is needed still. */
export const isInBin = (context: EngineContext, vm: Stored): boolean =>
  secretOf(context, vm.metadata.namespace, vm.metadata.uid) !== undefined;

/** While a restore is under way: the machine gets what its guest knows it by. Done again it changes nothing. */
export function takeUpIdentity(context: EngineContext, vm: Stored): void {
  const id = vm.metadata.annotations?.[restoredFrom];
  if (id === undefined || !uuid.test(id) || !secretOf(context, vm.metadata.namespace, id)) return;
  adopt(context, vm, id);
}

/** An entry has left the bin: restored, then its machine has all of it; or purged, then nobody needs what was kept. */
export function leftBin(context: EngineContext, secret: Stored): void {
  const id = idOf(secret);
  if (id === undefined) return;
  const vms = context.store.list(virtualMachines, secret.metadata.namespace);
  if (vms.some(({ metadata }) => metadata.uid === id)) return;
  const restored = vms.find(({ metadata }) => metadata.annotations?.[restoredFrom] === id);
  if (restored) adopt(context, restored, id);
  rmSync(join(context.paths.machines, id), { recursive: true, force: true });
}

function adopt({ store, paths }: EngineContext, vm: Stored, id: string): void {
  const { namespace, name, uid } = vm.metadata;
  if (store.list(virtualMachines, namespace).some(({ metadata }) => metadata.uid === id)) return;
  const [from, to] = [join(paths.machines, id), join(paths.machines, uid)];
  if (existsSync(from) && !existsSync(to)) renameSync(from, to);
  store.mutate(virtualMachines, namespace, name, (draft) => {
    const spec = vmSpec(draft).template.spec;
    if (!spec || draft.metadata.uid !== uid) return;
    const { domain } = spec;
    domain.firmware = { ...domain.firmware, uuid: domain.firmware?.uuid ?? uuidFrom(`firmware ${id}`) };
    const { devices } = domain;
    if (devices.autoattachPodInterface !== false && !devices.interfaces?.length && !spec.networks?.length) {
      devices.interfaces = [{ name: 'default', masquerade: {} }];
      spec.networks = [{ name: 'default', pod: {} }];
    }
    for (const nic of devices.interfaces ?? []) nic.macAddress ??= stableMac(id, nic.name);
  });
}
