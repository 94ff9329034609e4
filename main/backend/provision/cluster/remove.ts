import { removalOrder } from '../../../../provisioning/manifests/removal.ts';
import type { Removal } from '../../../../provisioning/manifests/removal.ts';
import type { KubeObject } from '../../../contract/kube.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { KubeClient } from '../../target/client.ts';
import { isNotFound } from '../../target/kube-error.ts';
import type { Kind } from '../../target/kinds.ts';
import { allOf, maybe } from './observe-cluster.ts';
import { passing, pause, persist } from './patience.ts';
import type { Pace } from './patience.ts';
import { monotonic } from '../../../contract/monotonic.ts';

export interface RemoveOptions {
  signal: AbortSignal;
  onStep: (title: string, detail: string) => void;
  /** Seconds each removal may take, instead of its own. */
  graceSeconds?: number;
}

/**
 * Takes machines, disks, KubeVirt and CDI away, in the order that lets each clean up after itself. What hangs because its
 * operator is gone loses its finalizers. The caller has asked the person before. Throws a Problem that names what stays.
 */
export async function removeCluster(client: KubeClient, pace: Pace, options: RemoveOptions): Promise<void> {
  for (const removal of removalOrder)
    try {
      await removeOne(client, removal, pace, options);
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof ProblemError)) throw error;
      throw new ProblemError({ ...error.problem, title: `${removal.title} could not be removed` }, { cause: error });
    }
}

async function removeOne(client: KubeClient, removal: Removal, pace: Pace, options: RemoveOptions): Promise<void> {
  const { signal, onStep } = options;
  const { group, version, plural, name, namespace, title } = removal;
  const kind: Kind = { group, version, kind: plural, plural, namespaced: namespace !== undefined };
  const there = async (): Promise<KubeObject[]> => {
    if (name === undefined) return allOf(client, kind, signal);
    const object = await maybe(client, kind, namespace, name, signal);
    return object ? [object] : [];
  };
  const look = () => persist(there, passing, pace, signal);
  let left = await look();
  if (left.length === 0) return;
  onStep(title, left.length === 1 ? 'Deleting' : `Deleting ${left.length}`);
  const end = monotonic() + (options.graceSeconds ?? removal.graceSeconds) * 1000;
  const refOf = ({ metadata }: KubeObject) => ({
    name: metadata.name ?? '',
    ...(metadata.namespace && { namespace: metadata.namespace }),
  });
  const addressed = ({ metadata }: KubeObject): Kind => ({ ...kind, namespaced: metadata.namespace !== undefined });
  let forced = false;
  for (;;) {
    for (const object of left) {
      if (object.metadata.deletionTimestamp) continue;
      await gone(persist(() => client.delete(addressed(object), refOf(object)), passing, pace, signal));
    }
    left = await look();
    if (left.length === 0) return;
    if (monotonic() > end) {
      // The finalizers of a namespace are its own content, which must not be lost sight of.
      if (forced || plural === 'namespaces') throw stays(left);
      forced = true;
      onStep(title, 'Does not go by itself: its finalizers are taken away');
      for (const object of left)
        await gone(
          persist(
            () => client.patch(addressed(object), refOf(object), { metadata: { finalizers: null } }, { signal }),
            passing,
            pace,
            signal,
          ),
        );
    }
    await pause(pace.lookMs, signal);
  }
}

async function gone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

const stays = (left: readonly KubeObject[]): ProblemError =>
  new ProblemError({
    code: 'removal-stuck',
    title: 'Something could not be removed',
    detail: left
      .map(({ metadata }) => `${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`)
      .join(', '),
    cause: 'Something in the cluster holds it.',
    fix: 'Uninstall without it: the removal of k3s takes everything along.',
  });
