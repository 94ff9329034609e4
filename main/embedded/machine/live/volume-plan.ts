import { isDeepStrictEqual } from 'node:util';
import type { V1Volume } from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import { disksOf, isHotpluggable } from '../argv/devices.ts';
import { hotDiskId } from '../argv/disks.ts';
import type { BlockDevice } from '../qemu/block-devices.ts';
import type { VmiSpec } from '../spec.ts';

/** One step towards what the spec says. `device` is the id in QEMU. */
export type VolumeStep =
  | { do: 'attach'; volume: string; device: string }
  | { do: 'detach'; volume: string; device: string }
  | { do: 'insert'; volume: string; device: string }
  | { do: 'eject'; volume: string; device: string }
  /** It was detached before this engine could say so. */
  | { do: 'forget'; volume: string };

/** Volumes of a spec that may come and go. Pure. */
export const hotVolumes = (spec: VmiSpec): V1Volume[] => (spec.volumes ?? []).filter(isHotpluggable);

/**
 * What is to be done so that a running machine has the volumes of its spec. `devices` is what QEMU has, `drives` the
 * volume names of the disks it started with (`disk0`, …), `attached` the volumes that are noted as open. A volume whose
 * source changed goes first and comes at the next look. Pure.
 */
export function volumeSteps(
  spec: VmiSpec,
  devices: readonly BlockDevice[],
  drives: readonly string[],
  attached: readonly V1Volume[],
): VolumeStep[] {
  const wanted = new Map(hotVolumes(spec).map((volume) => [volume.name, volume]));
  const noted = new Map(attached.map((volume) => [volume.name, volume]));
  const same = (name: string): boolean => {
    const [is, was] = [wanted.get(name), noted.get(name)];
    return is !== undefined && (was === undefined || isDeepStrictEqual(sourceOf(is), sourceOf(was)));
  };
  const permanent = (name: string): boolean =>
    spec.volumes?.some((v) => v.name === name && !isHotpluggable(v)) === true;
  const steps: VolumeStep[] = [];
  const told = new Set<string>();
  for (const slot of disksOf(spec)) {
    const name = slot.volume;
    if (slot.device !== 'cdrom' || permanent(name)) continue;
    const device = devices.find(({ id }) => id === `disk${drives.indexOf(name)}`);
    if (!device) continue;
    told.add(name);
    const filled = device.node !== undefined;
    if (filled && !same(name)) steps.push({ do: 'eject', volume: name, device: device.id });
    else if (!filled && wanted.has(name)) steps.push({ do: 'insert', volume: name, device: device.id });
    else if (!filled && noted.has(name)) steps.push({ do: 'forget', volume: name });
  }
  for (const [name] of noted) {
    if (told.has(name)) continue;
    const there = devices.some(({ id }) => id === hotDiskId(name));
    if (there && !same(name)) steps.push({ do: 'detach', volume: name, device: hotDiskId(name) });
    else if (!there && !wanted.has(name)) steps.push({ do: 'forget', volume: name });
  }
  // A device that nothing tells of: the note of it was lost.
  for (const { id } of devices) {
    const name = /^hp-(.+)$/.exec(id)?.[1];
    if (name !== undefined && !wanted.has(name) && !noted.has(name))
      steps.push({ do: 'detach', volume: name, device: id });
  }
  for (const [name] of wanted)
    if (!told.has(name) && !devices.some(({ id }) => id === hotDiskId(name)))
      steps.push({ do: 'attach', volume: name, device: hotDiskId(name) });
  return steps;
}

const sourceOf = (volume: V1Volume): unknown => ({
  dataVolume: volume.dataVolume?.name,
  claim: volume.persistentVolumeClaim?.claimName,
});

/** The claim a volume that may come and go stands on. Pure. */
export const claimOf = (volume: V1Volume): string | undefined =>
  volume.dataVolume?.name ?? volume.persistentVolumeClaim?.claimName;
