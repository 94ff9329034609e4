import { virtualMachineInstances } from '../../kube/resources.ts';
import { denied, invalidObject } from '../field-error.ts';
import { same } from '../rules.ts';
import type { Rules } from '../rules.ts';
import { unsupportedFields } from '../unsupported.ts';
import { setDevices, setInstanceDefaults } from './defaults.ts';
import { noMemoryCauses } from './domain.ts';
import { unsupportedCause, vmiSpecOf } from './shapes.ts';
import { instanceSpecCauses, reservedLabelCauses } from './spec.ts';

const onCreate = 'virtualmachineinstances-create-validator.kubevirt.io';
const onUpdate = 'virtualmachineinstances-update-validator.kubevirt.io';

const ownLabels = (labels: Readonly<Record<string, string>> | undefined): object =>
  Object.fromEntries(Object.entries(labels ?? {}).filter(([label]) => label.startsWith('kubevirt.io/')));

/** Instances that users make themselves; those of a VirtualMachine come from its controller. */
export const instanceRules: Rules = {
  mutate(draft, old, { config }) {
    if (old) return;
    setDevices(vmiSpecOf(draft));
    setInstanceDefaults(vmiSpecOf(draft), config);
  },
  validate(object, old, { config, warnings }) {
    if (object.metadata.deletionTimestamp) return;
    if (old) {
      if (!same(object.spec, old.spec))
        throw denied(onUpdate, [unsupportedCause('', 'update of VMI object is restricted')]);
      if (!same(ownLabels(object.metadata.labels), ownLabels(old.metadata.labels))) {
        const message = 'modification of the following reserved kubevirt.io/ labels on a VMI object is prohibited';
        throw denied(onUpdate, [unsupportedCause('metadata.labels', message)]);
      }
      return;
    }
    const spec = vmiSpecOf(object);
    const causes = [
      ...instanceSpecCauses(spec, 'spec', config),
      ...noMemoryCauses(spec, 'spec'),
      ...reservedLabelCauses(object.metadata.labels, 'metadata'),
    ];
    if (causes.length > 0) throw denied(onCreate, causes);
    const findings = unsupportedFields('instance', spec, 'spec');
    if (findings.errors.length > 0) {
      throw invalidObject(virtualMachineInstances, object.metadata.name ?? '', findings.errors);
    }
    warnings.push(...findings.warnings);
  },
};
