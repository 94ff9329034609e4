import { judge } from '../../../../provisioning/ladder/judge.ts';
import type { Verdict } from '../../../../provisioning/ladder/observations.ts';
import { smokeMachine, smokeRef } from '../../../../provisioning/manifests/smoke.ts';
import { smokeSign } from '../../../../provisioning/manifests/smoke-disk.ts';
import type { KubeObject } from '../../../contract/kube.ts';
import type { KubeClient } from '../../target/client.ts';
import { isNotFound } from '../../target/kube-error.ts';
import { kinds, subresourcePath } from '../../target/kinds.ts';
import { pickText } from '../../target/pick.ts';
import { openStream } from '../../target/streams.ts';
import { allOf, conditionsOf, maybe } from './observe-cluster.ts';
import { passing, pause, persist } from './patience.ts';
import type { Pace } from './patience.ts';
import { podTroubles } from './pods.ts';
import { monotonic } from '../../../contract/monotonic.ts';

const kind = kinds.virtualMachineInstances;
/** How long the machine may take to go away again. */
const farewellMs = 60_000;

export interface SmokeOptions {
  signal: AbortSignal;
  timeoutMs: number;
  accelerator: 'kvm' | 'tcg';
  onVerdict: (verdict: Verdict) => void;
}

/**
 * Starts the first machine, listens on its serial port for the sign of life, and takes it away again: also when it was
 * cancelled or failed. The verdict is `wait` when the time ran out.
 */
export async function trySmoke(client: KubeClient, pace: Pace, options: SmokeOptions): Promise<Verdict> {
  const { signal, accelerator } = options;
  const architecture = (await persist(() => allOf(client, kinds.nodes, signal), passing, pace, signal))
    .map((node) => pickText(node, 'status', 'nodeInfo', 'architecture') ?? '')
    .find(Boolean);
  const blank = { accelerator, architecture: architecture ?? '', phase: '', conditions: [], signSeen: false, pods: [] };
  const early = judge('smoke', blank);
  if (early.state === 'skipped') return early;
  await remove(client, pace, signal);
  try {
    await persist(() => client.create(kind, smokeMachine as unknown as KubeObject, { signal }), passing, pace, signal);
    return await listen(client, architecture ?? '', pace, options);
  } finally {
    // Its own signal: a cancelled run must not leave a machine behind.
    await remove(client, pace, AbortSignal.timeout(farewellMs)).catch((error: unknown) => {
      if (!(error instanceof Error)) throw error;
    });
  }
}

async function listen(
  client: KubeClient,
  architecture: string,
  pace: Pace,
  { signal, timeoutMs, accelerator, onVerdict }: SmokeOptions,
): Promise<Verdict> {
  const end = monotonic() + timeoutMs;
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  let signSeen = false;
  let listening: Promise<void> | undefined;
  const hear = async (): Promise<void> => {
    try {
      signSeen = (await sign(client, both)) || signSeen;
    } catch (error) {
      // The console is not ready yet, or was taken by somebody else: it is opened again at the next look.
      if (!(error instanceof Error)) throw error;
    } finally {
      listening = undefined;
    }
  };
  try {
    for (;;) {
      const machine = await persist(
        () => maybe(client, kind, smokeRef.namespace, smokeRef.name, signal),
        passing,
        pace,
        signal,
      );
      const phase = pickText(machine, 'status', 'phase') ?? '';
      if (phase === 'Running' && !signSeen) listening ??= hear();
      const pods = await persist(
        () => allOf(client, kinds.pods, signal, smokeRef.namespace, `kubevirt.io/created-by=${machine?.metadata.uid ?? 'nobody'}`),
        passing, pace, signal,
      ); // prettier-ignore
      const verdict = judge('smoke', {
        accelerator,
        architecture,
        phase,
        conditions: conditionsOf(machine),
        signSeen,
        pods: podTroubles(pods),
      });
      onVerdict(verdict);
      if (verdict.state !== 'wait' || monotonic() > end) return verdict;
      if (listening) await Promise.race([listening, pause(pace.lookMs, signal)]);
      // A console that ends at once must not be opened in a tight circle.
      if (!signSeen && !listening) await pause(pace.lookMs, signal);
    }
  } finally {
    over.abort();
    await listening;
  }
}

/** Reads the console until the sign comes (true) or it ends (false). */
async function sign(client: KubeClient, signal: AbortSignal): Promise<boolean> {
  const stream = await openStream(client, subresourcePath(kind, smokeRef, 'console'), signal);
  const stop = (): void => void stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let text = '';
  try {
    for await (const chunk of stream) {
      text = (text + (chunk as Buffer).toString('latin1')).slice(-4096);
      if (text.includes(smokeSign)) return true;
    }
    return false;
  } finally {
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
}

async function remove(client: KubeClient, pace: Pace, signal: AbortSignal): Promise<void> {
  for (;;) {
    const there = await persist(
      () => maybe(client, kind, smokeRef.namespace, smokeRef.name, signal),
      passing,
      pace,
      signal,
    );
    if (!there) return;
    if (!there.metadata.deletionTimestamp)
      await persist(() => client.delete(kind, smokeRef, { gracePeriodSeconds: 0 }), passing, pace, signal).catch(
        (error: unknown) => {
          if (!isNotFound(error)) throw error;
        },
      );
    await pause(Math.min(pace.lookMs, 1_000), signal);
  }
}
