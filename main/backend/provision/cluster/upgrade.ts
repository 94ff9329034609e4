import { judgeOperator } from '../../../../provisioning/ladder/judge-lab.ts';
import type { OperatorObservation } from '../../../../provisioning/ladder/observations.ts';
import { oneOperator } from '../../../../provisioning/manifests/kubevirt.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { KubeClient } from '../../target/client.ts';
import { applyAll, managers } from './apply.ts';
import type { Discovery } from './discovery.ts';
import { objectsOf } from './documents.ts';
import { observeCdi, observeKubevirt } from './observe-lab.ts';
import { passing, pause, persist } from './patience.ts';
import type { Pace } from './patience.ts';
import { monotonic } from '../../../contract/monotonic.ts';

export interface UpgradeOptions {
  /** The version asked for, as the operator reports it, e.g. v1.9.1. */
  to: string;
  /** The operator manifest of that version. */
  manifest: string;
  /** The one that is in force, applied again when the upgrade fails. */
  previous?: string;
  signal: AbortSignal;
  onState: (detail: string) => void;
  /** 30 minutes unless told. */
  timeoutMs?: number;
}

const products = {
  KubeVirt: { observe: observeKubevirt, besides: [oneOperator] },
  CDI: { observe: observeCdi, besides: [] },
} as const;

/** Looks in a row that may show an error. */
const forgiven = 30;

const bare = (version: string): string => version.replace(/^v/, '');

/**
 * Applies the operator of another version and waits until it is deployed. When that fails or is cancelled halfway the earlier
 * operator is applied again; the Problem says whether that held. Machines keep running on their old launchers.
 */
export async function upgradeOperator(
  client: KubeClient,
  discovery: Discovery,
  product: keyof typeof products,
  pace: Pace,
  { to, manifest, previous, signal, onState, timeoutMs = 30 * 60_000 }: UpgradeOptions,
): Promise<void> {
  const { observe, besides } = products[product];
  const objects = objectsOf(manifest);
  const back = previous === undefined ? undefined : objectsOf(previous);
  const put = async (what: typeof objects, limit: AbortSignal): Promise<void> => {
    await applyAll(client, discovery, what, pace, {
      signal: limit,
      manager: managers.manifests,
      onObject: (object) => onState(`Applies ${object}`),
    });
    await applyAll(client, discovery, besides, pace, { signal: limit });
  };
  const reached = async (version: string, limit: AbortSignal): Promise<void> => {
    const end = monotonic() + timeoutMs;
    for (let failures = 0; ;) {
      const seen = await persist(() => observe(client, limit), passing, pace, limit);
      const verdict = judgeOperator(product, seen);
      onState(verdict.detail);
      if (verdict.state === 'pass' && runs(seen, version)) return;
      // An error may be that of the version before, or one the operator cures by itself.
      failures = verdict.state === 'fail' ? failures + 1 : 0;
      if (failures > forgiven || monotonic() + pace.lookMs > end)
        throw new ProblemError({
          code: 'upgrade-not-reached',
          title: `${product} did not become ${version}`,
          detail: verdict.detail,
          ...(verdict.cause && { cause: verdict.cause }),
        });
      await pause(pace.lookMs, limit);
    }
  };
  const before = (await persist(() => observe(client, signal), passing, pace, signal)).observedVersion;
  try {
    await put(objects, signal);
    await reached(to, signal);
  } catch (error) {
    if (!back) throw error;
    onState(`Goes back to the earlier ${product}`);
    const limit = AbortSignal.timeout(timeoutMs);
    const outcome = await put(back, limit)
      .then(() => reached(before, limit))
      .then(
        () => undefined,
        (failed: unknown) => (failed instanceof Error ? failed.message : String(failed)),
      );
    signal.throwIfAborted();
    const problem = error instanceof ProblemError ? error.problem : undefined;
    throw new ProblemError(
      {
        code: outcome === undefined ? 'upgrade-rolled-back' : 'upgrade-half',
        title:
          outcome === undefined
            ? `The upgrade of ${product} failed and was taken back`
            : `The upgrade of ${product} failed halfway`,
        detail: problem?.detail ?? (error instanceof Error ? error.message : String(error)),
        ...(problem?.cause && { cause: problem.cause }),
        fix:
          outcome === undefined
            ? 'The earlier version runs again.'
            : `Going back failed as well: ${outcome}. Restore the backup that was made before the upgrade.`,
      },
      { cause: error },
    );
  }
}

const runs = (seen: OperatorObservation, version: string): boolean =>
  bare(seen.observedVersion) === bare(version) && bare(seen.targetVersion || version) === bare(version);
