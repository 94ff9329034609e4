import { virtualMachineInstances } from '../../kube/resources.ts';
import { durationMs } from '../../kube/quantity.ts';
import { badRequest, StatusError } from '../../kube/status-error.ts';
import type { Subresource } from '../../kube/subresource.ts';
import { AgentError } from '../qemu/agent.ts';
import type { Machine } from '../qemu/machine.ts';
import { vmiSpec } from '../spec.ts';
import { bodyOf, isDryRun, put, refuse, runningMachine } from './tools.ts';
import type { SubresourceTools } from './tools.ts';

const ok = { code: 200 };
const type = virtualMachineInstances;

/** pause, unpause, reset, softreboot, freeze and unfreeze of an instance. */
export function powerSubresources(tools: SubresourceTools): Subresource[] {
  return [
    put(type, 'pause', async (request) => {
      const { machine } = runningMachine(tools, request);
      if (machine.paused) throw refuse(type, request.name, 'VMI is already paused');
      if (!isDryRun(request)) await machine.pause();
      return ok;
    }),
    put(type, 'unpause', async (request) => {
      const { machine } = runningMachine(tools, request);
      if (!machine.paused) throw refuse(type, request.name, 'VMI is not paused');
      if (!isDryRun(request)) await machine.resume();
      return ok;
    }),
    put(type, 'reset', async (request) => {
      await runningMachine(tools, request).machine.reset();
      return ok;
    }),
    put(type, 'softreboot', async (request) => {
      const { machine, vmi } = runningMachine(tools, request);
      if (machine.paused) throw refuse(type, request.name, 'VMI is paused');
      if (!machine.agentConnected && vmiSpec(vmi).domain.features?.acpi?.enabled === false)
        throw refuse(type, request.name, 'VMI neither have the agent connected nor the ACPI feature enabled');
      await softReboot(machine);
      return ok;
    }),
    put(type, 'freeze', async (request) => {
      const { machine } = runningMachine(tools, request);
      const patience = freezePatience(bodyOf(request)['unfreezeTimeout']);
      await askOrFail(() => machine.agent((ask) => ask('guest-fsfreeze-freeze')));
      thawLater(tools, machine, patience);
      return ok;
    }),
    put(type, 'unfreeze', async (request) => {
      const { machine } = runningMachine(tools, request);
      await askOrFail(() => machine.agent((ask) => ask('guest-fsfreeze-thaw')));
      clearTimeout(thaws.get(machine));
      return ok;
    }),
  ];
}

/**
 * The agent reboots the guest; without one the power button shuts it down, and it is started again in the same process
 * instead of ending (as libvirt does it).
 */
async function softReboot(machine: Machine): Promise<void> {
  if (machine.agentConnected) {
    // Some agents know only how to power off.
    machine.expectReboot();
    try {
      await machine.agent((ask) => Promise.race([ask('guest-shutdown', { mode: 'reboot' }), noAnswer()]));
      return;
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
    }
  }
  await machine.powerCycle();
}

/** guest-shutdown answers nothing when it works. */
const noAnswer = () => new Promise<void>((resolve) => setTimeout(resolve, 1500).unref());

const asStatus = (error: unknown): unknown =>
  error instanceof AgentError
    ? new StatusError(500, 'InternalError', `Internal error occurred: ${error.message}`)
    : error;

async function askOrFail(question: () => Promise<unknown>): Promise<void> {
  try {
    await question();
  } catch (error) {
    throw asStatus(error);
  }
}

/** Milliseconds until a frozen guest is thawed in any case; KubeVirt's default is five minutes, 0 is never. */
function freezePatience(timeout: unknown): number {
  if (timeout === undefined || timeout === null) return 5 * 60_000;
  const patience = typeof timeout === 'string' ? durationMs(timeout) : undefined;
  if (patience === undefined || patience < 0 || patience > 24 * 3_600_000)
    throw badRequest(`unfreezeTimeout ${JSON.stringify(timeout)} is no duration up to 24h, e.g. 5m0s`);
  return patience;
}

const thaws = new WeakMap<Machine, NodeJS.Timeout>();

/** A frozen guest that nobody thaws hangs. */
function thawLater(tools: SubresourceTools, machine: Machine, patience: number): void {
  clearTimeout(thaws.get(machine));
  if (patience === 0) return;
  const timer = setTimeout(() => {
    if (machine.outcome) return;
    machine
      .agent((ask) => ask('guest-fsfreeze-thaw'))
      .catch((error: unknown) =>
        tools.context.log.warn({ err: error, vmi: machine.record.name }, 'a frozen guest could not be thawed'),
      );
  }, patience);
  timer.unref();
  thaws.set(machine, timer);
}
