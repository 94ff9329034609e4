import type { Condition, KubeObject, Stored } from '../../kube/object.ts';
import { dropCondition, setCondition } from '../conditions.ts';
import { draftStatus, phaseOf, vmiStatus } from '../spec.ts';
import type { VmStatus } from '../spec.ts';
import type { PrintableStatus } from '../../../contract/kube.ts';
import type { ChangeRequest } from './strategy.ts';
import type { StartFailure } from './crash-loop.ts';

export interface VmReport {
  vmi: Stored | undefined;
  printable: PrintableStatus;
  /** Undefined: the strategy last followed stays as it is. */
  strategy: string | undefined;
  requests: ChangeRequest[];
  startFailure: StartFailure | undefined;
  restartRequired: string | undefined;
  failure: { reason: string; message: string } | undefined;
  volumeSnapshots: VmStatus['volumeSnapshotStatuses'];
}

/** Conditions that are the machine's own; the others are its instance's, copied. */
const own = ['Ready', 'Failure', 'RestartRequired', 'ManualRecoveryRequired'];
const notCopied = ['Synchronized', 'PodScheduled', 'Provisioning'];

/** Writes a machine's whole status. */
export function describeVm(draft: KubeObject, report: VmReport): void {
  const status = draftStatus<VmStatus & Record<string, unknown>>(draft);
  const { vmi } = report;
  const conditions = vmi ? (vmiStatus(vmi).conditions ?? []) : [];
  const over = vmi ? ['Succeeded', 'Failed'].includes(phaseOf(vmi)) : true;
  status.created = vmi !== undefined && !over;
  const ready = conditions.find(({ type }) => type === 'Ready');
  status.ready = !over && ready?.status === 'True';
  status.printableStatus = report.printable;
  if (report.strategy) status.runStrategy = report.strategy;
  status.observedGeneration = draft.metadata.generation ?? 1;
  status.desiredGeneration = draft.metadata.generation ?? 1;
  assign(status, 'stateChangeRequests', report.requests.length > 0 ? report.requests : undefined);
  assign(status, 'startFailure', report.startFailure);
  status.volumeSnapshotStatuses = report.volumeSnapshots ?? [];
  copyConditions(status, conditions);
  setCondition(
    status,
    vmi && ready
      ? { ...pick(ready) }
      : { type: 'Ready', status: 'False', reason: 'VMINotExists', message: 'VMI does not exist' },
  );
  if (report.restartRequired)
    setCondition(status, {
      type: 'RestartRequired',
      status: 'True',
      reason: 'RestartRequired',
      message: report.restartRequired,
    });
  else dropCondition(status, 'RestartRequired');
  if (report.failure) setCondition(status, { type: 'Failure', status: 'True', ...report.failure });
  else dropCondition(status, 'Failure');
}

const pick = ({ type, status, reason, message }: Condition): Condition => ({
  type,
  status,
  ...(reason ? { reason } : {}),
  ...(message ? { message } : {}),
});

function copyConditions(status: VmStatus, theirs: readonly Condition[]): void {
  const copied = theirs.filter(({ type }) => !own.includes(type) && !notCopied.includes(type));
  status.conditions = (status.conditions ?? []).filter(
    ({ type }) => own.includes(type) || copied.some((condition) => condition.type === type),
  );
  for (const condition of copied) setCondition(status, pick(condition));
}

function assign(status: Record<string, unknown>, field: string, value: unknown): void {
  if (value === undefined) delete status[field];
  else status[field] = value;
}
