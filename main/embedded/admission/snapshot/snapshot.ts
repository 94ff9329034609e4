import type { KubeObject } from '../../kube/object.ts';
import { durationMs } from '../../kube/quantity.ts';
import { virtualMachineSnapshots, volumeSnapshots } from '../../kube/resources.ts';
import type { StatusCause } from '../../kube/status-error.ts';
import { denied, forbidden, invalidObject, required, wrong } from '../field-error.ts';
import type { FieldError } from '../field-error.ts';
import { same } from '../rules.ts';
import type { Rules } from '../rules.ts';
import { invalidCause, notFoundCause } from '../vm/shapes.ts';

interface Reference {
  apiGroup?: string | null;
  kind?: string;
  name?: string;
}

/** A reference to a VirtualMachine, as KubeVirt's webhooks check it. */
export function machineReferenceCauses(reference: Reference, field: string): StatusCause[] {
  if (reference.apiGroup === undefined || reference.apiGroup === null)
    return [notFoundCause(`${field}.apiGroup`, 'missing apiGroup')];
  if (reference.apiGroup !== 'kubevirt.io') return [invalidCause(`${field}.apiGroup`, 'invalid apiGroup')];
  return reference.kind === 'VirtualMachine' ? [] : [invalidCause(`${field}.kind`, 'invalid kind')];
}

/** KubeVirt's spelling. */
export const immutable = (): StatusCause => invalidCause('spec', 'spec in immutable after creation');

/** KubeVirt, pkg/storage/admitters/vmsnapshot.go. */
export const snapshotRules: Rules = {
  mutate(draft: KubeObject, old) {
    if (!old && draft.spec) draft.spec['failureDeadline'] ??= '5m0s';
  },
  validate(object, old) {
    const webhook = 'virtualmachinesnapshot-validator.snapshot.kubevirt.io';
    if (old) {
      if (!same(object.spec, old.spec)) throw denied(webhook, [immutable()]);
      return;
    }
    const causes = machineReferenceCauses(object.spec?.['source'] ?? {}, 'spec.source');
    if (causes.length > 0) throw denied(webhook, causes);
    const deadline = object.spec?.['failureDeadline'];
    const policy = object.spec?.['deletionPolicy'];
    const errors: FieldError[] = [];
    // KubeVirt keeps what Go cannot read as a duration from coming this far, and any policy: one it does not know retains.
    if (typeof deadline === 'string' && (durationMs(deadline) ?? -1) < 0)
      errors.push(wrong('spec.failureDeadline', deadline, 'is no duration, e.g. 5m0s'));
    if (policy !== undefined && policy !== 'Delete' && policy !== 'Retain')
      errors.push(wrong('spec.deletionPolicy', policy, 'is neither Delete nor Retain'));
    if (errors.length > 0) throw invalidObject(virtualMachineSnapshots, object.metadata.name ?? '', errors);
  },
};

/** A snapshot of one claim. */
export const volumeSnapshotRules: Rules = {
  validate(object, old) {
    const name = object.metadata.name ?? '';
    if (old) {
      if (!same(object.spec, old.spec))
        throw invalidObject(volumeSnapshots, name, [forbidden('spec', 'spec is immutable after creation')]);
      return;
    }
    const source = (object.spec?.['source'] ?? {}) as Record<string, unknown>;
    const errors: FieldError[] = [];
    if (source['volumeSnapshotContentName'] !== undefined)
      errors.push(
        forbidden('spec.source.volumeSnapshotContentName', 'snapshots are made here, not brought in; name a claim'),
      );
    else if (!source['persistentVolumeClaimName']) errors.push(required('spec.source.persistentVolumeClaimName'));
    if (errors.length > 0) throw invalidObject(volumeSnapshots, name, errors);
  },
};
