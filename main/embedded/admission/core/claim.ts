import type { KubeObject, Stored } from '../../kube/object.ts';
import { persistentVolumeClaims, storageClasses } from '../../kube/resources.ts';
import type { Store } from '../../store/store.ts';
import { forbidden, forbiddenObject, invalidObject, required, wrong } from '../field-error.ts';
import type { FieldError } from '../field-error.ts';
import { bytesOf } from '../../kube/quantity.ts';
import { same } from '../rules.ts';
import type { Rules } from '../rules.ts';
import { unsupportedFields } from '../unsupported.ts';

interface ClaimSpec {
  accessModes?: string[];
  storageClassName?: string;
  resources?: { requests?: Record<string, unknown>; limits?: unknown };
  [field: string]: unknown;
}
const specOf = (object: Pick<KubeObject, 'spec'>): ClaimSpec => object.spec ?? {};
/** By these CDI fills a claim that has no DataVolume. */
const fillers = [
  'cdi.kubevirt.io/storage.upload.target',
  'cdi.kubevirt.io/storage.import.endpoint',
  'k8s.io/CloneRequest',
];
const isDefault = 'storageclass.kubernetes.io/is-default-class';

/** The class a claim without one gets: the newest that is marked as default, as in Kubernetes. */
const defaultClass = (store: Store): string | undefined =>
  store
    .list(storageClasses)
    .filter((one) => one.metadata.annotations?.[isDefault] === 'true')
    .sort((a, b) => (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? ''))[0]?.metadata
    .name;

const changeErrors = (spec: ClaimSpec, old: Stored, store: Store): FieldError[] => {
  const before = specOf(old);
  const { resources, ...rest } = spec;
  const { resources: oldResources, ...oldRest } = before;
  const bound = old.status?.['phase'] === 'Bound';
  const grown = !same(resources?.requests, oldResources?.requests);
  if (!same(rest, oldRest) || (grown && !bound)) {
    return [
      forbidden(
        'spec',
        'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      ),
    ];
  }
  const [wanted, had] = [
    bytesOf(resources?.requests?.['storage']) ?? 0,
    bytesOf(oldResources?.requests?.['storage']) ?? 0,
  ];
  if (wanted < had) {
    return [forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')];
  }
  const storageClass = store.get(storageClasses, undefined, before.storageClassName ?? '');
  if (wanted > had && storageClass?.['allowVolumeExpansion'] !== true) {
    throw forbiddenObject(
      persistentVolumeClaims,
      old.metadata.name,
      'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    );
  }
  return [];
};

export const claimRules: Rules = {
  mutate(draft, old, { store }) {
    const spec = specOf(draft);
    if (old || !draft.spec || spec.storageClassName !== undefined) return;
    const found = defaultClass(store);
    if (found !== undefined) spec.storageClassName = found;
  },
  validate(object, old, { store, warnings }) {
    const spec = specOf(object);
    const { name = '' } = object.metadata;
    const errors: FieldError[] = [];
    if (old) errors.push(...changeErrors(spec, old, store));
    else {
      const size = spec.resources?.requests?.['storage'];
      if (!spec.accessModes?.length) errors.push(required('spec.accessModes', 'at least 1 access mode is required'));
      if (size === undefined) errors.push(required('spec.resources[storage]'));
      else if ((bytesOf(size) ?? 0) <= 0) {
        errors.push(wrong('spec.resources[storage]', size, 'must be greater than zero'));
      }
      for (const annotation of Object.keys(object.metadata.annotations ?? {}).filter((key) => fillers.includes(key)))
        errors.push(
          forbidden(
            `metadata.annotations[${annotation}]`,
            'claims are not filled by annotations; make a DataVolume with a source instead (virtctl image-upload dv)',
          ),
        );
      const findings = unsupportedFields('claim', object.spec, 'spec');
      errors.push(...findings.errors);
      warnings.push(...findings.warnings);
    }
    if (errors.length > 0) throw invalidObject(persistentVolumeClaims, name, errors);
  },
};
