import type { Store } from '../../store/store.ts';
import type { KubeObject, Stored } from '../../kube/object.ts';
import { apiVersionOf, dataVolumes, persistentVolumeClaims } from '../../kube/resources.ts';
import { ownedBy, vmSpec } from '../spec.ts';
import type { StatusFacts } from './printable.ts';

/** Makes the DataVolumes of a machine's templates that do not exist yet; they go with the machine. Returns their names. */
export function createDataVolumes(store: Store, vm: Stored): string[] {
  const { namespace = '', uid } = vm.metadata;
  const created: string[] = [];
  for (const template of vmSpec(vm).dataVolumeTemplates ?? []) {
    const wanted = template.metadata as KubeObject['metadata'];
    if (!wanted.name || store.get(dataVolumes, namespace, wanted.name)) continue;
    // A claim that outlived its DataVolume is ready as it is; one that goes with it makes room for a new one first.
    if (store.get(persistentVolumeClaims, namespace, wanted.name)) continue;
    store.create(dataVolumes, {
      apiVersion: apiVersionOf(dataVolumes),
      kind: dataVolumes.kind,
      metadata: {
        name: wanted.name,
        namespace,
        labels: { ...wanted.labels, 'kubevirt.io/created-by': uid },
        ...(wanted.annotations ? { annotations: wanted.annotations } : {}),
        ownerReferences: [ownedBy(vm)],
      },
      spec: structuredClone(template.spec) as unknown as Record<string, unknown>,
    });
    created.push(wanted.name);
  }
  return created;
}

/** Phases in which an instance may come: the disk is there, or will be once someone uses it. */
const usable = ['Succeeded', 'WaitForFirstConsumer', 'PendingPopulation'];

type NamedPhase = { name: string; phase: string; dv: Stored | undefined };

/** How far the DataVolumes are that the machine's volumes and templates name. */
export function dataVolumeState(store: Store, vm: Stored): { state: StatusFacts['dataVolumes']; message?: string } {
  const spec = vmSpec(vm);
  const templates = (spec.dataVolumeTemplates ?? []).map(({ metadata }) => (metadata as { name?: string }).name ?? '');
  const volumes = (spec.template.spec?.volumes ?? []).flatMap(({ dataVolume }) =>
    dataVolume ? [dataVolume.name] : [],
  );
  const phases = [...new Set([...templates, ...volumes])].flatMap((name): NamedPhase[] => {
    const dv = store.get(dataVolumes, vm.metadata.namespace, name);
    if (dv) return [{ name, phase: (dv.status?.['phase'] as string | undefined) ?? '', dv }];
    const claim = store.get(persistentVolumeClaims, vm.metadata.namespace, name);
    const claimed = claim !== undefined && claim.metadata.deletionTimestamp === undefined;
    return claimed || !templates.includes(name) ? [] : [{ name, phase: '', dv: undefined }];
  });
  const failed = phases.find(({ phase, dv }) => phase === 'Failed' || (dv && runningError(dv)));
  if (failed) {
    const why = failed.dv && runningError(failed.dv);
    return { state: 'failed', message: `DataVolume ${failed.name} failed${why ? `: ${why}` : ''}` };
  }
  if (phases.some(({ phase }) => !usable.includes(phase))) return { state: 'provisioning' };
  return { state: phases.some(({ phase }) => phase !== 'Succeeded') ? 'waitingForBinding' : 'ready' };
}

function runningError(dv: Stored): string | undefined {
  const conditions = (dv.status?.['conditions'] ?? []) as {
    type: string;
    status: string;
    reason?: string;
    message?: string;
  }[];
  const running = conditions.find(({ type }) => type === 'Running');
  const failed = dv.status?.['phase'] === 'Failed' || ['Error', 'ImagePullFailed'].includes(running?.reason ?? '');
  return running?.status === 'False' && failed ? running.message || running.reason : undefined;
}
