import { forbidden } from './field-error.ts';
import type { FieldError } from './field-error.ts';
import { claimSupport, dataVolumeSupport } from './support/data-volume.ts';
import { instanceSupport, machineSupport } from './support/instance.ts';
import type { Support, SupportTable } from './support/support.ts';
import { isSet } from './support/support.ts';

interface Node {
  support?: Support;
  children: Map<string, Node>;
}

/** `a.b[].c` as `a`, `b`, `[]`, `c`. */
const segments = (path: string): string[] => path.replaceAll('[]', '.[]').split('.');

const compile = (table: SupportTable): Node => {
  const root: Node = { children: new Map() };
  for (const [path, support] of Object.entries(table)) {
    let node = root;
    for (const segment of segments(path)) {
      let next = node.children.get(segment);
      if (!next) node.children.set(segment, (next = { children: new Map() }));
      node = next;
    }
    node.support = support;
  }
  return root;
};

const tables = {
  instance: compile(instanceSupport),
  machine: compile(machineSupport),
  dataVolume: compile(dataVolumeSupport),
  claim: compile(claimSupport),
};
export type SupportRoot = keyof typeof tables;

/** How a field is treated: the longest entry of its table that fits the path (`domain.devices.disks[].name`). */
export const supportOf = (root: SupportRoot, path: string): Support | undefined => {
  let node = tables[root];
  let found: Support | undefined;
  for (const segment of segments(path)) {
    const next = node.children.get(segment) ?? node.children.get('*');
    if (!next) break;
    node = next;
    found = node.support ?? found;
  }
  return found;
};

export interface Findings {
  errors: FieldError[];
  warnings: string[];
}

/** Fields below `value` (at `path`) that the engine turns away or that come to nothing. */
export const unsupportedFields = (root: SupportRoot, value: unknown, path: string): Findings => {
  const findings: Findings = { errors: [], warnings: [] };
  walk(tables[root], value, path, findings);
  if (root === 'instance') findings.errors.push(...podBridges(value, path));
  return findings;
};

const walk = (node: Node, value: unknown, path: string, findings: Findings): void => {
  const { support } = node;
  if (support?.kind === 'refused' && isSet(value) && support.when(value)) {
    findings.errors.push(forbidden(path, `${support.why}; ${support.instead}`));
    return;
  }
  if (support?.kind === 'works' && value !== undefined && value !== null && support.limit?.when(value)) {
    findings.errors.push(forbidden(path, `${support.limit.why}; ${support.limit.instead}`));
    return;
  }
  if (support?.kind === 'harmless' && support.warn && isSet(value)) {
    findings.warnings.push(`${path}: has no effect here: ${support.why}`);
  }
  if (node.children.size === 0 || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    const item = node.children.get('[]');
    if (item) for (const [index, one] of value.entries()) walk(item, one, `${path}[${index}]`, findings);
    return;
  }
  for (const [name, one] of Object.entries(value)) {
    const next = node.children.get(name) ?? node.children.get('*');
    if (next) walk(next, one, `${path}.${name}`, findings);
  }
};

interface Nics {
  domain?: { devices?: { interfaces?: { name: string; bridge?: object }[] } };
  networks?: { name: string; pod?: object }[];
}

/** A bridge on the pod network would give the guest the address of its pod: only both fields together tell. */
const podBridges = (value: unknown, path: string): FieldError[] => {
  const { domain, networks } = (value ?? {}) as Nics;
  return (domain?.devices?.interfaces ?? []).flatMap((nic, index) =>
    isSet(nic.bridge) && networks?.some((network) => network.name === nic.name && isSet(network.pod))
      ? [forbidden(`${path}.domain.devices.interfaces[${index}].bridge`, 'guests on the pod network are reached through masquerade only; use `masquerade: {}`, or a network of its own with bridge')]
      : [],
  ); // prettier-ignore
};
