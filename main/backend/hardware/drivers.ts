import { z } from 'zod';
import type { DriverWay } from '../../contract/hardware.ts';
import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import { pick, pickList, pickText } from '../target/pick.ts';
import { dropDisk } from './template.ts';

/** Disks and cards as they were before they became virtio's; stands at the machine until somebody keeps the change. */
export const beforeAnnotation = 'hearth.dev/before-virtio';
const helper = 'virtio-helper';
const beforeSchema = z.object({
  disks: z.record(z.string(), z.string()),
  cards: z.record(z.string(), z.string()),
});

const inner = ['spec', 'template', 'spec'] as const;
const devices = [...inner, 'domain', 'devices'] as const;
type Fields = Record<string, unknown>;
const disksOf = (vm: KubeObject): Fields[] => pickList(vm, ...devices, 'disks');
const cardsOf = (vm: KubeObject): Fields[] => pickList(vm, ...devices, 'interfaces');
const nameOf = (of: Fields): string => String(of['name']);

/** Only what is stated: a bus or a model that a preference decides is left to it. */
const otherDisks = (vm: KubeObject): Fields[] => disksOf(vm).filter((each) => pickText(each, 'disk', 'bus') === 'sata');
const otherCards = (vm: KubeObject): Fields[] =>
  cardsOf(vm).filter((each) => !['virtio', ''].includes(pickText(each, 'model') ?? ''));

/** How far a machine is on its way to virtio; undefined where there is nothing to change and nothing to undo. Pure. */
export function driverWay(vm: KubeObject): DriverWay | undefined {
  const before = beforeOf(vm);
  if (before) return { state: 'changed', disks: Object.keys(before.disks), cards: Object.keys(before.cards) };
  const [disks, cards] = [otherDisks(vm).map(nameOf), otherCards(vm).map(nameOf)];
  if (disks.length + cards.length === 0) return undefined;
  return { state: disksOf(vm).some((each) => each['name'] === helper) ? 'prepared' : 'first', disks, cards };
}

/** A small empty virtio disk: Windows installs its driver for the controller, and asks it at its next start. */
export function prepareDrivers(vm: KubeObject): void {
  if (disksOf(vm).some((each) => each['name'] === helper)) return;
  const spec = pick(vm, ...inner) as Fields;
  const own = pick(vm, ...devices) as Fields;
  own['disks'] = [...disksOf(vm), { name: helper, disk: { bus: 'virtio' } }];
  spec['volumes'] = [...pickList(vm, ...inner, 'volumes'), { name: helper, emptyDisk: { capacity: '64Mi' } }];
}

/** SATA disks and cards of other makers become virtio's; what they were is noted. Throws a Problem where there are none. */
export function changeDrivers(vm: KubeObject): void {
  const [disks, cards] = [otherDisks(vm), otherCards(vm)];
  if (disks.length + cards.length === 0)
    throw new ProblemError({
      code: 'no-other-drivers',
      title: 'There is nothing to change',
      detail: 'The disks and network cards of this machine are those of virtio already.',
      kind: 'denied',
    });
  const before = {
    disks: Object.fromEntries(disks.map((each) => [nameOf(each), 'sata'])),
    cards: Object.fromEntries(cards.map((each) => [nameOf(each), String(each['model'])])),
  };
  for (const each of disks) (each['disk'] as Fields)['bus'] = 'virtio';
  for (const each of cards) each['model'] = 'virtio';
  removeHelper(vm);
  vm.metadata.annotations = { ...vm.metadata.annotations, [beforeAnnotation]: JSON.stringify(before) };
}

/** Disks and cards as they were before. Throws a Problem where nothing is noted. */
export function undoDrivers(vm: KubeObject): void {
  const before = beforeOf(vm);
  if (!before)
    throw new ProblemError({
      code: 'no-change-to-undo',
      title: 'There is nothing to undo',
      detail: 'It is not noted which disks and cards this machine had before.',
      fix: 'Set them one by one, among its disks and its network cards.',
      kind: 'denied',
    });
  for (const each of disksOf(vm)) {
    const bus = before.disks[nameOf(each)];
    if (bus !== undefined && each['disk'] !== undefined) (each['disk'] as Fields)['bus'] = bus;
  }
  for (const each of cardsOf(vm)) {
    const model = before.cards[nameOf(each)];
    if (model !== undefined) each['model'] = model;
  }
  keepDrivers(vm);
}

/** The way back is forgotten, and the small disk goes. */
export function keepDrivers(vm: KubeObject): void {
  removeHelper(vm);
  const { [beforeAnnotation]: _before, ...rest } = vm.metadata.annotations ?? {};
  vm.metadata.annotations = rest;
}

function removeHelper(vm: KubeObject): void {
  if (disksOf(vm).some((each) => each['name'] === helper)) dropDisk(vm, helper);
}

/** Anybody who may write to the target can write the annotation: what is not ours counts as nothing. */
function beforeOf(vm: KubeObject): z.infer<typeof beforeSchema> | undefined {
  const text = vm.metadata.annotations?.[beforeAnnotation];
  if (text === undefined) return undefined;
  try {
    return beforeSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
