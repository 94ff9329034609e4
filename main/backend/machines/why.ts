import type { KubeObject } from '../../contract/kube.ts';
import type { WhyStep } from '../../contract/machine.ts';
import { pickList, pickNumber, pickText } from '../target/pick.ts';
import { machineState } from './actions.ts';

const condition = (object: KubeObject | undefined, type: string): Record<string, unknown> | undefined =>
  pickList(object, 'status', 'conditions').find((each) => each['type'] === type);
const said = (found: Record<string, unknown> | undefined): string | undefined =>
  pickText(found, 'message') ?? pickText(found, 'reason');

/** What is wrong with one DataVolume, or where it stands; undefined when its disk is ready. Pure. */
export function dataVolumeStep(dataVolume: KubeObject): WhyStep | undefined {
  const phase = pickText(dataVolume, 'status', 'phase') ?? 'Pending';
  if (phase === 'Succeeded') return undefined;
  const object = `DataVolume ${dataVolume.metadata.name}`;
  const progress = pickText(dataVolume, 'status', 'progress');
  const running = condition(dataVolume, 'Running');
  const trouble = running?.['status'] === 'False' ? said(running) : undefined;
  if (phase === 'Failed') return { object, says: trouble ?? 'Its disk could not be made.', cure: toImages };
  const share = progress && progress !== 'N/A' ? ` (${progress})` : '';
  return { object, says: trouble ?? `Its disk is being made: ${phase}${share}.` };
}
const toImages = { label: 'Look at the images', page: '/images' };

/**
 * Why a machine is not in the state it was asked for: object -> condition -> cause -> button that cures it, from the machine
 * down to the root. Empty when all is as wanted. Pure.
 */
export function whySteps(sources: {
  vm: KubeObject;
  vmi?: KubeObject | undefined;
  dataVolumes: readonly KubeObject[];
}): WhyStep[] {
  const { vm, vmi, dataVolumes } = sources;
  const status = pickText(vm, 'status', 'printableStatus') ?? 'Unknown';
  if (vm.metadata.deletionTimestamp) {
    const held = vm.metadata.finalizers?.length ? ' It waits for what belongs to it.' : '';
    return [{ object: `VirtualMachine ${vm.metadata.name}`, says: `It is being deleted.${held}` }];
  }
  const steps: WhyStep[] = [];
  const machine = `VirtualMachine ${vm.metadata.name}`;
  const failure = condition(vm, 'Failure');
  if (failure?.['status'] === 'True') steps.push({ object: machine, says: said(failure) ?? 'It failed.' });
  const state = machineState(vm, vmi);

  if (status === 'CrashLoopBackOff') {
    const count = pickNumber(vm, 'status', 'startFailure', 'consecutiveFailCount');
    const retry = pickText(vm, 'status', 'startFailure', 'retryAfterTimestamp');
    steps.push({
      object: machine,
      says: `It failed ${count ?? 'several'} times in a row${retry ? `; the next try is at ${retry}` : ''}.`,
      cure: { label: 'Stop trying', action: 'stop' },
    });
  }
  if (status === 'Stopped' && state.phase === 'Failed')
    steps.push({
      object: machine,
      says: 'Its last run ended in a failure.',
      cure: { label: 'Start', action: 'start' },
    });
  if (status === 'Stopped' && state.strategy === 'Always')
    steps.push({ object: machine, says: 'It should run but does not.', cure: { label: 'Start', action: 'start' } });

  const waits = status !== 'Running' && status !== 'Stopped' && status !== 'Paused';
  if (waits || status === 'Paused') {
    const paused = condition(vmi, 'Paused');
    if (paused?.['status'] === 'True' && pickText(paused, 'reason') !== 'PausedByUser')
      steps.push({
        object: `VirtualMachineInstance ${vm.metadata.name}`,
        says: said(paused) ?? 'It was paused.',
        cure: { label: 'Go on', action: 'unpause' },
      });
  }
  if (waits) {
    for (const type of ['PodScheduled', 'Synchronized', 'Ready']) {
      const found = condition(vmi, type);
      // That the guest does not run yet is what Starting says.
      const telling = found?.['status'] === 'False' && found['reason'] !== 'GuestNotRunning';
      const message = telling ? pickText(found, 'message') : undefined;
      if (message) {
        steps.push({ object: `VirtualMachineInstance ${vm.metadata.name}`, says: message });
        break;
      }
    }
  }
  // A stopped machine whose disks are not ready has a reason worth telling as well.
  if (waits || status === 'Stopped')
    for (const dataVolume of dataVolumes) {
      const step = dataVolumeStep(dataVolume);
      if (step) steps.push(step);
    }
  const restart = condition(vm, 'RestartRequired');
  if (steps.length === 0 && restart?.['status'] === 'True')
    steps.push({
      object: machine,
      says: `A change waits for a restart: ${said(restart) ?? 'the manifest changed'}.`,
      cure: { label: 'Restart', action: 'restart' },
    });
  return steps;
}
