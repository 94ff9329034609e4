import { exportSpec } from '../../export/words.ts';
import { durationMs } from '../../kube/quantity.ts';
import type { StatusCause } from '../../kube/status-error.ts';
import { denied } from '../field-error.ts';
import { same } from '../rules.ts';
import type { Rules } from '../rules.ts';
import { invalidCause, requiredCause } from '../vm/shapes.ts';

const webhook = 'virtualmachineexport-validator.export.kubevirt.io';
const groups: Readonly<Record<string, string>> = {
  PersistentVolumeClaim: '',
  VirtualMachine: 'kubevirt.io',
  VirtualMachineSnapshot: 'snapshot.kubevirt.io',
};

/** KubeVirt, pkg/storage/admitters/vmexport.go. */
export const exportRules: Rules = {
  validate(object, old) {
    if (old) {
      if (!same(object.spec, old.spec))
        throw denied(webhook, [invalidCause('spec', 'spec in immutable after creation')]);
      return;
    }
    const { source, ttlDuration } = exportSpec(object);
    const causes: StatusCause[] = [];
    const group = groups[source.kind];
    if (group === undefined) causes.push(invalidCause('spec.source.kind', 'invalid kind'));
    else if ((source.apiGroup ?? '') !== group) causes.push(invalidCause('spec.source.apiGroup', 'invalid apiGroup'));
    if (!source.name) causes.push(requiredCause('spec.source.name', 'Name must not be empty'));
    if (ttlDuration !== undefined && (durationMs(ttlDuration) ?? -1) < 0)
      causes.push(invalidCause('spec.ttlDuration', `${ttlDuration} is no duration, e.g. 2h`));
    if (causes.length > 0) throw denied(webhook, causes);
  },
};
