import type { KubeObject } from '../../kube/object.ts';
import {
  virtualMachineRestores,
  virtualMachines,
  virtualMachineSnapshotContents,
  virtualMachineSnapshots,
} from '../../kube/resources.ts';
import type { StatusCause } from '../../kube/status-error.ts';
import { StatusError } from '../../kube/status-error.ts';
import { denied } from '../field-error.ts';
import { same } from '../rules.ts';
import type { RuleContext, Rules } from '../rules.ts';
import { invalidCause, requiredCause } from '../vm/shapes.ts';
import { immutable, machineReferenceCauses } from './snapshot.ts';

interface RestoreSpec {
  target: { apiGroup?: string | null; kind: string; name: string };
  virtualMachineSnapshotName: string;
  patches?: string[];
  volumeRestoreOverrides?: { volumeName?: string; restoreName?: string; labels?: object; annotations?: object }[];
  volumeRestorePolicy?: string;
  volumeOwnershipPolicy?: string;
}
const webhook = 'virtualmachinerestore-validator.snapshot.kubevirt.io';
const specOf = (object: Pick<KubeObject, 'spec'>): RestoreSpec => object.spec as unknown as RestoreSpec;

/** KubeVirt, pkg/storage/admitters/vmrestore.go. */
export const restoreRules: Rules = {
  mutate(draft, old) {
    if (!old && draft.spec) draft.spec['targetReadinessPolicy'] ??= 'WaitGracePeriod';
  },
  validate(object, old, context) {
    if (old) {
      if (!same(object.spec, old.spec)) throw denied(webhook, [immutable()]);
      return;
    }
    const spec = specOf(object);
    const wrongTarget = machineReferenceCauses(spec.target, 'spec.target');
    const causes = [
      ...wrongTarget,
      ...(wrongTarget.length === 0
        ? [...patchCauses(spec.patches ?? []), ...overrideCauses(spec), ...policyCauses(spec)]
        : []),
      ...inProgressCauses(object, context),
    ];
    if (causes.length > 0) throw denied(webhook, causes);
    if (wrongTarget.length === 0) requireContent(object, context);
  },
};

function patchCauses(patches: readonly string[]): StatusCause[] {
  return patches.flatMap((patch) => {
    const paths = [...patch.matchAll(/"path"\s*:\s*"([^"]*)"/g)].map(([, path = '']) => path);
    return paths
      .filter((path) => !/^\/(metadata\/(labels|annotations)|spec)\//.test(path))
      .map((path) =>
        invalidCause('spec.patches', `patching is valid only for elements under /spec/ only: "path": "${path}"`),
      );
  });
}

function overrideCauses(spec: RestoreSpec): StatusCause[] {
  return (spec.volumeRestoreOverrides ?? []).flatMap((override, index) => {
    const field = `spec.volumeRestoreOverrides[${index}]`;
    const causes: StatusCause[] = [];
    if (!override.volumeName) causes.push(requiredCause(`${field}.volumeName`, 'must provide a volume name'));
    if (!override.restoreName && !override.annotations && !override.labels)
      causes.push(requiredCause(field, 'must provide at least one overriden field'));
    return causes;
  });
}

function policyCauses({ volumeRestorePolicy: restore, volumeOwnershipPolicy: owner }: RestoreSpec): StatusCause[] {
  const causes: StatusCause[] = [];
  if (restore !== undefined && !['RandomizeNames', 'InPlace', 'PrefixTargetName'].includes(restore))
    causes.push(invalidCause('spec.volumeRestorePolicy', `volume restore policy "${restore}" doesn't exist`));
  if (owner !== undefined && !['Vm', 'None'].includes(owner))
    causes.push(invalidCause('spec.volumeOwnershipPolicy', `volume ownership policy "${owner}" doesn't exist`));
  return causes;
}

/** As in KubeVirt also one that failed counts, until it is deleted. */
function inProgressCauses(object: KubeObject, { store }: RuleContext): StatusCause[] {
  return store
    .list(virtualMachineRestores, object.metadata.namespace)
    .filter((other) => same(specOf(other).target, specOf(object).target) && other.status?.['complete'] !== true)
    .map((other) => invalidCause('spec.target', `VirtualMachineRestore "${other.metadata.name}" in progress`));
}

/** Another machine than the snapshot's can be made only of a content that is there. */
function requireContent(object: KubeObject, { store }: RuleContext): void {
  const spec = specOf(object);
  const { namespace } = object.metadata;
  const snapshot = store.get(virtualMachineSnapshots, namespace, spec.virtualMachineSnapshotName);
  if (!snapshot) return;
  const target = store.get(virtualMachines, namespace, spec.target.name);
  if (target && target.metadata.uid === snapshot.status?.['sourceUID']) return;
  const name = snapshot.status?.['virtualMachineSnapshotContentName'];
  const refuse = (why: string): StatusError =>
    new StatusError(400, 'BadRequest', `admission webhook "${webhook}" denied the request: ${why}`);
  if (typeof name !== 'string') throw refuse('snapshot content name is nil in vmSnapshot status');
  if (!store.get(virtualMachineSnapshotContents, namespace, name))
    throw refuse(`virtualmachinesnapshotcontents.snapshot.kubevirt.io "${name}" not found`);
}
