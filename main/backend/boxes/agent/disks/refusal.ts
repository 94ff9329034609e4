import type { BoxDisk } from '../../../../contract/box/state.ts';
import { mountsOf, withDescendants } from './lsblk.ts';
import type { BlockNode } from './lsblk.ts';

export type Refusal = NonNullable<BoxDisk['refused']>;
export interface RefusalFacts {
  /** Kernel name of the stick's disk, and its serial number. */
  stick: { name: string; serial: string };
  /** Bytes. */
  minimum: number;
  /** Of another disk that is told apart from this one by nothing. */
  twin?: string | undefined;
  /** As `/sys/class/block/NAME/device/type` has it: `MMC` is soldered on, `SD` is a card. */
  card?: string | undefined;
  /** Name of the Hearth box on it. */
  box?: string | undefined;
  /** Mounts that are this installation's own, left by one that was killed. */
  ownMounts: readonly string[];
}

const gib = (bytes: number): string => `${Number((bytes / 1024 ** 3).toFixed(1))} GiB`;

/** Why a disk is not offered; undefined: it may be chosen. Only `hearth-box` gives way to a person's "reinstall". Pure. */
export function refusalOf(node: BlockNode, serial: string, facts: RefusalFacts): Refusal | undefined {
  const refuse = (code: string, why: string): Refusal => ({ code, why });
  const subsystems = (node.subsystems ?? '').split(':');
  if (node.kname === facts.stick.name) return refuse('stick', 'This is the stick that the box started from.');
  if (serial !== '' && serial === facts.stick.serial)
    return refuse('stick-serial', 'It has the same serial number as the stick, so the two cannot be told apart.');
  if (node.tran === 'usb' || subsystems.includes('usb') || node.tran === 'ieee1394' || node.rm === true || facts.card === 'SD')
    return refuse('removable', 'It is removable, or connected by USB: a box lives on a disk inside the computer.'); // prettier-ignore
  if (['iscsi', 'fc', 'fcoe', 'rbd', 'nbd'].includes(node.tran ?? '') || subsystems.includes('nbd'))
    return refuse('network', 'It is reached over a network.');
  if (node.ro === true) return refuse('read-only', 'It is write-protected.');
  const used = inUse(node, facts.ownMounts);
  if (used) return refuse('in-use', used);
  if (node.size < facts.minimum)
    return refuse('too-small', `It has ${gib(node.size)}; a box needs at least ${gib(facts.minimum)}.`);
  if (facts.twin !== undefined)
    return refuse('same-serial', `It has the same serial number and size as ${facts.twin}, so the two cannot be told apart.`); // prettier-ignore
  if (facts.box !== undefined)
    return refuse('hearth-box', `The Hearth box "${facts.box}" is installed on it. Choose "reinstall" to erase that box.`); // prettier-ignore
  return undefined;
}

function inUse(node: BlockNode, ownMounts: readonly string[]): string | undefined {
  for (const each of withDescendants(node)) {
    const mounts = mountsOf(each).filter((mount) => !ownMounts.includes(mount));
    if (mounts.includes('[SWAP]')) return `${each.name} is used as swap space.`;
    if (mounts.length > 0) return `${each.name} is mounted at ${mounts.join(', ')}.`;
    if (each === node || each.type === 'part') continue;
    const what: Record<string, string> = { crypt: 'an opened encrypted volume', lvm: 'a volume group that is in use', mpath: 'a disk with several paths' }; // prettier-ignore
    return `${each.name} is part of ${what[each.type] ?? (each.type.startsWith('raid') || each.type === 'md' ? 'a RAID array that is running' : `something that is in use (${each.type})`)}.`; // prettier-ignore
  }
  return undefined;
}
