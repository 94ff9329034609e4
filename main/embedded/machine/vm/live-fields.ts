import { isDeepStrictEqual } from 'node:util';
import type { V1Disk, V1Volume } from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import { isHotpluggable } from '../argv/devices.ts';
import { nicsNeedRestart } from '../../network/live-spec.ts';
import type { VmiSpec } from '../spec.ts';

/**
 * `before` with everything taken over from `now` that a running machine follows by itself: what still differs needs a
 * restart. The fields are KubeVirt's (pkg/virt-controller/watch/vm/vm.go, syncRestartRequired) with the rollout strategy
 * LiveUpdate. A further live field (a network's, say) is one more line here. Pure.
 */
export function withLiveFields(before: VmiSpec, now: VmiSpec): VmiSpec {
  const next = structuredClone(before);
  if (next.domain.cpu && now.domain.cpu?.sockets !== undefined) next.domain.cpu.sockets = now.domain.cpu.sockets;
  if (now.domain.memory?.guest !== undefined)
    next.domain.memory = { ...next.domain.memory, guest: now.domain.memory.guest };
  const [oldVolumes, volumes] = [named(before.volumes), named(now.volumes)];
  const [oldDisks, disks] = [named(before.domain.devices.disks), named(now.domain.devices.disks)];
  if (liveVolumes(oldVolumes, volumes)) put(next, 'volumes', now.volumes);
  if (liveDisks(oldDisks, disks, oldVolumes, volumes)) put(next.domain.devices, 'disks', now.domain.devices.disks);
  if (!nicsNeedRestart(before, now)) {
    put(next.domain.devices, 'interfaces', now.domain.devices.interfaces);
    put(next, 'networks', now.networks);
  }
  // Scheduling has no meaning on one computer, and the grace period is read when it is needed.
  for (const field of ['nodeSelector', 'affinity', 'tolerations', 'terminationGracePeriodSeconds'] as const)
    put(next, field, now[field]);
  return next;
}

function put<T extends object, K extends keyof T>(target: T, field: K, value: T[K] | undefined): void {
  if (value === undefined) delete target[field];
  else target[field] = value;
}

const named = <T extends { name: string }>(list: readonly T[] | undefined): Map<string, T> =>
  new Map((list ?? []).map((entry) => [entry.name, entry]));

function liveVolumes(old: Map<string, V1Volume>, now: Map<string, V1Volume>): boolean {
  for (const [name, volume] of now) {
    const before = old.get(name);
    // A volume that was there from the start and is only now called hotpluggable sits where it cannot be taken out.
    if (isHotpluggable(volume) && (before === undefined || isHotpluggable(before))) continue;
    if (!isDeepStrictEqual(before, volume)) return false;
  }
  return [...old].every(([name, volume]) => now.has(name) || isHotpluggable(volume));
}

function liveDisks(
  old: Map<string, V1Disk>,
  now: Map<string, V1Disk>,
  oldVolumes: Map<string, V1Volume>,
  volumes: Map<string, V1Volume>,
): boolean {
  for (const [name, disk] of now) {
    const before = old.get(name);
    if (isHotpluggable(volumes.get(name)) && (disk.cdrom ? isDeepStrictEqual(before, disk) : true)) continue;
    if (!isDeepStrictEqual(before, disk)) return false;
  }
  return [...old].every(([name, disk]) => {
    if (now.has(name)) return true;
    const volume = oldVolumes.get(name);
    return !disk.cdrom && (volume === undefined || isHotpluggable(volume));
  });
}
