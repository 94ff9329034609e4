import { virtualMachineInstances, virtualMachines } from '../../kube/resources.ts';
import { badRequest, StatusError } from '../../kube/status-error.ts';
import type { Stored } from '../../kube/object.ts';
import type { Subresource, SubresourceRequest } from '../../kube/subresource.ts';
import { draftStatus, isFinal, phaseOf, vmiSpec, vmSpec, vmStatus } from '../spec.ts';
import type { VmStatus } from '../spec.ts';
import { expandedMachine } from '../vm/expand.ts';
import { runStrategyOf } from '../vm/strategy.ts';
import type { ChangeRequest, RunStrategy } from '../vm/strategy.ts';
import { bodyOf, fetchVm, isDryRun, put, read, refuse } from './tools.ts';
import type { SubresourceTools } from './tools.ts';

const accepted = { code: 202 };

/** start, stop, restart, migrate and expand-spec of a VirtualMachine, with KubeVirt's codes and texts (pkg/virt-api/rest/lifecycle.go). */
export function lifecycleSubresources(tools: SubresourceTools): Subresource[] {
  return [
    put(virtualMachines, 'start', (request) => start(tools, request)),
    put(virtualMachines, 'stop', (request) => stop(tools, request)),
    put(virtualMachines, 'restart', (request) => restart(tools, request)),
    put(virtualMachines, 'migrate', (request) => {
      const vm = fetchVm(tools, request);
      throw refuse(
        virtualMachines,
        vm.metadata.name,
        'Cannot migrate VMI, Reason: NotMigratable, Message: there is one computer only, nowhere to migrate to',
      );
    }),
    read(virtualMachines, 'expand-spec', (request) => ({
      code: 200,
      json: expandedMachine(tools.context, fetchVm(tools, request)),
    })),
  ];
}

function start(tools: SubresourceTools, request: SubresourceRequest) {
  const vm = fetchVm(tools, request);
  const vmi = instance(tools, request);
  const { name } = request;
  if (vmi && !isFinal(vmi) && phaseOf(vmi) !== '') throw refuse(virtualMachines, name, 'VM is already running');
  const paused = bodyOf(request)['paused'] === true;
  const startRequest: ChangeRequest = { action: 'Start', ...(paused ? { data: { paused: 'true' } } : {}) };
  const strategy = runStrategyOf(vmSpec(vm));
  switch (strategy) {
    case 'Halted':
      if (paused) file(tools, request, vm, [startRequest]);
      else setRunning(tools, request, true);
      return accepted;
    case 'RerunOnFailure':
    case 'Manual': {
      if (strategy === 'RerunOnFailure' && vmi && phaseOf(vmi) === 'Failed')
        throw refuse(virtualMachines, name, 'RerunOnFailure does not support starting VM from failed state');
      const leftover = vmi && isFinal(vmi) ? [stopRequest(vmi)] : [];
      file(tools, request, vm, [...leftover, startRequest]);
      return accepted;
    }
    case 'Always':
    case 'Once':
      throw refuse(virtualMachines, name, `${strategy} does not support manual start requests`);
  }
}

function stop(tools: SubresourceTools, request: SubresourceRequest) {
  const vm = fetchVm(tools, request);
  const vmi = instance(tools, request);
  const { name } = request;
  const grace = bodyOf(request)['gracePeriod'];
  if (grace !== undefined && grace !== null && (typeof grace !== 'number' || grace < 0))
    throw badRequest('gracePeriod has to be greater or equal to 0');
  const strategy: RunStrategy = runStrategyOf(vmSpec(vm));
  const running = vmi !== undefined && !isFinal(vmi);
  const oldGrace = vmi && vmiSpec(vmi).terminationGracePeriodSeconds;
  if (strategy === 'Halted' || strategy === 'RerunOnFailure' || strategy === 'Manual') {
    if (!running) throw refuse(virtualMachines, name, 'VM is not running');
    if (strategy === 'Halted' && (typeof grace !== 'number' || (oldGrace !== undefined && grace >= oldGrace)))
      throw refuse(virtualMachines, name, 'Halted only supports manual stop requests with a shorter graceperiod');
  }
  if (running && typeof grace === 'number') setGrace(tools, request, vmi, grace);
  if (strategy === 'Always' || strategy === 'Once') setRunning(tools, request, false);
  else if (running) file(tools, request, vm, [stopRequest(vmi)]);
  return accepted;
}

function restart(tools: SubresourceTools, request: SubresourceRequest) {
  const grace = bodyOf(request)['gracePeriodSeconds'];
  if (typeof grace === 'number' && grace > 0)
    throw badRequest('For force restart, only gracePeriod=0 is supported for now');
  if (typeof grace === 'number' && grace < 0) throw badRequest('gracePeriod has to be greater or equal to 0');
  const vm = fetchVm(tools, request);
  const strategy = runStrategyOf(vmSpec(vm));
  // "RunStategy" is KubeVirt's spelling.
  if (strategy === 'Halted' || strategy === 'Once')
    throw refuse(virtualMachines, request.name, `RunStategy ${strategy} does not support manual restart requests`);
  const vmi = instance(tools, request);
  if (!vmi) throw refuse(virtualMachines, request.name, 'VM is not running: Halted');
  file(tools, request, vm, [stopRequest(vmi), { action: 'Start' }]);
  if (grace === 0) setGrace(tools, request, vmi, 0);
  return accepted;
}

const instance = (tools: SubresourceTools, { namespace, name }: SubresourceRequest): Stored | undefined =>
  tools.context.store.get(virtualMachineInstances, namespace, name);

const stopRequest = (vmi: Stored): ChangeRequest => ({ action: 'Stop', uid: vmi.metadata.uid });

/** Puts requests into the status; the controller acts on them. */
function file(tools: SubresourceTools, request: SubresourceRequest, vm: Stored, requests: ChangeRequest[]): void {
  const pending = vmStatus(vm).stateChangeRequests ?? [];
  const onlyStop = requests.length === 1 && requests[0]?.action === 'Stop';
  if (pending.length > 0 && !onlyStop)
    throw new StatusError(
      500,
      'InternalError',
      'Internal error occurred: unable to complete request: stop/start already underway',
    );
  if (isDryRun(request)) return;
  tools.context.store.mutate(
    virtualMachines,
    request.namespace,
    request.name,
    (draft) => {
      const status = draftStatus<VmStatus>(draft);
      status.stateChangeRequests = requests;
      delete status.startFailure;
    },
    { subresource: 'status' },
  );
}

function setRunning(tools: SubresourceTools, request: SubresourceRequest, running: boolean): void {
  if (isDryRun(request)) return;
  tools.context.store.mutate(virtualMachines, request.namespace, request.name, (draft) => {
    const spec = vmSpec(draft);
    if (spec.running !== undefined) spec.running = running;
    else spec.runStrategy = running ? 'Always' : 'Halted';
  });
}

function setGrace(tools: SubresourceTools, request: SubresourceRequest, vmi: Stored, seconds: number): void {
  if (isDryRun(request)) return;
  tools.context.store.mutate(virtualMachineInstances, vmi.metadata.namespace, vmi.metadata.name, (draft) => {
    vmiSpec(draft).terminationGracePeriodSeconds = seconds;
  });
}
