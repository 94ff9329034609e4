import type { MachineForm } from '../../contract/form.ts';
import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import { bytesQuantity } from '../target/quantity.ts';
import { formOf } from './view.ts';

type Json = Record<string, unknown>;
const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** The map at a path, made where it is missing. */
function at(from: Json, ...path: string[]): Json {
  let here = from;
  for (const step of path) {
    const next = here[step];
    here = isMap(next) ? next : (here[step] = {});
  }
  return here;
}
/** Sets a field, or takes it away where there is nothing to say. */
function put(into: Json, field: string, value: unknown): void {
  if (value === undefined || value === '') delete into[field];
  else into[field] = value;
}
/** Takes empty maps away from the end of a path: only those that a change of ours emptied. */
function tidy(from: Json, ...path: string[]): void {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = path
      .slice(0, length - 1)
      .reduce<unknown>((here, step) => (isMap(here) ? here[step] : undefined), from);
    const last = path[length - 1] ?? '';
    if (isMap(parent) && isMap(parent[last]) && Object.keys(parent[last]).length === 0) delete parent[last];
    else return;
  }
}

/**
 * The machine with what differs between its form and this one, and nothing else: fields that the form does not know stay,
 * also those of a later KubeVirt, in disks and interfaces, too (matched by name). A form that was not changed gives back an
 * equal object. Pure. Throws a Problem when a disk or interface of the form is not in the machine, or missing in the form:
 * those come and go on their own pages.
 */
export function withForm(machine: KubeObject, form: MachineForm): KubeObject {
  const vm = structuredClone(machine);
  const before = formOf(machine);
  const spec = at(vm, 'spec');
  const changed = (field: keyof MachineForm): boolean => !same(before[field], form[field]);
  if (changed('description')) {
    const annotations = at(vm.metadata as unknown as Json, 'annotations');
    put(annotations, 'hearth.dev/description', form.description);
    tidy(vm.metadata as unknown as Json, 'annotations');
  }
  if (changed('runStrategy')) {
    delete spec['running']; // exclusive with the other
    spec['runStrategy'] = form.runStrategy;
  }
  if (changed('hostname')) put(at(spec, 'template', 'spec'), 'hostname', form.hostname);
  if (changed('size')) resize(spec, before.size, form.size);
  if (changed('preference')) {
    if (form.preference === undefined) delete spec['preference'];
    else rename(at(spec, 'preference'), form.preference, 'VirtualMachineClusterPreference');
  }
  const domain = at(spec, 'template', 'spec', 'domain');
  if (changed('firmware')) boot(domain, form.firmware);
  if (changed('tpm')) setTpm(at(domain, 'devices'), form.tpm);
  if (changed('disks'))
    eachByName(domain, 'disks', before.disks, form.disks, (disk, old, next) => {
      const { kind } = old;
      if (next.kind !== kind) {
        disk[next.kind] = disk[kind] ?? {};
        delete disk[kind];
      }
      if (next.bus !== old.bus) put(at(disk, next.kind), 'bus', next.bus);
      if (next.bootOrder !== old.bootOrder) put(disk, 'bootOrder', next.bootOrder);
    });
  if (changed('interfaces'))
    eachByName(domain, 'interfaces', before.interfaces, form.interfaces, (nic, old, next) => {
      if (next.model !== old.model) put(nic, 'model', next.model);
      if (next.mac !== old.mac) put(nic, 'macAddress', next.mac);
    });
  return vm;
}

/** Another name of a type or preference: the revision that was kept of the old one is not of this. */
function rename(reference: Json, name: string, kind: string): void {
  reference['name'] = name;
  if (reference['kind'] === undefined) reference['kind'] = kind;
  for (const field of ['revisionName', 'inferFromVolume', 'inferFromVolumeFailurePolicy']) delete reference[field];
}

function resize(spec: Json, before: MachineForm['size'], size: MachineForm['size']): void {
  const domain = at(spec, 'template', 'spec', 'domain');
  if (size.type !== 'free') {
    const reference = at(spec, 'instancetype');
    if (size.type === 'instancetype') {
      rename(reference, size.name, 'VirtualMachineClusterInstancetype');
      reference['kind'] = size.cluster ? 'VirtualMachineClusterInstancetype' : 'VirtualMachineInstancetype';
    } else {
      delete reference['name'];
      delete reference['revisionName'];
      reference['inferFromVolume'] = size.volume;
    }
    // The type fixes both: KubeVirt refuses them beside it.
    for (const field of ['sockets', 'cores', 'threads', 'maxSockets'])
      if (isMap(domain['cpu'])) delete domain['cpu'][field];
    for (const field of ['guest', 'maxGuest']) if (isMap(domain['memory'])) delete domain['memory'][field];
    for (const field of ['cpu', 'memory']) tidy(domain, field);
    return;
  }
  if (before.type !== 'free') delete spec['instancetype'];
  const old = before.type === 'free' ? before : {};
  for (const field of ['sockets', 'cores', 'threads', 'maxSockets'] as const)
    if (size[field] !== (old as Partial<typeof size>)[field]) put(at(domain, 'cpu'), field, size[field]);
  for (const [field, name] of [
    ['memory', 'guest'],
    ['maxMemory', 'maxGuest'],
  ] as const)
    // prettier-ignore
    if (size[field] !== (old as Partial<typeof size>)[field])
      put(at(domain, 'memory'), name, size[field] === undefined ? undefined : bytesQuantity(size[field]));
  for (const field of ['cpu', 'memory']) tidy(domain, field);
}

function boot(domain: Json, firmware: MachineForm['firmware']): void {
  const loader = at(domain, 'firmware', 'bootloader');
  if (firmware === 'bios') {
    delete loader['efi'];
    loader['bios'] ??= {};
  } else if (firmware === 'preferred') {
    delete loader['efi'];
    delete loader['bios'];
    tidy(domain, 'firmware', 'bootloader');
  } else {
    delete loader['bios'];
    at(loader, 'efi')['secureBoot'] = firmware === 'uefi-secure';
    // Secure Boot needs it; it does no harm without.
    if (firmware === 'uefi-secure') at(domain, 'features', 'smm')['enabled'] = true;
  }
}

function setTpm(devices: Json, tpm: MachineForm['tpm']): void {
  if (tpm === 'none') {
    delete devices['tpm'];
    return;
  }
  const device = at(devices, 'tpm');
  delete device['enabled'];
  put(device, 'persistent', tpm === 'kept' ? true : undefined);
}

function eachByName<T extends { name: string }>(
  domain: Json,
  list: 'disks' | 'interfaces',
  before: readonly T[],
  after: readonly T[],
  change: (item: Json, old: T, next: T) => void,
): void {
  const devices = at(domain, 'devices');
  const items = (Array.isArray(devices[list]) ? devices[list] : []) as Json[];
  const names = (all: readonly { name: string }[]): string =>
    all
      .map(({ name }) => name)
      .toSorted()
      .join();
  if (names(before) !== names(after))
    throw new ProblemError({
      code: 'form-not-of-this',
      title: 'The form is not of this machine',
      detail: `The machine has ${list} ${before.map(({ name }) => name).join(', ') || '(none)'}; the form has ${after.map(({ name }) => name).join(', ') || '(none)'}.`,
      fix: 'Load the form again. Disks and network cards are added and removed on their own pages.',
    });
  for (const next of after) {
    const index = before.findIndex(({ name }) => name === next.name);
    const [old, item] = [before[index], items[index]];
    if (old && item && !same(old, next)) change(item, old, next);
  }
}
