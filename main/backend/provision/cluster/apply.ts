import type { Manifest } from '../../../../provisioning/plan.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { KubeClient } from '../../target/client.ts';
import { isNotFound, KubeError } from '../../target/kube-error.ts';
import type { Kind } from '../../target/kinds.ts';
import { pickList, pickText } from '../../target/pick.ts';
import { clusterKinds } from './cluster-kinds.ts';
import type { Discovery } from './discovery.ts';
import { passing, pause, persist } from './patience.ts';
import type { Pace } from './patience.ts';
import { monotonic } from '../../../contract/monotonic.ts';

export interface ApplyOptions {
  signal: AbortSignal;
  /** Owner of the fields; `ours` unless told. */
  manager?: string;
  /** Before each object, e.g. `Deployment kubevirt/virt-operator`, 3, 42. */
  onObject?: (object: string, number: number, total: number) => void;
}

/**
 * Owners of fields. An apply takes away what its owner once applied and names no more, so a few fields that are set on top of
 * somebody's manifest (one replica instead of two) need an owner of their own.
 */
export const managers = { manifests: 'hearth', ours: 'hearth-settings' } as const;

export const nameOf = ({ kind, metadata }: Manifest): string =>
  `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`;

// Namespaces and definitions before what needs them; else in the order of the file.
const rank = ({ kind }: Manifest): number => (kind === 'Namespace' ? 0 : kind === 'CustomResourceDefinition' ? 1 : 2);

/**
 * Server-side apply of all, taking over fields of others. A definition is waited for until it is
 * established; a kind that is not served yet until it is. What fails for a moment is tried again. Throws a Problem that
 * names the object, or an AbortError.
 */
export async function applyAll(
  client: KubeClient,
  discovery: Discovery,
  objects: readonly Manifest[],
  pace: Pace,
  { signal, onObject, manager = managers.ours }: ApplyOptions,
): Promise<void> {
  const ordered = [...objects].sort((one, other) => rank(one) - rank(other));
  for (const [index, object] of ordered.entries()) {
    signal.throwIfAborted();
    onObject?.(nameOf(object), index + 1, ordered.length);
    try {
      const kind = await served(discovery, object, pace, signal);
      await persist(() => put(client, kind, object, { signal, manager }), worthAnotherTry, pace, signal);
      if (object.kind === 'CustomResourceDefinition') await established(client, object.metadata.name, pace, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw refused(object, error);
    }
  }
}

async function put(
  client: KubeClient,
  kind: Kind,
  object: Manifest,
  { signal, manager }: { signal: AbortSignal; manager: string },
): Promise<void> {
  const namespace = kind.namespaced ? (object.metadata.namespace ?? 'default') : undefined;
  const body = { ...object, metadata: { ...object.metadata, ...(namespace && { namespace }) } };
  await client.patch(kind, { name: object.metadata.name, ...(namespace && { namespace }) }, body, {
    type: 'apply',
    fieldManager: manager,
    signal,
  });
}

// A namespace that was just made may not be known to every part of the API server yet.
const worthAnotherTry = (error: unknown): boolean =>
  passing(error) || (isNotFound(error) && error instanceof KubeError && /namespaces? "/.test(error.problem.detail));

async function served(discovery: Discovery, object: Manifest, pace: Pace, signal: AbortSignal): Promise<Kind> {
  const end = monotonic() + pace.limitMs;
  for (;;) {
    const kind = await persist(() => discovery.find(object, signal), passing, pace, signal);
    if (kind) return kind;
    if (monotonic() + pace.lookMs > end)
      throw new ProblemError({
        code: 'kind-not-served',
        title: 'The cluster does not know this kind',
        detail: `${object.apiVersion} ${object.kind} is not served.`,
        cause: 'The operator that brings it did not get far enough.',
      });
    await pause(pace.lookMs, signal);
  }
}

async function established(client: KubeClient, name: string, pace: Pace, signal: AbortSignal): Promise<void> {
  const end = monotonic() + pace.limitMs;
  for (;;) {
    const crd = await persist(() => client.get(clusterKinds.crds, undefined, name, signal), passing, pace, signal);
    const conditions = pickList(crd, 'status', 'conditions');
    if (conditions.some((each) => each['type'] === 'Established' && each['status'] === 'True')) return;
    const refusal = conditions.find((each) => each['type'] === 'NamesAccepted' && each['status'] === 'False');
    if (refusal || monotonic() + pace.lookMs > end)
      throw new ProblemError({
        code: 'kind-not-established',
        title: 'The cluster does not take a new kind',
        detail: `${name}: ${pickText(refusal, 'message') ?? 'it is not established in time.'}`,
      });
    await pause(pace.lookMs, signal);
  }
}

function refused(object: Manifest, error: unknown): unknown {
  if (!(error instanceof ProblemError)) return error;
  const { problem } = error;
  return new ProblemError(
    {
      ...problem,
      code: problem.kind === 'denied' ? problem.code : 'cluster-apply-failed',
      title: `${nameOf(object)} could not be applied`,
      detail: problem.detail,
      ...(problem.cause !== undefined && { cause: problem.cause }),
      fix: problem.fix ?? 'Run it again: what is there already is left as it is.',
    },
    { cause: error },
  );
}
