import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import { createKubeClient } from '../target/client.ts';
import type { KubeClient } from '../target/client.ts';
import { readCredentials } from '../target/credentials.ts';
import { kinds } from '../target/kinds.ts';
import { pause } from '../target/live-list.ts';
import { monotonic } from '../../contract/monotonic.ts';

/** A machine that was shut down with its appliance, and how it ran before. */
export interface StoppedMachine {
  namespace: string;
  name: string;
  runStrategy: string;
}
/** Milliseconds a guest gets to shut down before the rest goes on without it. */
const patience = 180_000;
/** What a VM is set to while its appliance rests. */
const halted = 'Halted';

interface Spec {
  running?: boolean;
  runStrategy?: string;
}

/**
 * Shuts every running virtual machine down like its owner would, and waits until it is off: whatever ends k3s afterwards
 * would pull their plugs. Resolves with those that were on, for `startMachines`.
 */
export async function stopMachines(
  kubeconfig: string,
  options: {
    signal: AbortSignal;
    onProgress: (left: readonly string[]) => void;
    /** Each as it is told, also when not all of them shut down in the end. */
    onTold?: (machine: StoppedMachine) => void;
    /** Milliseconds they may take; 180,000 unless told. */
    patienceMs?: number;
    /** Milliseconds between two looks; 2000 unless told. */
    lookMs?: number;
  },
): Promise<StoppedMachine[]> {
  const { patienceMs = patience } = options;
  return withClient(kubeconfig, async (client) => {
    const stopped: StoppedMachine[] = [];
    for (const object of await client.list(kinds.virtualMachines)) {
      const runStrategy = strategyOf(object);
      if (runStrategy === undefined) continue;
      const { namespace = 'default', name = '' } = object.metadata;
      const machine = { namespace, name, runStrategy };
      await setStrategy(client, machine, runStrategy === 'running' ? 'not-running' : halted, options.signal);
      stopped.push(machine);
      options.onTold?.(machine);
    }
    for (const deadline = monotonic() + patienceMs; ; await pause(options.lookMs ?? 2000, options.signal)) {
      options.signal.throwIfAborted();
      const left = (await client.list(kinds.virtualMachineInstances)).filter(isOn).map(refOf);
      options.onProgress(left);
      if (left.length === 0) return stopped;
      if (monotonic() > deadline)
        throw new ProblemError({
          code: 'machines-still-on',
          title: 'Not every virtual machine shut down',
          detail: `Still on after ${patienceMs / 1000} s: ${left.join(', ')}.`,
          cause: 'The guest ignores the power button, or hangs.',
          fix: 'Turn them off on their pages (Force off), then do this again.',
        });
    }
  });
}

/** Sets those machines back to how they ran. One that is gone, or was set otherwise meanwhile, is left alone. */
export async function startMachines(
  kubeconfig: string,
  machines: readonly StoppedMachine[],
  signal: AbortSignal,
): Promise<void> {
  await withClient(kubeconfig, async (client) => {
    const there = new Map((await client.list(kinds.virtualMachines)).map((object) => [refOf(object), object]));
    for (const machine of machines) {
      const spec = there.get(`${machine.namespace}/${machine.name}`)?.['spec'] as Spec | undefined;
      if (!spec || !(spec.runStrategy === halted || spec.running === false)) continue;
      await setStrategy(client, machine, machine.runStrategy, signal);
    }
  });
}

/** How it runs, as `startMachines` sets it again; undefined: it is off and stays so. */
export function strategyOf(machine: KubeObject): string | undefined {
  const { running, runStrategy } = machine['spec'] as Spec;
  const was = runStrategy ?? (running ? 'Always' : halted);
  if (was === halted) return undefined;
  return running === undefined ? was : 'running';
}

export async function setStrategy(
  client: KubeClient,
  ref: { namespace: string; name: string },
  strategy: string,
  signal: AbortSignal,
): Promise<void> {
  const spec: Spec =
    strategy === 'running' || strategy === 'not-running'
      ? { running: strategy === 'running' }
      : { runStrategy: strategy };
  await client.patch(kinds.virtualMachines, ref, { spec }, { signal });
}

export async function withClient<T>(kubeconfig: string, use: (client: KubeClient) => Promise<T>): Promise<T> {
  const client = createKubeClient(await readCredentials(kubeconfig));
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

export const refOf = (object: KubeObject): string =>
  `${object.metadata.namespace ?? 'default'}/${object.metadata.name}`;
export const isOn = (object: KubeObject): boolean => {
  const phase = (object['status'] as { phase?: string } | undefined)?.phase;
  return phase !== 'Succeeded' && phase !== 'Failed';
};
