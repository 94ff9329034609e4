import type { Stored } from '../kube/object.ts';
import { stableMac, uuidFrom, vmSpec } from '../machine/spec.ts';

/** On an export: what the guest knows its machine by, where nobody chose it; JSON. */
export const identityAnnotation = 'hearth.dev/identity';

/** The firmware UUID and the MAC addresses, by card, that the engine gives a machine by its uid: elsewhere it has another. Pure. */
export function identityText(vm: Stored): string {
  const { uid } = vm.metadata;
  const domain = vmSpec(vm).template.spec?.domain;
  const nics = domain?.devices.interfaces ?? [];
  return JSON.stringify({
    uuid: domain?.firmware?.uuid ?? uuidFrom(`firmware ${uid}`),
    macs: Object.fromEntries(nics.map(({ name, macAddress }) => [name, macAddress ?? stableMac(uid, name)])),
  });
}
