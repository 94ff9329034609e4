import type { V1VolumeStatus } from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import type { EngineContext } from '../../kube/context.ts';
import { persistentVolumeClaims } from '../../kube/resources.ts';
import type { KubeObject } from '../../kube/object.ts';
import { quantityOf } from '../../kube/quantity.ts';
import { disksOf, isHotpluggable } from '../argv/devices.ts';
import { guestMemory, processOverhead, topologyOf, translationCache } from '../argv/size.ts';
import { dropCondition, setCondition } from '../conditions.ts';
import type { VolumeState } from '../live/state.ts';
import type { Machine } from '../qemu/machine.ts';
import { draftStatus, vmiSpec } from '../spec.ts';
import { interfaceStatuses } from './interfaces.ts';
import type { VmiStatus } from '../spec.ts';
import type { GuestFacts } from './guest.ts';

/** Writes what is known of a running machine into the instance's status. */
export function describeRunning(draft: KubeObject, context: EngineContext, machine: Machine, guest?: GuestFacts): void {
  const status = draftStatus<VmiStatus>(draft);
  const spec = vmiSpec(draft);
  const { config } = context;
  status.nodeName = config.nodeName;
  status.qosClass ??= 'Burstable';
  const { live } = machine;
  const memory = live.memory ?? { atBoot: guestMemory(spec), current: guestMemory(spec) };
  status.currentCPUTopology = { ...topologyOf(spec), ...(live.sockets ? { sockets: live.sockets.filled } : {}) };
  status.machine = { type: machineType(machine) };
  status.memory = {
    guestAtBoot: quantityOf(memory.atBoot),
    guestCurrent: quantityOf(memory.current),
    guestRequested: quantityOf(guestMemory(spec)),
    memoryOverhead: quantityOf(processOverhead + translationCache(spec, config.accelerator)),
  };
  status.interfaces = interfaceStatuses(draft, machine, guest);
  status.volumeStatus = volumes(draft, context, machine);
  if (guest?.os) status.guestOSInfo = guest.os;
  delete status.reason;
  conditions(status, config.accelerator, machine);
  hotplugConditions(status, machine);
}

/** As its QEMU was told; q35 where an older engine's record does not say. */
const machineType = ({ record: { argv } }: Machine): string =>
  (argv.includes('-machine') && /^(pc|virt)(?=,|$)/.exec(argv[argv.indexOf('-machine') + 1] ?? '')?.[1]) || 'q35';

function conditions(status: VmiStatus, accelerator: string, machine: Machine): void {
  dropCondition(status, 'Provisioning');
  dropCondition(status, 'Synchronized');
  setCondition(status, { type: 'PodScheduled', status: 'True' });
  setCondition(status, {
    type: 'DataVolumesReady', status: 'True', reason: 'AllDVsReady', message: 'All of the VMI\'s DVs are bound and ready',
  }); // prettier-ignore
  setCondition(status, {
    type: 'LiveMigratable', status: 'False', reason: 'NotMigratable', message: 'There is one computer only: nowhere to migrate to',
  }); // prettier-ignore
  if (accelerator === 'tcg')
    setCondition(status, {
      type: 'SoftwareEmulation', status: 'True', reason: 'SoftwareEmulation',
      message: 'The machine runs in software mode, without the help of the processor: it works, about ten times slower',
    }); // prettier-ignore
  if (machine.agentConnected) setCondition(status, { type: 'AgentConnected', status: 'True' });
  else dropCondition(status, 'AgentConnected');
  pausedCondition(status, machine);
  if (machine.paused)
    setCondition(status, {
      type: 'Ready', status: 'False', reason: 'GuestNotRunning', message: 'Guest VM is not reported as running',
    }); // prettier-ignore
  else setCondition(status, { type: 'Ready', status: 'True' });
}

/** As KubeVirt: true while a change is under way, false when it failed, else not there. */
function hotplugConditions(status: VmiStatus, { live }: Machine): void {
  const rows = [
    ['HotVCPUChange', live.cpuProblem, undefined],
    ['HotMemoryChange', live.memoryProblem, live.memoryAskedAt],
  ] as const;
  for (const [type, problem, asked] of rows) {
    if (problem) setCondition(status, { type, status: 'False', ...problem });
    else if (asked !== undefined) setCondition(status, { type, status: 'True' });
    else dropCondition(status, type);
  }
}

function pausedCondition(status: VmiStatus, machine: Machine): void {
  if (machine.paused === 'PausedIOError')
    setCondition(status, {
      type: 'Paused', status: 'True', reason: 'PausedIOError',
      message: `The disk of this computer is full (${machine.record.diskFolder}), so the machine was paused before it could lose data. Free some space: it then goes on by itself`,
    }); // prettier-ignore
  else if (machine.paused)
    setCondition(status, { type: 'Paused', status: 'True', reason: 'PausedByUser', message: 'VMI was paused by user' });
  else dropCondition(status, 'Paused');
}

function volumes(draft: KubeObject, context: EngineContext, { live }: Machine): V1VolumeStatus[] {
  const spec = vmiSpec(draft);
  const next = { vd: 0, sd: 0 };
  const shown = disksOf(spec).flatMap((slot) => {
    const volume = spec.volumes?.find((candidate) => candidate.name === slot.volume);
    const family = slot.bus === 'virtio' ? 'vd' : 'sd';
    const target = `${family}${String.fromCharCode(97 + (next[family]++ % 26))}`;
    if (!volume) return [];
    const claimName = volume.dataVolume?.name ?? volume.persistentVolumeClaim?.claimName;
    const claim = claimName && context.store.get(persistentVolumeClaims, draft.metadata.namespace, claimName);
    const claimSpec = (claim ? claim.spec : undefined) as
      { accessModes?: string[]; volumeMode?: string; resources?: { requests?: object } } | undefined;
    const capacity = (claim ? claim.status?.['capacity'] : undefined) as object | undefined;
    return [
      {
        name: slot.volume,
        target,
        ...(isHotpluggable(volume) ? hotplugStatus(live.volumes.get(slot.volume)) : {}),
        ...(claimName
          ? {
              persistentVolumeClaimInfo: {
                claimName,
                accessModes: claimSpec?.accessModes ?? ['ReadWriteOnce'],
                volumeMode: claimSpec?.volumeMode ?? 'Filesystem',
                ...(capacity ? { capacity } : {}),
                ...(claimSpec?.resources?.requests ? { requests: claimSpec.resources.requests } : {}),
              } as NonNullable<V1VolumeStatus['persistentVolumeClaimInfo']>,
            }
          : {}),
      } as V1VolumeStatus,
    ];
  });
  // Gone from the spec, and the guest has yet to let them go.
  const leaving = [...live.volumes].filter(([name]) => !spec.volumes?.some((volume) => volume.name === name));
  return [
    ...shown,
    ...leaving.map(([name, state]) => ({ name, target: '', ...hotplugStatus(state) }) as V1VolumeStatus),
  ];
}

const hotplugStatus = (state: VolumeState | undefined): object => ({
  hotplugVolume: {},
  ...(state ?? { phase: 'Pending', reason: 'VolumePending', message: 'The volume is about to be attached' }),
});
