import { randomBytes, randomInt } from 'node:crypto';
import type { LabFile } from '../../../contract/labs/file.ts';
import type { KubeObject } from '../../../contract/kube.ts';
import { nicNames } from '../../../contract/new-network.ts';
import { forwardsOf, selects } from '../../machines/forward.ts';
import { pick, pickList, pickText } from '../../target/pick.ts';
import type { Values } from '../file/fill.ts';
import { fixedAddress, networkOf } from '../file/known.ts';
import { fileValues } from '../file/objects.ts';
import { userOf } from '../start/build.ts';

/** What of the lab's namespace is there now. */
export interface Seen {
  machines: readonly KubeObject[];
  instances: readonly KubeObject[];
  services: readonly KubeObject[];
  /** How this computer reaches ports of the target where a Service does not say it. */
  host: string;
}

/** A port of this computer that leads to a machine. */
export interface Reached {
  address: string;
  port: number;
}

const letters = 'abcdefghijkmnpqrstuvwxyz';
/** Passwords are typed by people (and by a keymap that may not be theirs): letters that nobody mixes up, and digits. */
const password = (): string =>
  [0, 1, 2].map(() => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join('')).join('-');

/** Values of the variables that are made at random. */
export function generated(lab: LabFile): Record<string, string> {
  return Object.fromEntries(
    Object.entries(lab.variables).flatMap(
      ([name, value]) =>
      typeof value === 'string' ? [] : [[name, value.generate === 'token' ? randomBytes(24).toString('hex') : password()]], // prettier-ignore
    ),
  );
}

/** Values that are known before anything is made. Pure. */
export function earlyValues(lab: LabFile, known: { random: Readonly<Record<string, string>>; key: string }): Values {
  const ofFile = fileValues(lab);
  return (name) => {
    if (name === 'key') return known.key;
    if (Object.hasOwn(known.random, name)) return known.random[name];
    const [first, second, third] = name.split('.');
    const machine = lab.machines.find((each) => each.name === first);
    if (!machine) return ofFile(name);
    if (second === 'name') return machine.name;
    if (second === 'user') return userOf(machine);
    if (second === 'address') return fixedAddress(machine, third ?? networkOf(machine.networks[0] ?? '').name);
    return undefined;
  };
}

/** All values as they are now; one that is not known yet is a word that says so. Pure. */
export function liveValues(lab: LabFile, early: Values, seen: Seen): Values {
  return (name) => {
    const known = early(name);
    if (known !== undefined) return known;
    const [first = '', second = '', third, fourth] = name.split('.');
    if (first === 'service') {
      const found = serviceReached(seen, second, Number(fourth));
      return found ? (third === 'url' ? urlOf(found) : String(found.port)) : unknown;
    }
    if (!lab.machines.some((each) => each.name === first)) return undefined;
    if (second === 'address') return addressOf(lab, seen, first, third) ?? unknown;
    const found = forwardOf(seen, first, Number(third));
    return found ? (second === 'url' ? urlOf(found) : String(found.port)) : unknown;
  };
}
const unknown = '(not known yet)';
const urlOf = ({ address, port }: Reached): string => `http://${address.includes(':') ? `[${address}]` : address}:${port}`; // prettier-ignore

function addressOf(lab: LabFile, seen: Seen, name: string, network: string | undefined): string | undefined {
  const instance = seen.instances.find(({ metadata }) => metadata.name === name);
  const machine = lab.machines.find((each) => each.name === name);
  if (!instance || !machine) return undefined;
  const names = machine.networks.map((each) => networkOf(each).name);
  const others = names.filter((each) => each !== 'pod');
  const cards = nicNames(others.map((each) => `lab/${each}`));
  const wanted = network ?? names[0];
  const card = wanted === 'pod' ? 'default' : cards[others.indexOf(wanted ?? '')];
  const status = pickList(instance, 'status', 'interfaces').find((each) => each['name'] === card);
  return pickText(status, 'ipAddress');
}

/** Where a forwarded port of a machine is reached. Pure. */
export function forwardOf(seen: Seen, machine: string, port: number): Reached | undefined {
  const vm = seen.machines.find(({ metadata }) => metadata.name === machine);
  const labels = (pick(vm, 'spec', 'template', 'metadata', 'labels') ?? {}) as Record<string, unknown>;
  for (const service of vm ? seen.services : [])
    if (selects(service, labels)) {
      const found = reached(service, seen.host).find((each) => each.guestPort === port);
      if (found) return { address: found.address, port: found.hostPort };
    }
  return undefined;
}
function serviceReached(seen: Seen, name: string, port: number): Reached | undefined {
  const service = seen.services.find(({ metadata }) => metadata.name === name);
  if (!service) return undefined;
  const at = pickList(service, 'spec', 'ports').findIndex((each) => each['port'] === port);
  const found = reached(service, seen.host)[at];
  return found && { address: found.address, port: found.hostPort };
}
const reached = (service: KubeObject, host: string) => {
  const told = pickList(service, 'status', 'loadBalancer', 'ingress').length > 0;
  return forwardsOf(service)
    .filter(({ hostPort, problem }) => hostPort > 0 && problem === undefined)
    .map((each) => (told ? each : { ...each, address: host }));
};
