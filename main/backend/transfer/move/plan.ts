import { statfs } from 'node:fs/promises';
import type { KubeObject } from '../../../contract/kube.ts';
import type { ObjectRef } from '../../../contract/machine-ref.ts';
import { asProblem, ProblemError } from '../../../contract/problem.ts';
import type { MoveMachine, MovePlan } from '../../../contract/transfer-moves.ts';
import { whyNot } from '../../../contract/offers.ts';
import { carriesState, freeName, keepsState } from '../../clones/plan.ts';
import { defaultClass } from '../../target/capabilities/storage.ts';
import { kinds } from '../../target/kinds.ts';
import { KubeError } from '../../target/kube-error.ts';
import { pick, pickNumber, pickText } from '../../target/pick.ts';
import { quantity } from '../../target/quantity.ts';
import { listServed } from '../../target/served.ts';
import type { OpenTarget } from '../../target/target.ts';
import { quickLabId } from '../../targets/registry.ts';
import { claimOf, describeMachine } from '../describe.ts';
import type { ImportManifest } from '../file/manifest.ts';
import { needsExpanded } from '../read-in.ts';
import { claimName, rebuild } from '../rebuild.ts';
import { adapted, hostDevices, isOn, networksOf } from './adapt.ts';
import { orNothing } from './hold.ts';
import { portsOf } from './ports.ts';

/** What is found out for a plan, and needed again when it is done. */
export interface Planned {
  plan: MovePlan;
  vm: KubeObject;
  /** Names of its disks there, by volume. */
  claims: Record<string, string>;
  /** How networks lead there, by `namespace/name`. */
  networks: Record<string, string>;
}
const domain = ['spec', 'template', 'spec', 'domain'] as const;
const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
/** Who may not look at something works without it. */
const ifAllowed = <T>(work: Promise<T>, otherwise: T): Promise<T> =>
  work.catch((error: unknown) => {
    if (error instanceof KubeError && [403, 404].includes(error.code)) return otherwise;
    throw error;
  });

/**
 * What a machine would be on another target, by what both say and a dry run there; nothing is changed. `folder`: where its
 * file lies on the way. Throws KubeError, ProblemError (`disk-not-ready`).
 */
export async function planMove(
  source: OpenTarget,
  dest: OpenTarget,
  input: MoveMachine,
  folder: string,
): Promise<Planned> {
  const { namespace, name } = input;
  const { client } = source;
  const vm = await client.get(kinds.virtualMachines, namespace, name);
  const instance = await orNothing(client.get(kinds.virtualMachineInstances, namespace, name));
  const about = await describeMachine(source, vm, { namespace, name, secrets: true });
  const capabilities = dest.state.value.capabilities;
  const keeps = keepsState(vm) && carriesState(source.state.value.capabilities);
  const manifest: ImportManifest = { ...about, made: new Date().toISOString(), by: '', ...(keeps && { firmware: {} }) };
  const blocked: MovePlan['blocked'] = [];
  const changes: string[] = [];
  const left: string[] = [];
  const running = isOn(vm, instance);
  if (running && !input.keep) blocked.push({ reason: `${name} is on: what it writes after its disks were read would be lost.`, remedy: 'Shut it down, or copy it.' }); // prettier-ignore

  const stays = input.keep ? undefined : whyNot(source.state.value.capabilities, 'transfer.move:away');
  if (stays) blocked.push(stays);
  const lack = whyNot(capabilities, 'transfer.import');
  if (lack) blocked.push(lack);
  const machines = await dest.client.list(kinds.virtualMachines, namespace);
  const taken = new Set(machines.map(({ metadata }) => metadata.name ?? ''));
  const free = taken.has(name) ? freeName(name, taken) : name;
  const newName = input.newName ?? name;
  if (taken.has(newName)) blocked.push({ reason: `${namespace} has a machine ${newName} there already.`, remedy: `Choose another name, for example ${free}.` }); // prettier-ignore

  const nets = await networksThere(dest, manifest.machine, input);
  for (const { network, to } of nets.networks)
    if (to === undefined) blocked.push({ reason: `There is no network ${network} there.`, remedy: 'Choose where it leads, or create it there first.' }); // prettier-ignore
    else if (to === 'none') left.push(`The card on the network ${network}.`);
    else if (to !== network) changes.push(`Its card on ${network} is on ${to === 'pod' ? 'its own network (pod)' : to} there.`); // prettier-ignore

  const classes = await storageThere(dest);
  const [standard] = classes;
  const wanted = input.storageClass ?? standard;
  if (about.disks.length > 0 && classes.length > 0) {
    if (input.storageClass !== undefined && !classes.includes(input.storageClass))
      blocked.push({ reason: `There is no storage class ${input.storageClass} there.`, remedy: `Choose one of ${classes.join(', ')}.` }); // prettier-ignore
    else {
      const before = await classesOf(source, vm);
      if (wanted !== undefined && before.some((each) => each !== wanted)) changes.push(`Its disks are on the storage class ${wanted} there (${before.join(', ')} here).`); // prettier-ignore
    }
  } else if (about.disks.length > 0)
    blocked.push({ reason: 'No storage class is known there.', remedy: 'Set up storage on that target first.' });

  for (const device of hostDevices(manifest.machine)) left.push(`The device ${device} of the computer it is on.`);
  for (const [has, offer] of [
    [pick(vm, ...domain, 'firmware', 'bootloader', 'efi', 'secureBoot') === true, 'machines.create:secureBoot'],
    [pick(vm, ...domain, 'devices', 'tpm') !== undefined, 'machines.create:vtpm'],
  ] as const) {
    const why = has ? whyNot(capabilities, offer) : undefined;
    if (why) blocked.push(why);
  }
  const expanded = await needsExpanded(dest, manifest.machine);
  const claims = await freeClaims(dest, { namespace, name: newName }, about.disks);
  const built = rebuild(adapted(manifest, { namespace, networks: nets.map }), {
    namespace,
    name: newName,
    identity: input.keep ? 'new' : 'same',
    expanded,
    state: carriesState(capabilities),
    storageClass: input.storageClass,
    claims,
  });
  left.push(...built.notes);
  if (expanded && about.expanded) changes.push('Its instance type or preference is not there: its values are written into the machine.'); // prettier-ignore
  tellSize(dest, about.expanded ?? about.machine, changes, blocked);
  await tellBeside(source, input, vm, { changes, left });
  const there = await ifAllowed(orNothing(dest.client.get(kinds.namespaces, undefined, namespace)), undefined);
  if (!there && namespace !== 'default') changes.push(`The namespace ${namespace} is made there, where it is missing.`);
  else if (blocked.length === 0) {
    const tried = await dest.client.create(kinds.virtualMachines, built.machine, { dryRun: true }).then(
      () => undefined,
      (error: unknown) => asProblem(error),
    );
    if (tried) blocked.push({ reason: `The target refuses it: ${tried.detail}`, remedy: tried.fix ?? 'Change the machine first.' }); // prettier-ignore
  }
  if (!input.keep)
    changes.push('The machine here goes to the bin once the one there is whole; its disks stay there for some days.'); // prettier-ignore
  else changes.push('The copy is a new machine: its MAC addresses, firmware uuid and serial number are its own.');

  const room = await roomFor(source, vm, about.disks, folder, dest.state.value.id === quickLabId);
  if (room.free < room.needs) (room.sure ? blocked : []).push({ reason: `It may need ${gib(room.needs)} on the way, and ${gib(room.free)} are free on the computer that Hearth runs on.`, remedy: 'Make room first.' }); // prettier-ignore
  return {
    vm,
    claims,
    networks: nets.map,
    plan: {
      freeName: free,
      running,
      disks: about.disks.map(({ volume, size }) => ({ name: volume, size })),
      room: { needs: room.needs, free: room.free },
      storageClasses: classes,
      networks: nets.networks,
      choices: nets.choices,
      changes,
      left,
      blocked,
    },
  };
}

/** Throws the first thing that is in the way. */
export function refuseBlocked({ blocked: [first] }: MovePlan, name: string): void {
  if (first)
    throw new ProblemError({
      code: 'move-blocked',
      title: `${name} cannot go there as it is`,
      detail: first.reason,
      fix: first.remedy,
      kind: 'denied',
    });
}

async function networksThere({ client }: OpenTarget, machine: object, input: MoveMachine): Promise<{ networks: MovePlan['networks']; choices: string[]; map: Record<string, string> }> {
  const found = await ifAllowed(listServed(client, kinds.networkAttachmentDefinitions), []);
  const there = new Set(found.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  const map: Record<string, string> = {};
  const networks = networksOf(machine, input.namespace).map((network) => {
    const to = input.networks[network] ?? (there.has(network) ? network : undefined);
    if (to === undefined || (to.includes('/') && !there.has(to))) return { network };
    if (to !== network) map[network] = to;
    return { network, to };
  });
  return { networks, choices: ['pod', ...[...there].toSorted()], map };
} // prettier-ignore

async function storageThere({ client }: OpenTarget): Promise<string[]> {
  const all = await ifAllowed(client.list(kinds.storageClasses), []);
  const standard = defaultClass(all)?.metadata.name;
  const names = all.map(({ metadata }) => metadata.name ?? '').toSorted();
  return standard === undefined ? names : [standard, ...names.filter((each) => each !== standard)];
}

const volumesOf = (vm: KubeObject): unknown[] =>
  ((pick(vm, 'spec', 'template', 'spec', 'volumes') ?? []) as unknown[]).filter((each) => claimOf(each) !== undefined);

async function claimsHere({ client }: OpenTarget, vm: KubeObject): Promise<KubeObject[]> {
  const names = new Set(volumesOf(vm).map(claimOf));
  const all = await client.list(kinds.persistentVolumeClaims, vm.metadata.namespace);
  return all.filter(({ metadata }) => names.has(metadata.name));
}
const classesOf = async (source: OpenTarget, vm: KubeObject): Promise<string[]> =>
  [...new Set((await claimsHere(source, vm)).map((each) => pickText(each, 'spec', 'storageClassName') ?? 'none'))].toSorted(); // prettier-ignore

/** Names for disks that nothing there has, neither a disk in use nor one in the bin: a machine that comes back finds its old ones there. */
async function freeClaims(
  { client }: OpenTarget,
  { namespace, name }: ObjectRef,
  disks: readonly { volume: string }[],
): Promise<Record<string, string>> {
  const lists = await Promise.all([
    client.list(kinds.persistentVolumeClaims, namespace),
    listServed(client, kinds.dataVolumes, namespace),
  ]);
  const taken = new Set(lists.flat().map(({ metadata }) => metadata.name ?? ''));
  return Object.fromEntries(
    disks.flatMap(({ volume }) => {
      const own = claimName(name, volume);
      return taken.has(own) ? [[volume, freeName(own, taken)]] : [];
    }),
  );
}

function tellSize(dest: OpenTarget, machine: { spec: object }, changes: string[], blocked: MovePlan['blocked']): void {
  const { capacity } = dest.state.value;
  const memory = quantity(pickText(machine, ...domain, 'memory', 'guest')) ?? 0;
  const cpus = (pickNumber(machine, ...domain, 'cpu', 'cores') ?? 1) * (pickNumber(machine, ...domain, 'cpu', 'sockets') ?? 1) * (pickNumber(machine, ...domain, 'cpu', 'threads') ?? 1); // prettier-ignore
  if (!capacity) return;
  if (memory > capacity.memory) blocked.push({ reason: `It has ${gib(memory)} of memory, and all of that target has ${gib(capacity.memory)}.`, remedy: 'Give it less memory first.' }); // prettier-ignore
  else if (memory > capacity.memory - capacity.memoryInUse) changes.push('It cannot start there until another machine there is off: there is too little memory free.'); // prettier-ignore
  const most = capacity.virtualProcessors ?? Number.POSITIVE_INFINITY;
  if (cpus > most) blocked.push({ reason: `It has ${cpus} vCPUs, and that target takes ${most} at most.`, remedy: 'Give it fewer vCPUs first.' }); // prettier-ignore
}

/** What stands beside a machine: snapshots, ports, how it runs. */
async function tellBeside(
  source: OpenTarget,
  input: MoveMachine,
  vm: KubeObject,
  { changes, left }: { changes: string[]; left: string[] },
): Promise<void> {
  const { namespace, name } = input;
  const all = await ifAllowed(listServed(source.client, kinds.virtualMachineSnapshots, namespace), []);
  const own = all.filter((each) => pickText(each, 'spec', 'source', 'name') === name);
  if (own.length > 0) left.push(`Its snapshots: ${own.map(({ metadata }) => metadata.name).join(', ')}.`);
  const ports = await portsOf(source, input);
  if (ports.length > 0) changes.push(`Its forwarded ports (${ports.map(({ guestPort }) => guestPort).join(', ')}) are forwarded there as well, by another port of the host where theirs is taken.`); // prettier-ignore
  if (pick(vm, 'spec', 'dataVolumeTemplates') !== undefined) changes.push('Its disks are its own there, not made by templates in its manifest.'); // prettier-ignore
  const strategy = pickText(vm, 'spec', 'runStrategy');
  if (!input.start && strategy !== undefined && strategy !== 'Manual' && strategy !== 'Halted') changes.push(`It is off there until somebody starts it (${strategy} here).`); // prettier-ignore
}

/** Bytes for its file, and for its disks where these are on the same computer; `sure` where the target tells what is in them. */
async function roomFor(
  source: OpenTarget,
  vm: KubeObject,
  disks: readonly { size: number }[],
  folder: string,
  twice: boolean,
): Promise<{ needs: number; free: number; sure: boolean }> {
  const used = (await claimsHere(source, vm)).map((each) => quantity(each.metadata.annotations?.['hearth.dev/real-size'])); // prettier-ignore
  const sure = used.length === disks.length && used.every((each) => each !== undefined);
  const once = sure ? used.reduce<number>((sum, each) => sum + (each ?? 0), 0) : disks.reduce((sum, { size }) => sum + size, 0); // prettier-ignore
  const { bavail, bsize } = await statfs(folder);
  return { needs: once * (twice ? 2 : 1), free: bavail * bsize, sure };
}
