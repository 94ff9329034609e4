import { storageClasses } from '../../kube/resources.ts';
import { forbidden, invalidObject, required, wrong } from '../field-error.ts';
import type { FieldError } from '../field-error.ts';
import { same } from '../rules.ts';
import type { Rules } from '../rules.ts';

/** The one thing that makes volumes here: qcow2 files. */
export const provisioner = 'hearth.dev/qcow2';

export const storageClassRules: Rules = {
  validate(object, old) {
    const errors: FieldError[] = [];
    if (!object['provisioner']) errors.push(required('provisioner'));
    else if (!old && object['provisioner'] !== provisioner) {
      errors.push(forbidden('provisioner', `only ${provisioner} makes volumes here`));
    }
    if (object['allowedTopologies'])
      errors.push(forbidden('allowedTopologies', 'this is one computer; remove the field'));
    if (old) {
      for (const field of ['parameters', 'provisioner', 'reclaimPolicy'] as const) {
        if (!same(object[field], old[field])) errors.push(forbidden(field, `updates to ${field} are forbidden.`));
      }
      if (object['volumeBindingMode'] !== old['volumeBindingMode']) {
        errors.push(wrong('volumeBindingMode', object['volumeBindingMode'], 'field is immutable'));
      }
    }
    if (errors.length > 0) throw invalidObject(storageClasses, object.metadata.name ?? '', errors);
  },
};
