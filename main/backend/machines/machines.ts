import type { CreateMachine, MachineSample } from '../../contract/machine.ts';
import type { MachineAction, ObjectRef } from '../../contract/machine-ref.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { Log } from '../log.ts';
import { kinds } from '../target/kinds.ts';
import { pause } from '../target/live-list.ts';
import { pickList, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import type { WhyHelp } from '../why/near.ts';
import { act } from './act.ts';
import type { DeleteOptions } from './act.ts';
import { applyYaml, checkYaml } from './apply.ts';
import { checkCloudInit } from './cloud-init-check.ts';
import { createMachine, fits, ownerOf, previewMachine } from './create.ts';
import { watchEvents } from './events.ts';
import { forwardService, machineLabel } from './forward.ts';
import { refuseTaken } from './forward-conflict.ts';
import type { Forward } from './forward.ts';
import { createMachineList } from './list.ts';
import { createSamples } from './samples.ts';
import { instancetypeRow, preferenceRow } from './sizes.ts';
import { watchDetail } from './watch-detail.ts';

export type Machines = ReturnType<typeof createMachines>;

/** Everything pages do with machines of one target. */
export function createMachines(target: OpenTarget, log: Log, help: WhyHelp = {}) {
  const samples = createSamples(target, log);
  const list = createMachineList(target, samples, help);
  return {
    watch: (signal: AbortSignal) => list.watch(signal),
    detail: (ref: ObjectRef, signal: AbortSignal) => watchDetail(target, samples, ref, help, log, signal),
    events: (object: ObjectRef | undefined, signal: AbortSignal) => watchEvents(target, object, signal),
    preview: (input: CreateMachine) => previewMachine(target, input),
    create: (input: CreateMachine) => createMachine(target, input, log),
    applyYaml: (ref: ObjectRef, text: string) => applyYaml(target, ref, text),
    checkYaml: (text: string) => checkYaml(target, text),
    checkCloudInit,
    act: (ref: ObjectRef, action: MachineAction, options: DeleteOptions) => act(target, ref, action, options),
    async instancetypes() {
      const types = await target.client.list(kinds.instancetypes);
      return types
        .map((type) => instancetypeRow(type, (memory) => fits(target, memory)))
        .sort((a, b) => a.series.localeCompare(b.series) || a.memory - b.memory || a.cpus - b.cpus);
    },
    async preferences() {
      const preferences = await target.client.list(kinds.preferences);
      return preferences.map(preferenceRow).sort((a, b) => a.displayName.localeCompare(b.displayName));
    },
    /** The last ten minutes first, then one point at a time. */
    async *samples(ref: ObjectRef, signal: AbortSignal): AsyncGenerator<MachineSample[]> {
      const key = `${ref.namespace}/${ref.name}`;
      let wake: (() => void) | undefined;
      const over = samples.use(() => wake?.());
      const stop = (): void => wake?.();
      signal.addEventListener('abort', stop);
      let told = 0;
      try {
        for (let first = true; !signal.aborted; first = false) {
          const fresh = samples.history(key).filter((sample) => sample.at > told);
          told = fresh.at(-1)?.at ?? told;
          if (first || fresh.length > 0) yield fresh;
          await Promise.race([new Promise<void>((resolve) => (wake = resolve)), pause(60_000, signal)]);
        }
      } finally {
        signal.removeEventListener('abort', stop);
        over();
      }
    },
    async addForward(ref: ObjectRef, forward: Forward): Promise<void> {
      const vm = await target.client.get(kinds.virtualMachines, ref.namespace, ref.name);
      if (pickText(vm, 'spec', 'template', 'metadata', 'labels', machineLabel) !== ref.name)
        throw new ProblemError({
          code: 'machine-without-label',
          title: 'This machine cannot be selected',
          detail: `Its template does not carry the label ${machineLabel}=${ref.name}, by which a forwarded port finds it.`,
          fix: 'Add the label to spec.template.metadata.labels (YAML tab) and restart the machine.',
        });
      if (!pickList(vm, 'spec', 'template', 'spec', 'networks').some((network) => network['pod'] !== undefined))
        throw new ProblemError({
          code: 'machine-without-network',
          title: 'This machine is not on the pod network',
          detail: 'Ports can be forwarded to machines on the pod network only.',
        });
      await refuseTaken(target, forward);
      const service = forwardService(ref, forward);
      const owner = ownerOf(ref.name, vm.metadata.uid ?? '');
      await target.client.create(kinds.services, {
        ...service,
        metadata: { ...service.metadata, ownerReferences: [owner] },
      });
    },
    async removeForward(ref: ObjectRef, service: string): Promise<void> {
      const found = await target.client.get(kinds.services, ref.namespace, service);
      if (pickText(found, 'metadata', 'labels', machineLabel) !== ref.name)
        throw new ProblemError({
          code: 'forward-not-ours',
          title: 'This Service was not made here',
          detail: `${service} is not a forwarded port of ${ref.name}; remove it with the tool that made it.`,
          kind: 'denied',
        });
      await target.client.delete(kinds.services, { namespace: ref.namespace, name: service });
    },
  };
}
