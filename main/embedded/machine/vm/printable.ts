import type { PrintableStatus } from '../../../contract/kube.ts';
import type { Condition } from '../../kube/object.ts';

/** What decides the status word of a VirtualMachine. */
export interface StatusFacts {
  deleting: boolean;
  vmi: { phase: string; deleting: boolean; conditions: readonly Condition[] } | undefined;
  stopRequested: boolean;
  /** States of the DataVolumes that the machine's volumes name. */
  dataVolumes: 'ready' | 'provisioning' | 'waitingForBinding' | 'failed';
  startFailures: number;
  /** Whether the strategy and the requests want it to run. */
  wanted: boolean;
}

const final = (phase: string) => phase === 'Succeeded' || phase === 'Failed';

/** First match wins, in KubeVirt's order (pkg/virt-controller/watch/vm/vm.go). */
export function printableStatus(facts: StatusFacts): PrintableStatus {
  const { vmi, dataVolumes } = facts;
  const live = vmi && !final(vmi.phase) ? vmi : undefined;
  const is = (type: string, status: Condition['status'], reason?: string) =>
    vmi?.conditions.some(
      (condition) =>
        condition.type === type && condition.status === status && (reason === undefined || condition.reason === reason),
    ) === true;
  const rows: [PrintableStatus, boolean][] = [
    ['Terminating', facts.deleting],
    ['Stopping', live !== undefined && (live.deleting || facts.stopRequested)],
    ['Paused', live !== undefined && is('Paused', 'True')],
    ['Running', live?.phase === 'Running'],
    ['ErrorPvcNotFound', live !== undefined && is('Synchronized', 'False', 'FailedPvcNotFound')],
    [
      'DataVolumeError',
      dataVolumes === 'failed' || (live !== undefined && is('DataVolumesReady', 'False', 'DataVolumeError')),
    ],
    ['ErrorUnschedulable', live !== undefined && is('PodScheduled', 'False', 'Unschedulable')],
    [
      'Provisioning',
      dataVolumes === 'provisioning' || (live !== undefined && is('DataVolumesReady', 'False', 'Provisioning')),
    ],
    [
      'WaitingForVolumeBinding',
      (facts.wanted && dataVolumes === 'waitingForBinding' && !live) ||
        (live !== undefined && is('DataVolumesReady', 'False', 'WaitingForVolumeBinding')),
    ],
    ['Starting', live !== undefined && ['', 'Pending', 'Scheduling', 'Scheduled'].includes(live.phase)],
    ['CrashLoopBackOff', !live && facts.wanted && facts.startFailures > 0],
    ['Stopped', !live],
  ];
  return rows.find(([, matches]) => matches)?.[0] ?? 'Unknown';
}
