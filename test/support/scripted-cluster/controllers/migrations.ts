import type { KubeObject } from '../../../../main/contract/kube.ts';
import { pick, pickText } from '../../../../main/backend/target/pick.ts';
import { now, on, statusOf } from '../cluster.ts';
import type { Inner } from '../cluster.ts';
import type { Change } from '../store.ts';

const phases = ['Pending', 'Scheduling', 'Scheduled', 'PreparingTarget', 'TargetReady', 'Running', 'Succeeded'];

/** The phases of a live migration, and what the instance tells of it. Deleting the object calls it off. */
export function migrations(inner: Inner) {
  const { store } = inner;
  function go(object: KubeObject, at: number): void {
    const { namespace, name = '', uid } = object.metadata;
    inner.after(() => {
      const phase = phases[at];
      if (!phase || !store.get(on.migrations, namespace, name)) return;
      const vmiName = pickText(object, 'spec', 'vmiName') ?? '';
      const vmi = store.get(on.instances, namespace, vmiName);
      const source = pickText(vmi, 'status', 'nodeName');
      const others = store
        .list(on.nodes)
        .filter((node) => node.metadata.name !== source && pick(node, 'spec', 'unschedulable') !== true);
      const done = phase === 'Succeeded';
      const failure = inner.failingMigrations.get(vmiName);
      if (done && failure !== undefined) return fail(object, vmiName, failure);
      if (phase === 'Scheduled' && others.length === 0) return; // its Pod stays Pending: nowhere to go
      if (phase === 'Running' || done)
        store.mutate(on.instances, namespace, vmiName, (draft) => {
          const target = others[0]?.metadata.name ?? '';
          const state = (pick(draft, 'status', 'migrationState') ?? {}) as Record<string, unknown>;
          statusOf(draft)['migrationState'] = {
            startTimestamp: now(),
            ...state,
            migrationUid: uid,
            sourceNode: done ? state['sourceNode'] : source,
            targetNode: done ? state['targetNode'] : target,
            mode: 'PreCopy',
            ...(done && { completed: true, endTimestamp: now() }),
          };
          if (done) statusOf(draft)['nodeName'] = state['targetNode'];
        });
      store.mutate(on.migrations, namespace, name, (draft) => {
        statusOf(draft)['phase'] = phase;
        statusOf(draft)['phaseTransitionTimestamps'] = [{ phase, phaseTransitionTimestamp: now() }];
      });
      go(object, at + 1);
    });
  }
  /** virt-handler gave it up: the instance goes on where it is. */
  function fail({ metadata: { namespace, name = '' } }: KubeObject, vmiName: string, failureReason: string): void {
    store.mutate(on.instances, namespace, vmiName, (draft) => {
      const state = (pick(draft, 'status', 'migrationState') ?? {}) as Record<string, unknown>;
      statusOf(draft)['migrationState'] = {
        ...state,
        completed: true,
        failed: true,
        failureReason,
        endTimestamp: now(),
      };
    });
    store.mutate(on.migrations, namespace, name, (draft) => {
      Object.assign(statusOf(draft), { phase: 'Failed', migrationState: pick(store.get(on.instances, namespace, vmiName), 'status', 'migrationState') }); // prettier-ignore
    });
  }
  return {
    changed({ type, served, object }: Change): void {
      if (served !== on.migrations) return;
      if (type === 'ADDED') go(object, 0);
      if (type === 'DELETED' && pickText(object, 'status', 'phase') !== 'Succeeded')
        store.mutate(on.instances, object.metadata.namespace, pickText(object, 'spec', 'vmiName') ?? '', (draft) => {
          const state = pick(draft, 'status', 'migrationState') as Record<string, unknown> | undefined;
          if (state?.['migrationUid'] === object.metadata.uid)
            statusOf(draft)['migrationState'] = { ...state, completed: true, failed: true, abortStatus: 'Succeeded', endTimestamp: now() };
        }); // prettier-ignore
    },
  };
}
