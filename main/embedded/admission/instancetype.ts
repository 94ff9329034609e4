import type { EngineConfig } from '../kube/context.ts';
import type { KubeObject } from '../kube/object.ts';
import type { StatusCause } from '../kube/status-error.ts';
import { applyInstancetype } from './instancetype/apply.ts';
import { findInstancetype, findPreference, originAnnotations } from './instancetype/find.ts';
import type { Lookup } from './instancetype/find.ts';
import { applyAutoattach, applyPreference } from './instancetype/preference.ts';
import { unmetRequirement } from './instancetype/requirements.ts';
import { spreadProblem } from './instancetype/topology.ts';
import { setDevices, setInstanceDefaults } from './vm/defaults.ts';
import { invalidCause, notFoundCause, vmSpecOf } from './vm/shapes.ts';
import type { InstancetypeSpec, PreferenceSpec, VmiSpec } from './vm/shapes.ts';

/** A VM's template with its instance type and preference put in. */
export interface Expansion {
  /** Complete: all defaults of an instance are set. A private copy. */
  spec: VmiSpec;
  /** For the instance's metadata: where the values come from, and what type and preference add. */
  annotations: Record<string, string>;
  /** Why it cannot be expanded; `spec` is then half done. */
  causes: StatusCause[];
}

const at = 'spec.template.spec';

/**
 * The instance spec that a VirtualMachine stands for: default devices, instance type, preference, KubeVirt's defaults.
 * Pure: reads instance types and preferences through `lookup`, changes nothing. `inferFromVolume` was resolved at admission.
 */
export const expand = (vm: Pick<KubeObject, 'metadata' | 'spec'>, lookup: Lookup, config: EngineConfig): Expansion => {
  const { template, instancetype, preference } = vmSpecOf(vm);
  const spec = structuredClone<VmiSpec>(template.spec ?? { domain: { devices: {} } });
  const causes: StatusCause[] = [];
  const find = <T>(look: () => T, field: string): T | undefined => {
    try {
      return look();
    } catch (error) {
      causes.push(notFoundCause(`spec.${field}`, `Failure to find ${field}: ${(error as Error).message}`));
      return undefined;
    }
  };
  const { namespace } = vm.metadata;
  const type = instancetype && find(() => findInstancetype(lookup, instancetype, namespace), 'instancetype');
  const preferred = preference && find(() => findPreference(lookup, preference, namespace), 'preference');
  const annotations = {
    ...originAnnotations(instancetype, preference),
    ...type?.annotations,
    ...preferred?.annotations,
  };
  if (causes.length === 0) causes.push(...put(spec, type, preferred));
  if (causes.length > 0) return { spec, annotations, causes };
  setInstanceDefaults(spec, config);
  const unmet = preferred && unmetRequirement(type, preferred, spec);
  if (unmet) {
    causes.push(notFoundCause(unmet.fields.join(', '), `failure checking preference requirements: ${unmet.message}`));
  }
  return { spec, annotations, causes };
};

const put = (
  spec: VmiSpec,
  type: InstancetypeSpec | undefined,
  preference: PreferenceSpec | undefined,
): StatusCause[] => {
  const problem = type && spreadProblem(type.cpu.guest, preference);
  if (problem) return [invalidCause('instancetype.spec.cpu.guest', problem)];
  if (preference) applyAutoattach(preference, spec);
  setDevices(spec);
  const conflicts = type ? applyInstancetype(type, preference, spec, at) : [];
  if (preference) applyPreference(preference, spec);
  return conflicts.map((field) => invalidCause(field, `VM field(s) ${field} conflicts with selected instance type`));
};

/** The VM with its type and preference written out and no longer named: what `expand-spec` answers. */
export const expandMachine = (
  vm: KubeObject,
  lookup: Lookup,
  config: EngineConfig,
): { vm: KubeObject; causes: StatusCause[] } => {
  const { spec, annotations, causes } = expand(vm, lookup, config);
  const copy = structuredClone(vm);
  if (causes.length > 0) return { vm: copy, causes };
  const machine = vmSpecOf(copy);
  delete machine.instancetype;
  delete machine.preference;
  machine.template.spec = spec;
  if (Object.keys(annotations).length > 0) {
    const metadata = (machine.template.metadata ??= {}) as { annotations?: Record<string, string> };
    metadata.annotations = { ...annotations, ...metadata.annotations };
  }
  return { vm: copy, causes };
};
