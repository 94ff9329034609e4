import type { V1VirtualMachineInstanceNetworkInterface, V1VolumeStatus } from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import type { EngineContext } from '../../kube/context.ts';
import { persistentVolumeClaims } from '../../kube/resources.ts';
import type { KubeObject } from '../../kube/object.ts';
import { quantityOf } from '../../kube/quantity.ts';
import { guestAddress } from '../argv/argv.ts';
import { disksOf, interfacesOf } from '../argv/devices.ts';
import { guestMemory, processOverhead, topologyOf, translationCache } from '../argv/size.ts';
import { dropCondition, setCondition } from '../conditions.ts';
import type { Machine } from '../qemu/machine.ts';
import { draftStatus, stableMac, vmiSpec } from '../spec.ts';
import type { VmiStatus } from '../spec.ts';
import type { GuestFacts } from './guest.ts';

/** Writes what is known of a running machine into the instance's status. */
export function describeRunning(draft: KubeObject, context: EngineContext, machine: Machine, guest?: GuestFacts): void {
  const status = draftStatus<VmiStatus>(draft);
  const spec = vmiSpec(draft);
  const { config } = context;
  const memory = quantityOf(guestMemory(spec));
  status.nodeName = config.nodeName;
  status.qosClass ??= 'Burstable';
  status.currentCPUTopology = topologyOf(spec);
  status.machine = { type: machine.record.argv.includes('-machine') && usesPc(machine) ? 'pc' : 'q35' };
  status.memory = {
    guestAtBoot: memory,
    guestCurrent: memory,
    guestRequested: memory,
    memoryOverhead: quantityOf(processOverhead + translationCache(spec, config.accelerator)),
  };
  status.interfaces = interfaces(draft, machine, guest);
  status.volumeStatus = volumes(draft, context);
  if (guest?.os) status.guestOSInfo = guest.os;
  delete status.reason;
  conditions(status, config.accelerator, machine);
}

const usesPc = (machine: Machine): boolean =>
  /^pc(,|$)/.test(machine.record.argv[machine.record.argv.indexOf('-machine') + 1] ?? '');

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

function interfaces(
  draft: KubeObject,
  machine: Machine,
  guest?: GuestFacts,
): V1VirtualMachineInstanceNetworkInterface[] {
  return interfacesOf(vmiSpec(draft)).map((nic) => {
    const mac = nic.macAddress?.toLowerCase() ?? stableMac(machine.record.identity, nic.name);
    const seen = guest?.interfaces.find((candidate) => candidate.mac === mac);
    const addresses = seen?.addresses.length ? seen.addresses : [guestAddress];
    const status: V1VirtualMachineInstanceNetworkInterface = {
      name: nic.name,
      mac,
      ipAddress: addresses[0] ?? guestAddress,
      ipAddresses: addresses,
      infoSource: seen ? 'domain, guest-agent' : 'domain',
      ...(seen ? { interfaceName: seen.name } : {}),
      podInterfaceName: 'eth0',
      queueCount: 1,
      linkState: 'up',
    };
    return status;
  });
}

function volumes(draft: KubeObject, context: EngineContext): V1VolumeStatus[] {
  const spec = vmiSpec(draft);
  const next = { vd: 0, sd: 0 };
  return disksOf(spec).flatMap((slot) => {
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
}
