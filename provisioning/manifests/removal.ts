/** One object, or all of a kind, that is deleted; the next only when it is gone. */
export interface Removal {
  readonly title: string;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace?: string;
  /** Absent: every one of the kind, in every namespace. */
  readonly name?: string;
  /** Seconds until finalizers are taken away, where an operator that is gone would hold it for ever. */
  readonly graceSeconds: number;
}

const of = (group: string, version: string, plural: string) => ({ group, version, plural });
const webhook = (kind: 'mutating' | 'validating', name: string): Removal => ({
  title: `The webhook ${name}`,
  ...of('admissionregistration.k8s.io', 'v1', `${kind}webhookconfigurations`),
  name,
  graceSeconds: 10,
});

/**
 * The order in which KubeVirt and CDI go: what they run, then their objects while their operators still live to clean up,
 * then what they leave in the API server's own ways (a webhook without a server behind it refuses every write), then the
 * operators' namespaces (docs "Deleting KubeVirt" of the KubeVirt user guide).
 */
export const removalOrder: readonly Removal[] = [
  { title: 'Virtual machines', ...of('kubevirt.io', 'v1', 'virtualmachines'), graceSeconds: 120 },
  { title: 'Running machines', ...of('kubevirt.io', 'v1', 'virtualmachineinstances'), graceSeconds: 120 },
  { title: 'Disks', ...of('cdi.kubevirt.io', 'v1beta1', 'datavolumes'), graceSeconds: 60 },
  { title: 'KubeVirt', ...of('kubevirt.io', 'v1', 'kubevirts'), namespace: 'kubevirt', name: 'kubevirt', graceSeconds: 180 },
  { title: 'CDI', ...of('cdi.kubevirt.io', 'v1beta1', 'cdis'), name: 'cdi', graceSeconds: 120 },
  { title: "KubeVirt's API of actions", ...of('apiregistration.k8s.io', 'v1', 'apiservices'), name: 'v1.subresources.kubevirt.io', graceSeconds: 10 },
  { title: "KubeVirt's API of actions, older", ...of('apiregistration.k8s.io', 'v1', 'apiservices'), name: 'v1alpha3.subresources.kubevirt.io', graceSeconds: 10 },
  { title: "CDI's API of uploads", ...of('apiregistration.k8s.io', 'v1', 'apiservices'), name: 'v1beta1.upload.cdi.kubevirt.io', graceSeconds: 10 },
  webhook('mutating', 'virt-api-mutator'),
  webhook('validating', 'virt-api-validator'),
  webhook('validating', 'virt-operator-validator'),
  webhook('mutating', 'cdi-api-datavolume-mutate'),
  webhook('validating', 'cdi-api-datavolume-validate'),
  webhook('validating', 'cdi-api-validate'),
  webhook('validating', 'cdi-api-populator-validate'),
  webhook('validating', 'cdi-api-dataimportcron-validate'),
  { title: "KubeVirt's namespace", ...of('', 'v1', 'namespaces'), name: 'kubevirt', graceSeconds: 60 },
  { title: "CDI's namespace", ...of('', 'v1', 'namespaces'), name: 'cdi', graceSeconds: 60 },
]; // prettier-ignore
