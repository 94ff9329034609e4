import { kinds as known } from '../../target/kinds.ts';
import type { Kind } from '../../target/kinds.ts';

const of = (group: string, version: string, kind: string, plural: string): Kind => ({ group, version, kind, plural, namespaced: true }); // prettier-ignore

/**
 * What a lab may make, all of it inside of its namespace. A list of what is allowed, because nobody knows what else a
 * cluster serves. Not in it on purpose: rights and their accounts, webhooks, whatever holds for a whole cluster, Endpoints
 * (they lead anywhere), networks (the file's `networks` make those that reach nothing else).
 */
export const allowedKinds: readonly Kind[] = [
  known.configMaps,
  known.secrets,
  known.services,
  known.pods,
  known.persistentVolumeClaims,
  known.resourceQuotas,
  of('', 'v1', 'LimitRange', 'limitranges'),
  of('apps', 'v1', 'Deployment', 'deployments'),
  of('apps', 'v1', 'StatefulSet', 'statefulsets'),
  of('apps', 'v1', 'ReplicaSet', 'replicasets'),
  of('batch', 'v1', 'Job', 'jobs'),
  of('batch', 'v1', 'CronJob', 'cronjobs'),
  of('autoscaling', 'v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers'),
  of('policy', 'v1', 'PodDisruptionBudget', 'poddisruptionbudgets'),
  of('networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies'),
  known.virtualMachines,
  known.virtualMachineInstances,
  of('kubevirt.io', 'v1', 'VirtualMachineInstanceReplicaSet', 'virtualmachineinstancereplicasets'),
  known.virtualMachineInstanceMigrations,
  known.virtualMachineSnapshots,
  known.virtualMachineRestores,
  known.virtualMachineClones,
  known.dataVolumes,
  of('instancetype.kubevirt.io', 'v1beta1', 'VirtualMachineInstancetype', 'virtualmachineinstancetypes'),
  of('instancetype.kubevirt.io', 'v1beta1', 'VirtualMachinePreference', 'virtualmachinepreferences'),
];
/** What a lab's checks may look at beside that: it says nothing of others. */
const looked: readonly Kind[] = [
  known.events,
  known.networkAttachmentDefinitions,
  known.dataSources,
  of('', 'v1', 'Endpoints', 'endpoints'),
];

const find = (all: readonly Kind[], kind: string, apiVersion?: string): Kind | undefined =>
  all.find((each) => each.kind === kind && (apiVersion === undefined || each.group === groupOf(apiVersion)));
const groupOf = (apiVersion: string): string => (apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '');

/** The kind as a lab may write it, at the version that it names; undefined where it may not. Pure. */
export function writable(kind: string, apiVersion?: string): Kind | undefined {
  const found = find(allowedKinds, kind, apiVersion);
  if (!found || apiVersion === undefined) return found;
  return { ...found, version: apiVersion.slice(apiVersion.indexOf('/') + 1) };
}
/** The kind as a lab may read it. A kind that is not known here (with an apiVersion) is looked for on the target. Pure. */
export const readable = (kind: string, apiVersion?: string): Kind | undefined =>
  writable(kind, apiVersion) ?? find(looked, kind, apiVersion);

/** Kinds of the whole cluster that people know: a clear word for them. */
const cluster = new Set(['Namespace', 'Node', 'PersistentVolume', 'StorageClass', 'CustomResourceDefinition', 'ClusterRole', 'ClusterRoleBinding', 'PriorityClass', 'RuntimeClass', 'IngressClass', 'APIService', 'ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding', 'MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding', 'CertificateSigningRequest', 'VirtualMachineClusterInstancetype', 'VirtualMachineClusterPreference', 'VolumeSnapshotClass', 'CSIDriver', 'CDI', 'StorageProfile', 'MigrationPolicy', 'FlowSchema']); // prettier-ignore
const rights = new Set(['Role', 'RoleBinding', 'ServiceAccount', 'TokenRequest', 'SubjectAccessReview']);

/** Why a lab may not make objects of a kind. Pure. */
export function whyNotKind(kind: string, apiVersion?: string): string | undefined {
  if (writable(kind, apiVersion)) return undefined;
  if (cluster.has(kind)) return `${kind} is of the whole cluster: a lab makes what is in its own namespace only.`;
  if (rights.has(kind)) return `${kind} gives rights: a lab has none to give.`;
  if (kind === 'NetworkAttachmentDefinition') return 'Networks of a lab stand under "networks".';
  if (kind === 'KubeVirt') return 'A lab does not change how the cluster works.';
  return `A lab cannot make ${kind}${apiVersion ? ` of ${apiVersion}` : ''}.`;
}
