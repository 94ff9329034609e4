import type { StatusCause } from '../../kube/status-error.ts';
import { dataVolumeCauses } from '../core/data-volume.ts';
import type { DataVolumeSpec } from '../core/data-volume.ts';
import { invalidCause, requiredCause } from './shapes.ts';
import type { VmSpec } from './shapes.ts';

/** The templates' names, references and sources (KubeVirt pkg/storage/admitters/data-volume-template.go). */
export const dataVolumeTemplateCauses = (spec: VmSpec, namespace: string | undefined): StatusCause[] => {
  const volumes = spec.template.spec?.volumes ?? [];
  return (spec.dataVolumeTemplates ?? []).flatMap((template, index) => {
    // KubeVirt's path, without the s.
    const entry = `spec.dataVolumeTemplate[${index}]`;
    const { name, namespace: own } = template.metadata ?? {};
    if (own && own !== namespace) {
      return [invalidCause(entry, `Embedded DataVolume namespace ${own} differs from VM namespace ${namespace}`)];
    }
    const causes: StatusCause[] = [];
    if (!name) {
      causes.push(
        requiredCause(`${entry}.name`, `'name' field must not be empty for DataVolumeTemplate entry ${entry}.`),
      );
    }
    const causesOfSpec = sourceCauses(template.spec as DataVolumeSpec, `spec.dataVolumeTemplates[${index}].spec`);
    causes.push(...causesOfSpec);
    const used = volumes.some(
      (volume) => name && (volume.dataVolume?.name === name || volume.persistentVolumeClaim?.claimName === name),
    );
    if (!used) {
      const message = `DataVolumeTemplate entry ${entry} must be referenced in the VMI template's 'volumes' list`;
      causes.push(requiredCause(entry, message));
    }
    return causes;
  });
};

const sourceCauses = (spec: DataVolumeSpec, at: string): StatusCause[] => {
  if (!spec.pvc && !spec.storage) return [invalidCause(`${at}.pvc`, 'Missing Data volume PVC or Storage')];
  if (spec.pvc && spec.storage) {
    return [invalidCause(`${at}.storage`, 'Duplicate storage definition, both target storage and target pvc defined')];
  }
  const target = spec.pvc ?? spec.storage;
  const external = target?.dataSource !== undefined || target?.dataSourceRef !== undefined;
  if (external && (spec.source || spec.sourceRef)) {
    return [invalidCause(`${at}.source`, 'External population is incompatible with Source and SourceRef')];
  }
  if (!external && (spec.source === undefined) === (spec.sourceRef === undefined)) {
    const message = 'Data volume should have either Source, SourceRef, or be externally populated';
    return [invalidCause(`${at}.source`, message)];
  }
  if (spec.source) {
    const count = Object.values(spec.source).filter((source) => source !== undefined).length;
    if (count === 0) return [invalidCause(`${at}.source`, 'Missing dataVolume valid source')];
    if (count > 1) return [invalidCause(`${at}.source`, 'Multiple dataVolume sources')];
  }
  // KubeVirt leaves the rest to CDI's webhook, which would refuse the DataVolume later on, where nobody looks.
  return dataVolumeCauses(spec, at);
};
