import { isAbsolute } from 'node:path';
import { firstStartOf } from '../../contract/first-start.ts';
import type { DiskInside } from '../../contract/inside.ts';
import type { ForeignDisk, ForeignMachine, ForeignOs } from '../../contract/foreign.ts';
import { lookInside } from '../triage/look.ts';
import { Left } from './parts.ts';

/** The disk that a machine starts from. Pure. */
export const rootOf = ({ disks }: ForeignMachine): ForeignDisk | undefined =>
  disks.toSorted((one, other) => (one.bootOrder ?? 99) - (other.bootOrder ?? 99))[0];

/** What is on the disk that the machine starts from, where its file lies on this computer. Throws what reading throws. */
export async function insideOf(machine: ForeignMachine): Promise<DiskInside | undefined> {
  const root = rootOf(machine);
  if (root?.found === undefined || !root.usable || !isAbsolute(root.found)) return undefined;
  return lookInside({ path: root.found });
}

/**
 * The machine as its disk can start: the disk's loaders decide the firmware; where nobody describes the machine, all of the
 * hardware for its first start follows from what is on it. Pure.
 */
export function suited(machine: ForeignMachine, inside: DiskInside | undefined): ForeignMachine {
  if (!inside) return machine;
  const { boots } = inside;
  const os = machine.os.family === 'other' && machine.os.name === '' ? osOf(inside) : machine.os;
  const known = boots === 'uefi' || boots === 'bios';
  const left = new Left();
  for (const { what, why } of machine.left) if (what !== 'Firmware' || boots === 'unknown') left.add(what, why);
  if (machine.kind !== 'disks') {
    if (known && boots !== machine.firmware)
      left.add('Firmware', `The description says ${machine.firmware.toUpperCase()}, and its disk can only be started with ${boots.toUpperCase()}: that is taken.`); // prettier-ignore
    const firmware = known ? boots : machine.firmware;
    return { ...machine, os, firmware, secureBoot: machine.secureBoot && firmware === 'uefi', left: left.list };
  }
  const start = firstStartOf(inside);
  return {
    ...machine,
    os,
    left: left.list,
    firmware: known ? boots : machine.firmware,
    secureBoot: start.firmware === 'uefi-secure',
    tpm: start.tpm === 'persistent',
    disks: machine.disks.map((disk) => ({ ...disk, bus: start.bus })),
    nics: machine.nics.map((nic) => ({ ...nic, model: start.model })),
  };
}

function osOf({ family, system, evidence }: DiskInside): ForeignOs {
  if (family !== 'windows' && family !== 'linux') return { family: 'other', name: '', preferences: [] };
  const name = system?.name ?? (family === 'windows' ? 'Windows' : `Linux (${evidence})`);
  // Windows of any release has use for the clock and the features of Hyper-V.
  const own = system?.preference ?? (family === 'windows' ? 'windows.10' : undefined);
  return { family, name, preferences: [...(own === undefined ? [] : [own]), ...(family === 'linux' ? ['linux'] : [])] };
}
