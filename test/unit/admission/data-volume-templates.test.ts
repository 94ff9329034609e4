import { afterAll, beforeAll, expect, test } from 'vitest';
import { virtualMachines } from '../../../main/embedded/kube/resources.ts';
import { admissionLab, machine, merge } from '../../support/admission/admit.ts';
import type { AdmissionLab } from '../../support/admission/admit.ts';

let lab: AdmissionLab;
beforeAll(() => {
  lab = admissionLab();
});
afterAll(() => lab.close());

const template = {
  metadata: { name: 'web-root' },
  spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '1Gi' } } } },
};
const withTemplate = (change: object, volumes: object[] = [{ name: 'root', dataVolume: { name: 'web-root' } }]) =>
  machine({ volumes }, { dataVolumeTemplates: [merge(template, change)] });
const at = 'spec.dataVolumeTemplates[0].spec';

test('a template that a volume names passes', () => {
  expect(lab.admit({ type: virtualMachines, object: withTemplate({}) }).warnings).toEqual([]);
});

const cases: [title: string, change: object, field: string, message: string, volumes?: object[]][] = [
  ['nobody uses it', {}, 'spec.dataVolumeTemplate[0]', "DataVolumeTemplate entry spec.dataVolumeTemplate[0] must be referenced in the VMI template's 'volumes' list", [{ name: 'root', persistentVolumeClaim: { claimName: 'other' } }]],
  ['no name', { metadata: { name: undefined } }, 'spec.dataVolumeTemplate[0].name', "'name' field must not be empty for DataVolumeTemplate entry spec.dataVolumeTemplate[0]."],
  ['another namespace', { metadata: { namespace: 'kubevirt' } }, 'spec.dataVolumeTemplate[0]', 'Embedded DataVolume namespace kubevirt differs from VM namespace default'],
  ['no target', { spec: { storage: undefined } }, `${at}.pvc`, 'Missing Data volume PVC or Storage'],
  ['two targets', { spec: { pvc: { accessModes: ['ReadWriteOnce'] } } }, `${at}.storage`, 'Duplicate storage definition, both target storage and target pvc defined'],
  ['no source', { spec: { source: undefined } }, `${at}.source`, 'Data volume should have either Source, SourceRef, or be externally populated'],
  ['two sources', { spec: { source: { upload: {} } } }, `${at}.source`, 'Multiple dataVolume sources'],
  ['an empty source', { spec: { source: { blank: undefined } } }, `${at}.source`, 'Missing dataVolume valid source'],
  ['source and populator', { spec: { storage: { dataSource: { kind: 'A', name: 'b' } } } }, `${at}.source`, 'External population is incompatible with Source and SourceRef'],
  ['no size', { spec: { storage: { resources: undefined } } }, `${at}.Storage.resources.requests.size`, 'Storage size is missing'],
]; // prettier-ignore
test.each(cases)('%s', (_title, change, field, message, volumes) => {
  const refusal = lab.refusal({ type: virtualMachines, object: withTemplate(change, volumes) });
  expect(refusal.code).toBe(422);
  expect(refusal.causes).toContainEqual(expect.objectContaining({ field, message }));
});

test('a source that is not read here is refused by name', () => {
  const change = { spec: { source: { blank: undefined, registry: { url: 'docker://a/b' } } } };
  const refusal = lab.refusal({ type: virtualMachines, object: withTemplate(change) });
  expect(refusal.causes).toEqual([
    {
      reason: 'FieldValueForbidden',
      field: `${at}.source.registry`,
      message: 'Forbidden: a container registry is not read; use an http, upload, blank or pvc source',
    },
  ]);
});
