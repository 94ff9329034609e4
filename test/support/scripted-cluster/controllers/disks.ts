import type { KubeObject } from '../../../../main/contract/kube.ts';
import { pick, pickList, pickText, pickTexts } from '../../../../main/backend/target/pick.ts';
import { condition, on, ownerOf, statusOf } from '../cluster.ts';
import type { Inner } from '../cluster.ts';
import type { Change } from '../store.ts';

const prePopulated = 'cdi.kubevirt.io/storage.prePopulated';
const immediate = 'cdi.kubevirt.io/storage.bind.immediate.requested';

/**
 * What CDI's controllers do to a DataVolume: a claim of its name, then the phases of its source (CDI 1.66
 * pkg/controller/datavolume). Uploads wait in UploadReady until `uploaded` is called; a late-binding class waits for a
 * consumer unless the annotation asks not to.
 */
export function disks(inner: Inner) {
  const { store } = inner;
  const phase = (volume: KubeObject, to: string, progress?: string): void =>
    store.mutate(on.dataVolumes, volume.metadata.namespace, volume.metadata.name ?? '', (draft) => {
      const status = statusOf(draft);
      status['phase'] = to;
      status['claimName'] = draft.metadata.name;
      if (progress) status['progress'] = progress;
      const done = to === 'Succeeded';
      condition(draft, 'Ready', done);
      condition(draft, 'Bound', !['Pending', 'WaitForFirstConsumer', 'PendingPopulation'].includes(to));
      condition(draft, 'Running', to.endsWith('InProgress'), done ? 'Completed' : '', done ? 'Import Complete' : '');
    });
  const walk = (volume: KubeObject, steps: readonly [string, string?][], done?: () => void): void => {
    const [first, ...rest] = steps;
    if (!first) return done?.();
    inner.after(() => {
      if (!store.get(on.dataVolumes, volume.metadata.namespace, volume.metadata.name ?? '')) return;
      phase(volume, ...first);
      walk(volume, rest, done);
    });
  };
  const bind = (volume: KubeObject): void => {
    const { namespace, name = '' } = volume.metadata;
    const capacity = pick(volume, 'spec', 'storage', 'resources', 'requests', 'storage') ?? pick(volume, 'spec', 'pvc', 'resources', 'requests', 'storage'); // prettier-ignore
    store.mutate(on.claims, namespace, name, (draft) => {
      draft.status = {
        phase: 'Bound',
        accessModes: pickTexts(draft, 'spec', 'accessModes'),
        capacity: { storage: capacity },
      };
      (draft.spec as Record<string, unknown>)['volumeName'] = `pvc-${draft.metadata.uid}`;
    });
  };

  function fill(volume: KubeObject): void {
    bind(volume);
    const { namespace } = volume.metadata;
    const source = (pick(volume, 'spec', 'source') ?? {}) as Record<string, unknown>;
    const finished = (): void => undefined;
    if ('upload' in source) return walk(volume, [['UploadScheduled'], ['UploadReady']], finished);
    if ('blank' in source)
      return walk(
        volume,
        [
          ['ImportInProgress', 'N/A'],
          ['Succeeded', '100.0%'],
        ],
        finished,
      );
    if ('pvc' in source || 'snapshot' in source || pick(volume, 'spec', 'sourceRef')) {
      const ref = pick(volume, 'spec', 'sourceRef');
      const from = ref
        ? pick(store.get(on.dataSources, pickText(ref, 'namespace') ?? namespace, pickText(ref, 'name') ?? ''), 'spec', 'source', 'pvc')
        : source['pvc']; // prettier-ignore
      const claim = store.get(on.claims, pickText(from, 'namespace') ?? namespace, pickText(from, 'name') ?? '');
      if (from && !claim) {
        inner.event(volume, 'Warning', 'CloneSourceNotFound', `The source pvc ${pickText(from, 'name')} doesn't exist`);
        return phase(volume, 'CloneScheduled', 'N/A');
      }
      return walk(
        volume,
        [
          ['CloneScheduled', 'N/A'],
          ['CloneInProgress', '40.00%'],
          ['Succeeded', '100.0%'],
        ],
        finished,
      );
    }
    const url = pickText(source, 'http', 'url') ?? pickText(source, 'registry', 'url') ?? '';
    const failure = inner.failingImports.get(url);
    if (failure !== undefined)
      return walk(
        volume,
        [
          ['ImportScheduled', 'N/A'],
          ['ImportInProgress', 'N/A'],
        ],
        () => {
          store.mutate(on.dataVolumes, namespace, volume.metadata.name ?? '', (draft) => {
            condition(draft, 'Running', false, 'Error', failure);
            statusOf(draft)['restartCount'] = 3;
          });
          inner.event(volume, 'Warning', 'Error', failure);
        },
      );
    walk(volume, [['ImportScheduled', 'N/A'], ['ImportInProgress', '12.50%'], ['ImportInProgress', '71.20%'], ['Succeeded', '100.0%']], finished); // prettier-ignore
  }

  /** Whether a machine instance wants this claim: the first consumer. */
  const consumed = ({ metadata }: KubeObject): boolean =>
    store
      .list(on.instances, metadata.namespace)
      .some((vmi) =>
        pickList(vmi, 'spec', 'volumes').some(
          (each) =>
            pickText(each, 'dataVolume', 'name') === metadata.name ||
            pickText(each, 'persistentVolumeClaim', 'claimName') === metadata.name,
        ),
      );

  function added(volume: KubeObject): void {
    const { namespace, name = '' } = volume.metadata;
    const asked = (pick(volume, 'spec', 'storage') ?? pick(volume, 'spec', 'pvc') ?? {}) as Record<string, unknown>;
    const storageClass =
      pickText(asked, 'storageClassName') ??
      // CDI looks for a default of its own first (pkg/controller/common: GetStorageClassByNameWithVirtFallback).
      ['storageclass.kubevirt.io/is-default-virt-class', 'storageclass.kubernetes.io/is-default-class']
        .map((mark) => store.list(on.classes).find(({ metadata }) => metadata.annotations?.[mark] === 'true')?.metadata.name)
        .find(Boolean); // prettier-ignore
    const profile = store.get(on.profiles, undefined, storageClass ?? '');
    const [set] = pickList(profile, 'status', 'claimPropertySets');
    const accessModes = pickTexts(asked, 'accessModes').length > 0 ? pickTexts(asked, 'accessModes') : pickTexts(set, 'accessModes'); // prettier-ignore
    if (accessModes.length === 0) {
      phase(volume, 'Pending', 'N/A');
      inner.event(volume, 'Warning', 'ErrClaimNotValid', `PVC spec is missing accessMode and volumeMode, cannot get access mode from StorageProfile ${storageClass}`); // prettier-ignore
      return;
    }
    const claim = store.get(on.claims, namespace, name);
    if (!claim)
      store.create(on.claims, {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name, ...(namespace && { namespace }), ownerReferences: [ownerOf(volume)] },
        spec: { accessModes, resources: asked['resources'], storageClassName: storageClass, volumeMode: pickText(asked, 'volumeMode') ?? pickText(set, 'volumeMode') ?? 'Filesystem' },
        status: { phase: 'Pending' },
      }); // prettier-ignore
    // Its claim was filled by somebody else: a restore.
    if (volume.metadata.annotations?.[prePopulated] !== undefined) return phase(volume, 'Succeeded', '100.0%');
    const late = inner.lateBinding && volume.metadata.annotations?.[immediate] === undefined;
    if (late && !consumed(volume)) phase(volume, 'WaitForFirstConsumer', 'N/A');
    else fill(volume);
  }
  return {
    changed({ type, served, object }: Change): void {
      if (served === on.dataVolumes && type === 'ADDED') inner.after(() => added(object));
      if (served === on.instances && type === 'ADDED')
        inner.after(() => {
          for (const volume of store.list(on.dataVolumes, object.metadata.namespace))
            if (pickText(volume, 'status', 'phase') === 'WaitForFirstConsumer' && consumed(volume)) fill(volume);
        });
      // A claim that is asked to grow does, where its class lets it (external-resizer).
      if (served === on.claims && type === 'MODIFIED') {
        const wanted = pickText(object, 'spec', 'resources', 'requests', 'storage');
        if (wanted && pickText(object, 'status', 'phase') === 'Bound' && pickText(object, 'status', 'capacity', 'storage') !== wanted)
          inner.after(() =>
            store.mutate(on.claims, object.metadata.namespace, object.metadata.name ?? '', (draft) => {
              statusOf(draft)['capacity'] = { storage: wanted };
            }),
          ); // prettier-ignore
      }
    },
    /** The bytes of an upload are in: CDI converts, then it is done. */
    uploaded(namespace: string, name: string): void {
      const volume = store.must(on.dataVolumes, namespace, name);
      walk(volume, [['Succeeded', '100.0%']]);
    },
  };
}
