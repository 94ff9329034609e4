import type { KubeObject } from '../../../contract/kube.ts';
import { pick, pickList, pickNumber, pickText } from '../../target/pick.ts';
import { claimIn } from '../template.ts';
import type { InstallerMark } from './mark.ts';

/** Bytes of one drive since the machine was started, as the target counts them. */
export interface Traffic {
  read: number;
  written: number;
}
export type Drives = ReadonlyMap<string, Traffic>;

/** On an instance of a target that can tell: how often its guest began anew without being switched off, and the counters then. */
export const restartsAnnotation = 'hearth.dev/guest-restarts';

/** A system that started from its disk has read so much of it, */
const leastOfDisk = 64 * 1024;
/** and of the disc no more than firmware and the search for file systems take: a system that runs from a disc reads far more. */
const mostOfDisc = 8 * 2 ** 20;

export type Decision =
  /** There is nothing to wait for any more: another disc is in the drive, or a disk is missing. */
  | { type: 'forget' }
  | { type: 'wait'; wrote?: string }
  /** `disc`: bytes that were read of it; it stands still when the next look finds the same. */
  | { type: 'over'; why: string; disc: number };

/**
 * Whether an installation is over, by what can be known from outside: the disk was written, after that the guest began anew, and
 * since then it reads its disk and not the disc. Without the second and the third it may be a live system. Pure.
 */
export function decide(
  vm: KubeObject,
  mark: InstallerMark,
  vmi: KubeObject | undefined,
  drives: Drives | undefined,
): Decision {
  const volumes = pickList(vm, 'spec', 'template', 'spec', 'volumes');
  const inDrive = claimIn(volumes.find((each) => each['name'] === mark.drive));
  if (inDrive !== mark.claim || !volumes.some((each) => each['name'] === mark.disk)) return { type: 'forget' };
  const uid = vmi?.metadata.uid;
  const [disk, disc] = [drives?.get(mark.disk), drives?.get(mark.drive)];
  if (uid === undefined || !disk || !disc || pickText(vmi, 'status', 'phase') !== 'Running') return { type: 'wait' };
  const wrote = mark.wroteIn === undefined && disk.written > 0 ? uid : undefined;
  const wait: Decision = { type: 'wait', ...(wrote !== undefined && { wrote }) };
  const restarted = restartOf(vmi, mark);
  const anew = mark.wroteIn !== undefined && mark.wroteIn !== uid;
  if (!anew && !(restarted && restarted.disk.written > 0)) return wait;
  // The counters of a run begin at nothing; within one they count from its last restart.
  const from = restarted ?? { disk: nothing, disc: nothing };
  const read = { disk: disk.read - from.disk.read, disc: disc.read - from.disc.read };
  if (read.disk < leastOfDisk || read.disc > Math.min(mostOfDisc, read.disk / 4)) return wait;
  const how = anew ? 'was started again' : 'restarted itself';
  return {
    type: 'over',
    disc: disc.read,
    why: `the disk ${mark.disk} was written, the machine ${how} after that, and since then it runs from its disk: it read ${size(read.disk)} of the disk and ${size(read.disc)} of the disc`,
  };
}
const nothing: Traffic = { read: 0, written: 0 };
const size = (bytes: number): string => (bytes >= 2 ** 20 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${Math.ceil(bytes / 1024)} KiB`); // prettier-ignore

function restartOf(vmi: KubeObject | undefined, { disk, drive }: InstallerMark): { disk: Traffic; disc: Traffic } | undefined {
  try {
    const told: unknown = JSON.parse(vmi?.metadata.annotations?.[restartsAnnotation] ?? '');
    const of = (name: string): Traffic => ({ read: pickNumber(told, 'drives', name, 'read') ?? 0, written: pickNumber(told, 'drives', name, 'written') ?? 0 });
    return (pickNumber(told, 'count') ?? 0) > 0 && typeof pick(told, 'drives') === 'object' ? { disk: of(disk), disc: of(drive) } : undefined;
  } catch {
    return undefined;
  }
} // prettier-ignore

const line = /^kubevirt_vmi_storage_(read|write)_traffic_bytes_total\{(.*)\}\s+(\S+)/;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Prometheus text of virt-handler -> what each drive of each machine (namespace/name) read and wrote. Pure. */
export function drivesIn(text: string): Map<string, Map<string, Traffic>> {
  const machines = new Map<string, Map<string, Traffic>>();
  for (const row of text.split('\n')) {
    const match = line.exec(row);
    const value = Number(match?.[3]);
    if (!match || !Number.isFinite(value)) continue;
    const labels = Object.fromEntries([...(match[2] ?? '').matchAll(label)].map((pair) => [pair[1], pair[2]]));
    const { namespace = '', name = '', drive = '' } = labels;
    const key = `${namespace}/${name}`;
    const drives = machines.get(key) ?? new Map<string, Traffic>();
    machines.set(key, drives);
    const before = drives.get(drive) ?? nothing;
    drives.set(drive, { ...before, [match[1] === 'read' ? 'read' : 'written']: value });
  }
  return machines;
}
