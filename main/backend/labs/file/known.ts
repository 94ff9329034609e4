import type { LabFile, LabMachine } from '../../../contract/labs/file.ts';
import { pickList, pickNumber } from '../../target/pick.ts';

/** A network of a machine as the file names it: `blue`, or `blue=10.9.0.10`. Pure. */
export function networkOf(text: string): { name: string; address?: string } {
  const [name = '', address] = text.split('=', 2);
  return { name, ...(address !== undefined && { address }) };
}
export const fixedAddress = (machine: LabMachine, network: string): string | undefined =>
  machine.networks.map(networkOf).find(({ name }) => name === network)?.address;

/** Ports of a Service of the file. Pure. */
export const servicePorts = (lab: LabFile, name: string): number[] =>
  lab.objects
    .filter(({ kind, metadata }) => kind === 'Service' && metadata.name === name)
    .flatMap((service) => pickList(service, 'spec', 'ports').flatMap((port) => pickNumber(port, 'port') ?? []));

/** Names that no variable of a file may have. */
export const ownVariables = ['lab', 'namespace', 'key'] as const;

/**
 * Since when a variable has a value: `before` anything is made, or only while it `runs` (addresses, ports of this
 * computer). Undefined: there is none of this name. Pure.
 *
 *     lab, namespace, key                        its name, its namespace, the lab's public SSH key
 *     NAME                                       a variable of the file
 *     image.NAME.name, image.NAME.namespace      where an image of the file lies
 *     MACHINE.name, MACHINE.user                 as the file says
 *     MACHINE.address[.NETWORK]                  of its first interface, or of the one on a network
 *     MACHINE.port.80, MACHINE.url.80            of this computer, for a forwarded port
 *     service.NAME.port.80, service.NAME.url.80  the same for a Service of the file
 */
export function variableSince(lab: LabFile, name: string): 'before' | 'runs' | undefined {
  if ((ownVariables as readonly string[]).includes(name) || Object.hasOwn(lab.variables, name)) return 'before';
  const parts = name.split('.');
  const [first = '', second, third, fourth] = parts;
  if (first === 'image' && parts.length === 3)
    return lab.images.some((image) => image.name === second) && (third === 'name' || third === 'namespace') ? 'before' : undefined; // prettier-ignore
  const port = (text: string | undefined, ports: readonly number[]): 'runs' | undefined =>
    text !== undefined && ports.includes(Number(text)) ? 'runs' : undefined;
  if (first === 'service' && parts.length === 4 && (third === 'port' || third === 'url'))
    return port(fourth, servicePorts(lab, second ?? ''));
  const machine = lab.machines.find((each) => each.name === first);
  if (!machine) return undefined;
  if (parts.length === 2 && (second === 'name' || second === 'user')) return 'before';
  if (second === 'address' && parts.length <= 3) {
    if (third !== undefined && !machine.networks.some((each) => networkOf(each).name === third)) return undefined;
    return fixedAddress(machine, third ?? networkOf(machine.networks[0] ?? '').name) ? 'before' : 'runs';
  }
  if ((second === 'port' || second === 'url') && parts.length === 3) return port(third, machine.forwards);
  return undefined;
}
