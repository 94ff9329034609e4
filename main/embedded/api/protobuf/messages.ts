/** How one field of a message is read. Lower case: a scalar; otherwise the name of a message. */
export interface Field {
  name: string;
  type: string;
  repeated?: boolean;
  /** A pointer in Go: written only where it is set, so that false and 0 mean something. */
  optional?: boolean;
}
export type Message = Readonly<Record<number, Field>>;

const field = (name: string, type = 'string'): Field => ({ name, type });
const list = (name: string, type = 'string'): Field => ({ name, type, repeated: true });
const maybe = (name: string, type: string): Field => ({ name, type, optional: true });
const strings = (name: string): Field => ({ name, type: 'map:string', repeated: true });
const blobs = (name: string): Field => ({ name, type: 'map:bytes', repeated: true });
const quantities = (name: string): Field => ({ name, type: 'map:Quantity', repeated: true });
const metadata = field('metadata', 'ObjectMeta');

/** Field numbers of k8s.io/api/core/v1, authorization/v1, authentication/v1 and apimachinery meta/v1 (generated.proto). */
export const messages: Readonly<Record<string, Message>> = {
  ObjectMeta: {
    1: field('name'), 2: field('generateName'), 3: field('namespace'), 5: field('uid'), 6: field('resourceVersion'),
    11: strings('labels'), 12: strings('annotations'), 13: list('ownerReferences', 'OwnerReference'), 14: list('finalizers'),
  },
  OwnerReference: {
    1: field('kind'), 3: field('name'), 4: field('uid'), 5: field('apiVersion'),
    6: maybe('controller', 'bool'), 7: maybe('blockOwnerDeletion', 'bool'),
  },
  Namespace: { 1: metadata, 2: field('spec', 'NamespaceSpec') },
  NamespaceSpec: { 1: list('finalizers') },
  Secret: { 1: metadata, 2: blobs('data'), 3: field('type'), 4: strings('stringData'), 5: maybe('immutable', 'bool') },
  ConfigMap: { 1: metadata, 2: strings('data'), 3: blobs('binaryData'), 4: maybe('immutable', 'bool') },
  Service: { 1: metadata, 2: field('spec', 'ServiceSpec') },
  ServiceSpec: {
    1: list('ports', 'ServicePort'), 2: strings('selector'), 3: field('clusterIP'), 4: field('type'), 5: list('externalIPs'),
    7: field('sessionAffinity'), 8: field('loadBalancerIP'), 9: list('loadBalancerSourceRanges'), 10: field('externalName'),
    11: field('externalTrafficPolicy'), 12: field('healthCheckNodePort', 'int'), 13: field('publishNotReadyAddresses', 'bool'),
    17: maybe('ipFamilyPolicy', 'string'), 18: list('clusterIPs'), 19: list('ipFamilies'),
    20: maybe('allocateLoadBalancerNodePorts', 'bool'), 21: maybe('loadBalancerClass', 'string'), 22: maybe('internalTrafficPolicy', 'string'),
  },
  ServicePort: {
    1: field('name'), 2: field('protocol'), 3: field('port', 'int'), 4: field('targetPort', 'IntOrString'),
    5: field('nodePort', 'int'), 6: maybe('appProtocol', 'string'),
  },
  IntOrString: { 1: field('type', 'int'), 2: field('intVal', 'int'), 3: field('strVal') },
  PersistentVolumeClaim: { 1: metadata, 2: field('spec', 'PersistentVolumeClaimSpec') },
  PersistentVolumeClaimSpec: {
    1: list('accessModes'), 2: field('resources', 'ResourceRequirements'), 3: field('volumeName'),
    5: maybe('storageClassName', 'string'), 6: maybe('volumeMode', 'string'),
  },
  ResourceRequirements: { 1: quantities('limits'), 2: quantities('requests') },
  Quantity: { 1: field('string') },
  SelfSubjectAccessReview: { 1: metadata, 2: field('spec', 'SelfSubjectAccessReviewSpec') },
  SelfSubjectAccessReviewSpec: { 1: field('resourceAttributes', 'ResourceAttributes'), 2: field('nonResourceAttributes', 'NonResourceAttributes') },
  ResourceAttributes: { 1: field('namespace'), 2: field('verb'), 3: field('group'), 4: field('version'), 5: field('resource'), 6: field('subresource'), 7: field('name') },
  NonResourceAttributes: { 1: field('path'), 2: field('verb') },
  SelfSubjectRulesReview: { 1: metadata, 2: field('spec', 'SelfSubjectRulesReviewSpec') },
  SelfSubjectRulesReviewSpec: { 1: field('namespace') },
  SelfSubjectReview: { 1: metadata },
  DeleteOptions: {
    1: maybe('gracePeriodSeconds', 'int'), 2: field('preconditions', 'Preconditions'), 3: maybe('orphanDependents', 'bool'),
    4: maybe('propagationPolicy', 'string'), 5: list('dryRun'),
  },
  Preconditions: { 1: maybe('uid', 'string'), 2: maybe('resourceVersion', 'string') },
}; // prettier-ignore
