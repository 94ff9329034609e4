import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../kube/object.ts';
import { virtualMachines } from '../../kube/resources.ts';
import { StatusError } from '../../kube/status-error.ts';
import type { StatusCause } from '../../kube/status-error.ts';
import { denied, invalidObject } from '../field-error.ts';
import type { FieldError } from '../field-error.ts';
import { expand } from '../instancetype.ts';
import { findPreference } from '../instancetype/find.ts';
import { inferMatchers } from '../instancetype/infer.ts';
import { validateLabels } from '../metadata.ts';
import { same } from '../rules.ts';
import type { RuleContext, Rules } from '../rules.ts';
import { prune, validate as validateSchema } from '../structural.ts';
import { unsupportedFields } from '../unsupported.ts';
import { dataVolumeTemplateCauses } from './data-volume-templates.ts';
import { architectureOf, defaultMachineType } from './defaults.ts';
import { noMemoryCauses } from './domain.ts';
import { memoryHotplugCauses } from './hotplug.ts';
import { invalidCause, notFoundCause, requiredCause, vmSpecOf } from './shapes.ts';
import type { PreferenceSpec, VmSpec } from './shapes.ts';
import { instanceSpecCauses, reservedLabelCauses } from './spec.ts';
import { storageStatusCauses } from './storage-status.ts';

const validator = 'virtualmachine-validator.kubevirt.io';
const mutator = 'virtualmachines-mutator.kubevirt.io';
const strategies = ['Halted', 'Manual', 'Always', 'RerunOnFailure', 'Once', 'WaitAsReceiver'];
const at = 'spec.template.spec';

const matcherCauses = (spec: VmSpec, old: VmSpec | undefined): StatusCause[] => {
  const causes: StatusCause[] = [];
  for (const what of ['instancetype', 'preference'] as const) {
    const matcher = spec[what];
    if (!matcher) continue;
    const title = what === 'instancetype' ? 'Instancetype' : 'Preference';
    const field = `spec.${what}`;
    const before = old?.[what];
    if (before?.revisionName && before.name !== matcher.name && before.revisionName === matcher.revisionName) {
      const message = 'the Matcher Name has been updated without updating the RevisionName';
      causes.push(invalidCause(`${field}.revisionName`, message));
    }
    if (!matcher.name && !matcher.inferFromVolume) {
      const message = `Either Name or InferFromVolume should be provided within the ${title}Matcher`;
      causes.push(notFoundCause(field, message));
    }
    if (matcher.inferFromVolume && matcher.name) {
      causes.push(notFoundCause(`${field}.name`, 'Name already set, should be cleared before setting inferFromVolume'));
    }
    if (matcher.inferFromVolume && matcher.kind) {
      causes.push(notFoundCause(`${field}.kind`, 'Kind already set, should be cleared before setting inferFromVolume'));
    }
    const policy = matcher.inferFromVolumeFailurePolicy;
    if (policy && policy !== 'Ignore' && policy !== 'Reject') {
      const message = `Invalid value '${policy}' for InferFromVolumeFailurePolicy`;
      causes.push(invalidCause(`${field}.inferFromVolumeFailurePolicy`, message));
    }
  }
  return causes;
};

const runStrategyCauses = ({ running, runStrategy }: VmSpec): StatusCause[] => {
  const causes: StatusCause[] = [];
  if (running !== undefined && runStrategy !== undefined) {
    const message =
      'Running and RunStrategy are mutually exclusive. Note that Running is deprecated, please use RunStrategy instead';
    causes.push(invalidCause('spec.running', message));
  }
  if (running === undefined && runStrategy === undefined) {
    causes.push(invalidCause('spec.running', 'RunStrategy must be specified'));
  }
  if (runStrategy !== undefined && !strategies.includes(runStrategy)) {
    causes.push(invalidCause('spec.runStrategy', `Invalid RunStrategy (${runStrategy})`));
  }
  return causes;
};

/** The preference a draft names, where it can be found; a wrong name is the validation's to tell. */
const preferenceOf = (draft: KubeObject, { store }: RuleContext): PreferenceSpec | undefined => {
  const matcher = vmSpecOf(draft).preference;
  if (!matcher) return undefined;
  try {
    return findPreference(store, matcher, draft.metadata.namespace);
  } catch (error) {
    if (error instanceof StatusError) throw error;
    return undefined;
  }
};

export const machineRules: Rules = {
  mutate(draft, old, context) {
    const spec = vmSpecOf(draft);
    const causes = matcherCauses(spec, old && vmSpecOf(old));
    if (causes.length > 0) throw denied(mutator, causes);
    try {
      inferMatchers(context.store, spec, draft.metadata.namespace);
    } catch (error) {
      const message = `admission webhook "${mutator}" denied the request: ${(error as Error).message}`;
      throw new StatusError(400, 'BadRequest', message);
    }
    const instance = spec.template.spec;
    if (!instance) return;
    const preference = preferenceOf(draft, context);
    instance.architecture ||= preference?.preferredArchitecture ?? architectureOf(context.config);
    const { domain } = instance;
    domain.machine ??= {};
    domain.machine.type ||= preference?.machine?.preferredMachineType ?? defaultMachineType(instance.architecture);
    // cloud-init runs once per firmware UUID: it belongs to the VM, not to one run of it.
    const before = old && vmSpecOf(old).template.spec?.domain.firmware?.uuid;
    domain.firmware ??= {};
    domain.firmware.uuid ||= before ?? randomUUID();
  },

  validate(object, old, context) {
    if (object.metadata.deletionTimestamp || (old && same(object.spec, old.spec))) return;
    const spec = vmSpecOf(object);
    const name = object.metadata.name ?? object.metadata.generateName ?? '';
    if (!spec.template.spec) {
      throw denied(validator, [requiredCause('spec.template', 'missing virtual machine template.')]);
    }
    const busy = storageStatusCauses(object, old);
    if (busy.length > 0) throw denied(validator, busy);
    const expansion = expand(object, context.store, context.config);
    if (expansion.causes.length > 0) throw denied(validator, expansion.causes);
    const labels = metadataErrors(spec, context);
    if (labels.length > 0) throw invalidObject(virtualMachines, name, labels);
    const causes = [
      ...reservedLabelCauses(spec.template.metadata?.labels, 'spec.template.metadata'),
      ...instanceSpecCauses(expansion.spec, at, context.config),
      ...noMemoryCauses(expansion.spec, at),
      ...memoryHotplugCauses(expansion.spec, at),
      ...dataVolumeTemplateCauses(spec, object.metadata.namespace),
      ...runStrategyCauses(spec),
    ];
    if (causes.length > 0) throw denied(validator, causes);
    refuseUnsupported(spec, expansion.spec, name, context);
  },
};

/** Metadata inside the template, which the schema leaves open. */
const metadataErrors = (spec: VmSpec, { schemas }: RuleContext): FieldError[] => {
  const errors: FieldError[] = [];
  const schema = schemas.schemaOf(virtualMachines).properties?.['metadata'];
  const check = (metadata: object | undefined | null, path: string): void => {
    if (!metadata || !schema) return;
    const found: FieldError[] = [];
    // `creationTimestamp: null`, as many tools write it, is the same as none.
    validateSchema(schema, prune(schema, metadata, path, []), path, found);
    if (found.length === 0) validateLabels(metadata, path, found);
    errors.push(...found);
  };
  check(spec.template.metadata, 'spec.template.metadata');
  for (const [index, template] of (spec.dataVolumeTemplates ?? []).entries()) {
    check(template.metadata, `spec.dataVolumeTemplates[${index}].metadata`);
  }
  return errors;
};

/** What no table entry lets through; what a type or preference adds counts as well. */
const refuseUnsupported = (
  spec: VmSpec,
  expanded: NonNullable<VmSpec['template']['spec']>,
  name: string,
  { warnings }: RuleContext,
): void => {
  const machine = unsupportedFields('machine', spec, 'spec');
  const templates = (spec.dataVolumeTemplates ?? []).map((template, index) =>
    unsupportedFields('dataVolume', template.spec, `spec.dataVolumeTemplates[${index}].spec`),
  );
  const own = unsupportedFields('instance', spec.template.spec, at);
  const complete = unsupportedFields('instance', expanded, at);
  const errors = [machine, ...templates, complete].flatMap((findings) => findings.errors);
  if (errors.length > 0) throw invalidObject(virtualMachines, name, errors);
  for (const findings of [machine, ...templates, own]) warnings.push(...findings.warnings);
};
