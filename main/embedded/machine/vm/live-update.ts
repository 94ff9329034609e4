import { isDeepStrictEqual } from 'node:util';
import type { V1Disk, V1Volume } from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import type { Condition } from '../../kube/object.ts';
import { bytesOf, quantityOf } from '../../kube/quantity.ts';
import { liveNics, nicsCutOut } from '../../network/live-spec.ts';
import { disksOf, isHotpluggable } from '../argv/devices.ts';
import { bootLimits } from './limits.ts';
import type { VmiSpec, VmiStatus } from '../spec.ts';

/** What a running instance takes over from its machine's template. */
export interface LiveUpdate {
  /** The instance's spec as it is to be; absent where nothing changes. */
  spec?: VmiSpec;
  /** KubeVirt's text for the condition RestartRequired. */
  restart?: string;
}

const failed = (status: VmiStatus, type: string): Condition | undefined =>
  status.conditions?.find((condition) => condition.type === type && condition.status === 'False');

/**
 * What of the template a running instance follows, with KubeVirt's rules and texts (pkg/virt-controller/watch/vm/vm.go:
 * handleCPUChangeRequest, handleMemoryHotplugRequest, declarative volume hotplug). Other than on KubeVirt no migration is
 * needed. Pure.
 */
export function liveUpdate(template: VmiSpec, vmi: VmiSpec, status: VmiStatus, restarts = false): LiveUpdate {
  const next = structuredClone(vmi);
  // With a restart due anyway, KubeVirt leaves CPUs and memory to it; volumes still come and go.
  const resize = restarts ? undefined : (cpus(template, next) ?? memory(template, next, status));
  // Each for itself: disks come and go also while memory waits for a restart.
  const kept = volumes(template, next);
  const cut = nicsCutOut(template, vmi) ? 'a non-live-updatable field was changed in the template spec' : undefined;
  const restart = resize ?? kept ?? cut;
  const nics = liveNics(template, next);
  if (nics) {
    next.domain.devices.interfaces = nics.interfaces;
    next.networks = nics.networks;
  }
  return { ...(isDeepStrictEqual(next, vmi) ? {} : { spec: next }), ...(restart === undefined ? {} : { restart }) };
}

function cpus(template: VmiSpec, next: VmiSpec): string | undefined {
  const wanted = template.domain.cpu?.sockets;
  const now = next.domain.cpu;
  if (wanted === undefined || now?.sockets === undefined) return undefined;
  if (wanted > Math.max(now.maxSockets ?? 0, now.sockets))
    return "CPU sockets updated in template spec to a value higher than what's available";
  if (wanted !== now.sockets && template.domain.devices.networkInterfaceMultiqueue)
    return 'Changes to CPU sockets require a restart when NetworkInterfaceMultiQueue is enabled';
  if (wanted < now.sockets) return 'Reduction of CPU socket count requires a restart';
  now.sockets = wanted;
  return undefined;
}

function memory(template: VmiSpec, next: VmiSpec, status: VmiStatus): string | undefined {
  const wanted = bytesOf(template.domain.memory?.guest);
  const now = next.domain.memory;
  const current = bytesOf(now?.guest);
  if (wanted === undefined || !now || current === undefined || !status.memory) return undefined;
  if (wanted === current)
    return failed(status, 'HotMemoryChange')
      ? 'memory updated in template spec. Memory-hotplug failed and is not available for this VM configuration'
      : undefined;
  const most = bytesOf(now.maxGuest);
  if (most === undefined)
    return 'memory updated in template spec. Memory-hotplug is not available for this VM configuration';
  if (wanted > most) return "memory updated in template spec to a value higher than what's available";
  if (wanted % bootLimits.memoryStep !== 0) return 'memory hotplug not supported, Guest memory must be 2Mi aligned';
  if (wanted < (bytesOf(status.memory.guestAtBoot) ?? 0))
    return 'memory updated in template spec to a value lower than what the VM started with';
  now.guest = quantityOf(wanted);
  return undefined;
}

/** Volumes that come and go, with their disks; the others stay as the instance has them until it starts anew. */
function volumes(template: VmiSpec, next: VmiSpec): string | undefined {
  const drives = disksOf(next);
  const fits = (volume: V1Volume): boolean => {
    const before = next.volumes?.find(({ name }) => name === volume.name);
    if (before) return isHotpluggable(before);
    const disk = template.domain.devices.disks?.find(({ name }) => name === volume.name);
    // A disc needs a drive that is there; a disk a bus that takes it (KubeVirt: ValidateHotplugDiskConfiguration).
    if (!disk || disk.cdrom) return drives.some((slot) => slot.volume === volume.name && slot.device === 'cdrom');
    return disk.disk !== undefined && ['virtio', 'scsi'].includes(disk.disk.bus ?? '');
  };
  const hot = (template.volumes ?? []).filter(isHotpluggable);
  const wanted = hot.filter(fits);
  const names = new Set(wanted.map(({ name }) => name));
  const kept = (next.volumes ?? []).filter((volume) => !isHotpluggable(volume));
  const gone = new Set(
    (next.volumes ?? [])
      .filter(isHotpluggable)
      .map(({ name }) => name)
      .filter((name) => !names.has(name)),
  );
  const disks: V1Disk[] = (next.domain.devices.disks ?? []).filter(
    (disk) => disk.cdrom !== undefined || !gone.has(disk.name),
  );
  for (const { name } of wanted) {
    const disk = template.domain.devices.disks?.find((one) => one.name === name);
    if (disk && !disks.some((one) => one.name === name)) disks.push(structuredClone(disk));
  }
  // In the order of the instance, so that a template in another order is no change.
  const before = (next.volumes ?? []).map(({ name }) => name);
  const rank = ({ name }: V1Volume): number => (before.includes(name) ? before.indexOf(name) : before.length);
  const all = [...kept, ...structuredClone(wanted)].sort((a, b) => rank(a) - rank(b));
  if (all.length > 0 || next.volumes) next.volumes = all;
  if (disks.length > 0 || next.domain.devices.disks) next.domain.devices.disks = disks;
  const asIs = ({ name }: V1Volume): boolean => {
    const disk = template.domain.devices.disks?.find((one) => one.name === name);
    return disk === undefined || isDeepStrictEqual(plain(disk), plain(disks.find((one) => one.name === name)));
  };
  // A drive that must be another one, or on a bus that takes none now. (KubeVirt says it as the failure of a webhook.)
  return wanted.length === hot.length && wanted.every(asIs)
    ? undefined
    : 'a non-live-updatable field was changed in the template spec';
}

const plain = (disk: V1Disk | undefined): unknown => JSON.parse(JSON.stringify(disk ?? null));
