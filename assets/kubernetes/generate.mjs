// Writes core-schemas.json: structural OpenAPI schemas of the core kinds, from the generated models of
// @kubernetes/client-node (Apache-2.0, made from Kubernetes' own OpenAPI). Run: node assets/kubernetes/generate.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const modelsFolder = `${root}node_modules/@kubernetes/client-node/dist/gen/models`;
const models = await import(`file://${modelsFolder}/all.js`);
const { version } = JSON.parse(readFileSync(`${root}node_modules/@kubernetes/client-node/package.json`, 'utf8'));

const kinds = {
  'v1/Namespace': 'V1Namespace',
  'v1/Node': 'V1Node',
  'v1/Pod': 'V1Pod',
  'v1/Event': 'CoreV1Event',
  'v1/Secret': 'V1Secret',
  'v1/ConfigMap': 'V1ConfigMap',
  'v1/Service': 'V1Service',
  'v1/PersistentVolumeClaim': 'V1PersistentVolumeClaim',
  'v1/ResourceQuota': 'V1ResourceQuota',
  'apps/v1/Deployment': 'V1Deployment',
  'apps/v1/StatefulSet': 'V1StatefulSet',
  'apps/v1/DaemonSet': 'V1DaemonSet',
  'batch/v1/Job': 'V1Job',
  'storage.k8s.io/v1/StorageClass': 'V1StorageClass',
  'storage.k8s.io/v1/CSIStorageCapacity': 'V1CSIStorageCapacity',
};

// The models call a quantity a string; the API takes numbers as well (k8s.io/apimachinery resource.Quantity).
const quantityMaps = new Set(['requests', 'limits', 'hard', 'used', 'capacity', 'allocatable', 'allocatedResources', 'overhead']);
const quantities = new Set(['sizeLimit', 'divisor']);
const quantityPattern = '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$';
const quantity = { 'x-kubernetes-int-or-string': true, pattern: quantityPattern };

// Merge keys of k8s.io/api's patchMergeKey and listMapKey tags.
const mergeKeys = {
  'V1ObjectMeta.ownerReferences': ['uid'],
  'V1ServiceSpec.ports': ['port', 'protocol'],
  'V1ServiceStatus.conditions': ['type'],
  'V1NamespaceStatus.conditions': ['type'],
  'V1NodeStatus.conditions': ['type'],
  'V1NodeStatus.addresses': ['type'],
  'V1PersistentVolumeClaimStatus.conditions': ['type'],
  'V1PodStatus.conditions': ['type'],
  'V1DeploymentStatus.conditions': ['type'],
  'V1StatefulSetStatus.conditions': ['type'],
  'V1DaemonSetStatus.conditions': ['type'],
  'V1PodSpec.containers': ['name'],
  'V1PodSpec.initContainers': ['name'],
  'V1PodSpec.ephemeralContainers': ['name'],
  'V1PodSpec.volumes': ['name'],
  'V1PodSpec.imagePullSecrets': ['name'],
  'V1PodSpec.hostAliases': ['ip'],
  'V1PodSpec.topologySpreadConstraints': ['topologyKey', 'whenUnsatisfiable'],
  'V1Container.ports': ['containerPort', 'protocol'],
  'V1Container.env': ['name'],
  'V1Container.volumeMounts': ['mountPath'],
  'V1Container.volumeDevices': ['devicePath'],
};
const sets = new Set(['V1ObjectMeta.finalizers', 'V1NodeSpec.podCIDRs']);
const atomic = new Set(['V1LabelSelector', 'V1ObjectReference', 'V1LocalObjectReference', 'V1SecretReference', 'V1NodeSelector', 'V1TypedLocalObjectReference']);
const enums = {
  'V1ServiceSpec.type': ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'],
  'V1ServicePort.protocol': ['SCTP', 'TCP', 'UDP'],
  'V1ServiceSpec.sessionAffinity': ['ClientIP', 'None'],
  'V1PersistentVolumeClaimSpec.volumeMode': ['Block', 'Filesystem'],
  'V1StorageClass.reclaimPolicy': ['Delete', 'Recycle', 'Retain'],
  'V1StorageClass.volumeBindingMode': ['Immediate', 'WaitForFirstConsumer'],
};
const itemEnums = {
  'V1PersistentVolumeClaimSpec.accessModes': ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'],
};
const defaults = {
  'V1ServicePort.protocol': 'TCP',
  'V1ServiceSpec.type': 'ClusterIP',
  'V1ServiceSpec.sessionAffinity': 'None',
  'V1PersistentVolumeClaimSpec.volumeMode': 'Filesystem',
  'V1Secret.type': 'Opaque',
  'V1StorageClass.reclaimPolicy': 'Delete',
  'V1StorageClass.volumeBindingMode': 'Immediate',
};

const definitions = {};

/** Doc comments and which fields are required, from the model's .d.ts. */
function docs(model) {
  const text = readFileSync(`${modelsFolder}/${model}.d.ts`, 'utf8');
  const clean = (comment) =>
    comment.split('\n').map((line) => line.replace(/^\s*\* ?/, '')).join('\n').trim()
      .replaceAll("\\'", "'").replaceAll('\\"', '"').replaceAll('  * ', '\n* '); // prettier-ignore
  const fields = {};
  for (const [, comment, name, optional] of text.matchAll(/(?:\/\*\*\n((?:\s*\*(?!\/).*\n)+?)\s*\*\/\n\s*)?'([^']+)'(\?)?: /g)) {
    fields[name] = { description: comment ? clean(comment) : '', required: !optional };
  }
  const own = [...text.matchAll(/\/\*\*\n((?:\s*\*(?!\/).*\n)+?)\s*\*\/\nexport declare class/g)].at(-1);
  return { fields, description: own ? clean(own[1]) : '' };
}

function schemaOfType(type, format, path) {
  const array = /^Array<(.+)>$/.exec(type);
  if (array) {
    const items = schemaOfType(array[1], format, `${path}[]`);
    if (itemEnums[path]) items.enum = itemEnums[path];
    const schema = { type: 'array', items };
    if (mergeKeys[path]) {
      Object.assign(schema, {
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': mergeKeys[path],
        'x-kubernetes-patch-strategy': 'merge',
        'x-kubernetes-patch-merge-key': mergeKeys[path][0],
      });
    } else if (sets.has(path)) {
      Object.assign(schema, { 'x-kubernetes-list-type': 'set', 'x-kubernetes-patch-strategy': 'merge' });
    } else schema['x-kubernetes-list-type'] = 'atomic';
    return schema;
  }
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type);
  if (map) {
    const leaf = path.split('.').at(-1);
    const values = quantityMaps.has(leaf) ? quantity : schemaOfType(map[1], format, `${path}.*`);
    return { type: 'object', additionalProperties: values };
  }
  if (type === 'string') return quantities.has(path.split('.').at(-1)) ? { ...quantity } : { type, ...(format && { format }) };
  if (type === 'boolean') return { type };
  if (type === 'number') return format.startsWith('int') ? { type: 'integer', format } : { type, ...(format && { format }) };
  if (type === 'Date' || type === 'V1MicroTime') return { type: 'string', format: 'date-time' };
  if (type === 'IntOrString') return { 'x-kubernetes-int-or-string': true };
  if (type === 'any') return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  define(type);
  return { $ref: type };
}

function define(model) {
  if (definitions[model]) return;
  const schema = (definitions[model] = { description: '', type: 'object', properties: {} });
  const { fields, description } = docs(model);
  schema.description = description;
  const required = [];
  for (const { name, baseName, type, format } of models[model].attributeTypeMap) {
    const path = `${model}.${baseName}`;
    const doc = fields[name];
    if (!doc) throw new Error(`no declaration of ${path}`);
    const property = schemaOfType(type, format, path);
    if (doc.description) property.description = doc.description;
    if (enums[path]) property.enum = enums[path];
    if (defaults[path] !== undefined) property.default = defaults[path];
    schema.properties[baseName] = property;
    if (doc.required) required.push(baseName);
  }
  if (required.length > 0) schema.required = required;
  if (atomic.has(model)) schema['x-kubernetes-map-type'] = 'atomic';
}

define('V1ObjectMeta');
for (const model of Object.values(kinds)) define(model);
const sorted = Object.fromEntries(Object.entries(definitions).sort(([a], [b]) => (a < b ? -1 : 1)));
const source = `@kubernetes/client-node ${version}, generated by assets/kubernetes/generate.mjs; Apache-2.0`;
writeFileSync(`${root}assets/kubernetes/core-schemas.json`, `${JSON.stringify({ source, kinds, definitions: sorted })}\n`);
