import { randomBytes } from 'node:crypto';
import { cloneSpec } from '../../clone/words.ts';
import type { CloneSpec } from '../../clone/words.ts';
import { virtualMachines } from '../../kube/resources.ts';
import type { StatusCause } from '../../kube/status-error.ts';
import { denied } from '../field-error.ts';
import { same } from '../rules.ts';
import type { Rules } from '../rules.ts';
import { invalidCause } from '../vm/shapes.ts';

const webhook = 'vm-clone-validator.kubevirt.io';
const sources: Readonly<Record<string, string>> = {
  VirtualMachine: 'kubevirt.io',
  VirtualMachineSnapshot: 'snapshot.kubevirt.io',
};
const mac = /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i;

/** KubeVirt, pkg/virt-api/webhooks: vmclone-mutator.go and vmclone-admitter.go. */
export const cloneRules: Rules = {
  mutate(draft, old) {
    if (old || typeof draft.spec?.['source'] !== 'object') return;
    const { source } = cloneSpec(draft);
    draft.spec['target'] ??= { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: `clone-${String(source.name).slice(0, 50)}-${randomBytes(3).toString('hex').slice(0, 5)}` }; // prettier-ignore
  },
  validate(object, old, { store }) {
    if (old) {
      if (!same(object.spec, old.spec))
        throw denied(webhook, [invalidCause('spec', 'spec in immutable after creation')]);
      return;
    }
    const spec = cloneSpec(object);
    const causes = [...referenceCauses(spec), ...filterCauses(spec), ...identityCauses(spec), ...patchCauses(spec)];
    if (causes.length === 0 && spec.target && store.get(virtualMachines, object.metadata.namespace, spec.target.name))
      causes.push(invalidCause('spec.target.name', `Target virtual machine ${spec.target.name} already exists`));
    if (causes.length > 0) throw denied(webhook, causes);
  },
};

function referenceCauses({ source, target }: CloneSpec): StatusCause[] {
  const causes: StatusCause[] = [];
  const group = sources[source.kind];
  if (group === undefined) causes.push(invalidCause('spec.source', `Source kind ${source.kind} is not supported`));
  else if (source.apiGroup !== group) causes.push(invalidCause('spec.source', `Source apiGroup must be ${group}`));
  if (!source.name) causes.push(invalidCause('spec.source', "Source name can't be empty"));
  if (!target) return causes;
  if (target.kind !== 'VirtualMachine')
    causes.push(invalidCause('spec.target', `Target kind ${target.kind} is not supported`));
  if (target.apiGroup !== 'kubevirt.io')
    causes.push(invalidCause('spec.target', 'Target apiGroup must be kubevirt.io'));
  if (source.kind === 'VirtualMachine' && source.name === target.name)
    causes.push(
      invalidCause('spec.target', 'Target name cannot be equal to source name when both are VirtualMachines'),
    );
  return causes;
}

function filterCauses(spec: CloneSpec): StatusCause[] {
  const lists = {
    'spec.labelFilters': spec.labelFilters,
    'spec.annotationFilters': spec.annotationFilters,
    'spec.template.labelFilters': spec.template?.labelFilters,
    'spec.template.annotationFilters': spec.template?.annotationFilters,
  };
  return Object.entries(lists).flatMap(([field, filters = []]) =>
    filters.flatMap((filter): StatusCause[] => {
      if (filter === '*' || filter === '!*') return [];
      if (/^!?[\w./*-]*$/.test(filter) && isRegex(filter)) return [];
      return [invalidCause(field, `filter ${filter} is invalid`)];
    }),
  );
}
/** Letters, digits and `. / * -` alone: nothing of that can take for ever to match. */
const isRegex = (filter: string): boolean => {
  try {
    return new RegExp(filter.replace(/^!/, '')).source !== '';
  } catch {
    return false;
  }
};

function identityCauses({ newMacAddresses = {}, newSMBiosSerial, volumeNamePolicy }: CloneSpec): StatusCause[] {
  const causes = Object.entries(newMacAddresses)
    .filter(([, address]) => !mac.test(address))
    .map(([name, address]) => invalidCause('spec.newMacAddresses', `MAC address ${address} of interface ${name} is malformed`)); // prettier-ignore
  if (newSMBiosSerial !== undefined && !/^[\w .-]{1,256}$/.test(newSMBiosSerial))
    causes.push(invalidCause('spec.newSMBiosSerial', `SMBios serial ${JSON.stringify(newSMBiosSerial)} is invalid`));
  if (volumeNamePolicy !== undefined && !['RandomizeNames', 'PrefixTargetName'].includes(volumeNamePolicy))
    causes.push(invalidCause('spec.volumeNamePolicy', `volume name policy "${volumeNamePolicy}" doesn't exist`));
  return causes;
}

function patchCauses({ patches = [] }: Pick<CloneSpec, 'patches'>): StatusCause[] {
  return patches.flatMap((patch): StatusCause[] => {
    const path = pathOf(patch);
    if (path === undefined) return [invalidCause('spec.patches', `${patch} is not a JSON patch operation`)];
    if (/^\/(spec|metadata\/(labels|annotations))\//.test(path)) return [];
    return [invalidCause('spec.patches', `patching is valid only for elements under /spec/ only: "path": "${path}"`)];
  });
}
function pathOf(patch: string): string | undefined {
  try {
    const { op, path } = JSON.parse(patch) as { op?: unknown; path?: unknown };
    return typeof op === 'string' && typeof path === 'string' ? path : undefined;
  } catch {
    return undefined;
  }
}
