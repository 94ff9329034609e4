import type { V1Interface, V1Network } from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import type { StatusCause } from '../../kube/status-error.ts';
import { duplicateCause, invalidCause, requiredCause, unsupportedCause } from './shapes.ts';
import type { VmiSpec } from './shapes.ts';

const models = new Set(['e1000', 'e1000e', 'ne2k_pci', 'pcnet', 'rtl8139', 'virtio']);
const bindings = ['bridge', 'masquerade', 'sriov', 'passtBinding', 'binding', 'slirp', 'passt', 'macvtap'] as const;
const discontinued = {
  slirp: 'Slirp interface support has been discontinued since v1.3',
  passt: 'Passt network binding has been discontinued since v1.3',
  macvtap: 'Macvtap network binding has been discontinued since v1.3',
} as const;
/** The in-pod bridge's own address (pkg/network/link). */
const reservedMac = '02:00:00:00:00:00';

/** Interfaces and networks (KubeVirt pkg/network/admitter). `at` is the instance's spec. */
export const networkCauses = (spec: VmiSpec, at: string): StatusCause[] => {
  const networks = spec.networks ?? [];
  const interfaces = spec.domain.devices.interfaces ?? [];
  const byName = new Map(networks.map((network) => [network.name, network]));
  const field = `${at}.domain.devices.interfaces`;
  return [
    ...networkSourceCauses(networks, at),
    ...interfaces.flatMap((nic, index) => bindingCauses(nic, byName.get(nic.name), `${field}[${index}]`)),
    ...pairCauses(networks, interfaces, at),
    ...interfaces.flatMap((nic, index) => [
      ...fieldCauses(nic, `${field}[${index}]`),
      ...stateCauses(nic, byName.get(nic.name), `${field}[${index}]`),
      ...(byName.get(nic.name)?.pod ? portCauses(nic, `${field}[${index}].ports`) : []),
    ]),
  ];
};

const networkSourceCauses = (networks: readonly V1Network[], at: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  const pods = networks.filter((network) => network.pod);
  const defaults = networks.filter((network) => (network.multus as { default?: boolean } | undefined)?.default);
  if (pods.length > 1) {
    causes.push(
      duplicateCause(`${at}.interfaces`, `more than one interface is connected to a pod network in ${at}.interfaces`),
    );
  }
  if (defaults.length > 1) {
    causes.push(invalidCause(`${at}.networks`, 'Multus CNI should only have one default network'));
  }
  if (pods.length > 0 && defaults.length > 0) {
    causes.push(invalidCause(`${at}.networks`, 'Pod network cannot be defined when Multus default network is defined'));
  }
  for (const [index, network] of networks.entries()) {
    const here = `${at}.networks[${index}]`;
    const { name: _, ...sources } = network;
    const count = Object.values(sources).filter((source) => source !== undefined).length;
    if (count === 0) causes.push(requiredCause(here, 'should have a network type'));
    if (count > 1) causes.push(requiredCause(here, 'should have only one network type'));
    if (network.multus && !network.multus.networkName) {
      causes.push(requiredCause(here, 'CNI delegating plugin must have a networkName'));
    }
  }
  return causes;
};

const bindingCauses = (nic: V1Interface, network: V1Network | undefined, here: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  const set = bindings.filter((binding) => nic[binding] !== undefined);
  for (const old of ['slirp', 'passt', 'macvtap'] as const) {
    if (nic[old]) causes.push(invalidCause(`${here}.${old}`, discontinued[old]));
  }
  if (set.length !== 1) {
    causes.push(
      invalidCause(here, `logical ${nic.name} interface must have exactly one binding method or binding plugin`),
    );
  }
  if (nic.masquerade && network && !network.pod) {
    causes.push(invalidCause(`${here}.name`, 'Masquerade interface only implemented with pod network'));
  }
  if (nic.passtBinding && network && !network.pod) {
    causes.push(invalidCause(`${here}.name`, 'PasstBinding interface only implemented with pod network'));
  }
  if (nic.masquerade && nic.macAddress?.toLowerCase() === reservedMac) {
    causes.push(
      invalidCause(
        `${here}.macAddress`,
        'The requested MAC address is reserved for the in-pod bridge. Please choose another one.',
      ),
    );
  }
  return causes;
};

const pairCauses = (networks: readonly V1Network[], interfaces: readonly V1Interface[], at: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  for (const [index, network] of networks.entries()) {
    const field = `${at}.networks[${index}].name`;
    if (!interfaces.some((nic) => nic.name === network.name))
      causes.push(requiredCause(field, `${field} '${network.name}' not found.`));
    if (networks.findIndex((one) => one.name === network.name) !== index) {
      const name = JSON.stringify(network.name);
      causes.push(
        duplicateCause(field, `Network with name ${name} already exists, every network must have a unique name`),
      );
    }
  }
  for (const [index, nic] of interfaces.entries()) {
    const field = `${at}.domain.devices.interfaces[${index}].name`;
    if (!networks.some((network) => network.name === nic.name))
      causes.push(invalidCause(field, `${field} '${nic.name}' not found.`));
    if (interfaces.findIndex((one) => one.name === nic.name) !== index) {
      causes.push(duplicateCause(field, 'Only one interface can be connected to one specific network'));
    }
  }
  return causes;
};

const fieldCauses = (nic: V1Interface, here: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  if (!/^[A-Za-z0-9-_]+$/.test(nic.name)) {
    causes.push(
      invalidCause(
        `${here}.name`,
        'Network interface name can only contain alphabetical characters, numbers, dashes (-) or underscores (_)',
      ),
    );
  }
  if (nic.model && !models.has(nic.model)) {
    causes.push(
      unsupportedCause(`${here}.model`, `interface ${here}.name uses model ${nic.model} that is not supported.`),
    );
  }
  const mac = nic.macAddress;
  if (mac && !isMac(mac)) {
    causes.push(invalidCause(`${here}.macAddress`, `interface ${here}.name has malformed MAC address (${mac}).`));
  } else if (mac && mac.replaceAll(/[:.-]/g, '').length > 12) {
    causes.push(
      invalidCause(`${here}.macAddress`, `interface ${here}.name has MAC address (${mac}) that is too long.`),
    );
  }
  return causes;
};

/** As Go's net.ParseMAC: 6, 8 or 20 bytes by colons, dashes or (in pairs) dots. */
const isMac = (text: string): boolean =>
  /^[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2})*$/i.test(text)
    ? [17, 23, 59].includes(text.length)
    : /^[0-9a-f]{4}(?:\.[0-9a-f]{4})+$/i.test(text) && [14, 19, 49].includes(text.length);

const stateCauses = (nic: V1Interface, network: V1Network | undefined, here: string): StatusCause[] => {
  const { name, state } = nic;
  const field = `${here}.state`;
  if (!state) return [];
  if (!['up', 'down', 'absent'].includes(state)) {
    return [invalidCause(field, `logical ${name} interface state value is unsupported: ${state}`)];
  }
  if (state !== 'absent') return [];
  const causes: StatusCause[] = [];
  if (!nic.bridge) {
    causes.push(invalidCause(field, `"${name}" interface's state "${state}" is supported only for bridge binding`));
  }
  if (network?.pod) {
    causes.push(invalidCause(field, `"${name}" interface's state "${state}" is not supported on default networks`));
  }
  return causes;
};

const portCauses = (nic: V1Interface, field: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  const names = new Set<string>();
  for (const [index, { name, port, protocol }] of (nic.ports ?? []).entries()) {
    const here = `${field}[${index}]`;
    if (name && names.has(name)) causes.push(duplicateCause(`${here}.name`, `Duplicate name of the port: ${name}`));
    if (name && !isPortName(name)) causes.push(invalidCause(`${here}.name`, `Invalid name of the port: ${name}`));
    if (name) names.add(name);
    if (port === 0) causes.push(requiredCause(here, 'Port field is mandatory.'));
    if (port < 0 || port > 65535) causes.push(invalidCause(here, 'Port field must be in range 0 < x < 65536.'));
    if (protocol && protocol !== 'TCP' && protocol !== 'UDP') {
      causes.push(invalidCause(`${here}.protocol`, 'Unknown protocol, only TCP or UDP allowed'));
    }
  }
  return causes;
};

/** As IsValidPortName: at most 15 of [-a-z0-9], a letter among them, no dash at an end or doubled. */
export const isPortName = (name: string): boolean =>
  name.length <= 15 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) && /[a-z]/.test(name);
