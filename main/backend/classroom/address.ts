import { networkInterfaces } from 'node:os';
import { inBrackets } from '../../contract/box/address.ts';
import { classPort } from '../../contract/class-seat.ts';
import { networksOf } from '../boxes/finding/networks.ts';
import { readAddress } from '../boxes/link/address.ts';

/** An address as somebody types it, with the class's usual port where none stands. Throws `box-address`. */
export function classAddress(text: string): string {
  const { host, port } = readAddress(text);
  const told = /^(\[[^\]]*\]|[^:]*):\d{1,5}$/.test(text.trim());
  return `${inBrackets(host)}:${told ? port : classPort}`;
}
/** As it is shown: without the usual port. */
export const shownAddress = (address: string): string => address.replace(new RegExp(`:${classPort}$`), '');

/** Cards that lead to machines and containers of this computer only. */
const inside = /^(docker|br-|veth|virbr|cni|flannel|cali|kube|vnet|tap)/;
/** Where others find this computer, as they may type it. */
export function ownAddresses(port: number, interfaces = networkInterfaces()): string[] {
  const all = networksOf(interfaces).filter(({ name, address }) => !inside.test(name) && !address.startsWith('169.254.'));
  return (all.length > 0 ? all : [{ address: '127.0.0.1' }]).map(({ address }) => shownAddress(`${address}:${port}`));
} // prettier-ignore
