import { describe, expect, test } from 'vitest';
import { refuseUnsafe } from '../../../../main/backend/labs/safety/safety.ts';
import { errors, object, pod, step } from './lab.ts';

const one = (it: object): Promise<string[]> => errors({ objects: [it] });
const vm = (spec: object, more: object = {}): object => object('VirtualMachine', { spec: { runStrategy: 'Manual', template: { spec } , ...more } }, 'kubevirt.io/v1'); // prettier-ignore

describe('a lab reaches nothing but its own namespace', () => {
  test.each([
    ['another namespace', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'kube-system' } }, /metadata\.namespace: Everything of a lab is in its own namespace, lab-small\./],
    ['another namespace by a variable', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: '{{where}}' } }, /metadata\.namespace/],
    ['a disk of somebody else', object('DataVolume', { spec: { source: { pvc: { namespace: 'default', name: 'secret' } } } }, 'cdi.kubevirt.io/v1beta1'), /source\.pvc\.namespace: Everything/],
    ['an image that is not of the file', object('DataVolume', { spec: { source: { pvc: { namespace: 'hearth-images', name: 'other' } } } }, 'cdi.kubevirt.io/v1beta1'), /no image of the file/],
    ['a disk of the cluster', object('PersistentVolumeClaim', { spec: { volumeName: 'pv-1' } }), /volumeName: A lab does not choose a disk/],
    ['a network of somebody else', vm({ networks: [{ name: 'a', multus: { networkName: 'default/lan' } }] }), /networkName: There is no network "default\/lan"/],
    ['an address of the cluster', object('Service', { spec: { selector: { a: 'b' }, externalIPs: ['10.0.0.1'] } }), /externalIPs/],
    ['a name of elsewhere', object('Service', { spec: { type: 'ExternalName', externalName: 'kubernetes.default' } }), /leads to the lab only/],
    ['a service of chosen endpoints', object('Service', { spec: { ports: [{ port: 80 }] } }), /selects what it leads to/],
    ['endpoints', object('Endpoints'), /A lab cannot make Endpoints/],
    ['what belongs to others', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'x', uid: 'y' }] } }, /ownerReferences/],
    ['what never goes', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', finalizers: ['x/y'] } }, /finalizers/],
    ['a name of its own making', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', generateName: 'b' } }, /generateName/],
    ['a disk from an address', object('DataVolume', { spec: { source: { http: { url: 'http://169.254.169.254/' } } } }, 'cdi.kubevirt.io/v1beta1'), /Images of a lab stand under "images"/],
    ['another lab\'s label', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', labels: { 'hearth.dev/lab': 'other' } } }, /hearth\.dev\/lab/],
    ['a file of this computer by an annotation', { ...object('DataVolume', { spec: { source: { upload: {} } } }, 'cdi.kubevirt.io/v1beta1'), metadata: { name: 'a', annotations: { 'hearth.dev/import-from-path': '/etc/shadow' } } }, /annotation hearth\.dev\/import-from-path/],
    ['a network by an annotation', pod({}), undefined],
    ['a network by an annotation of a template', object('Deployment', { spec: { template: { metadata: { annotations: { 'k8s.v1.cni.cncf.io/networks': 'default/lan' } } } } }, 'apps/v1'), /annotation k8s\.v1\.cni\.cncf\.io\/networks/],
    ['a hook of KubeVirt', { ...vm({}), metadata: { name: 'a', annotations: { 'hooks.kubevirt.io/hookSidecars': '[]' } } }, /annotation hooks\.kubevirt\.io/],
  ])('%s', async (_what, it, expected) => {
    const found = await errors({ variables: { where: 'kube-system' }, objects: [it] });
    if (expected === undefined) expect(found).toEqual([]);
    else expect(found.join('\n')).toMatch(expected);
  }); // prettier-ignore

  test.each(['Namespace', 'Node', 'PersistentVolume', 'StorageClass', 'CustomResourceDefinition', 'ClusterRole', 'ClusterRoleBinding', 'ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration', 'APIService', 'PriorityClass', 'VirtualMachineClusterInstancetype'])('%s is of the whole cluster', async (kind) => {
    expect(await one(object(kind))).toEqual([`objects.0.kind: ${kind} is of the whole cluster: a lab makes what is in its own namespace only.`]);
  }); // prettier-ignore
  test.each(['Role', 'RoleBinding', 'ServiceAccount'])('%s gives rights', async (kind) => {
    expect(await one(object(kind))).toEqual([`objects.0.kind: ${kind} gives rights: a lab has none to give.`]);
  });
  test('a kind that nobody knows is not made, nor a known one of another group', async () => {
    expect(await one(object('Widget', {}, 'example.com/v1'))).toEqual(['objects.0.kind: A lab cannot make Widget of example.com/v1.']); // prettier-ignore
    expect(await one(object('Pod', {}, 'evil.example/v1'))).toEqual(['objects.0.kind: A lab cannot make Pod of evil.example/v1.']); // prettier-ignore
    expect(await one(object('NetworkAttachmentDefinition', {}, 'k8s.cni.cncf.io/v1'))).toEqual(['objects.0.kind: Networks of a lab stand under "networks".']); // prettier-ignore
  });
});

describe('a lab asks nothing of the host', () => {
  const container = (more: object): object => pod({ containers: [{ name: 'a', image: 'a', ...more }] });
  test.each([
    ['hostPath', pod({ volumes: [{ name: 'a', hostPath: { path: '/' } }] })],
    ['hostDisk', vm({ volumes: [{ name: 'a', hostDisk: { path: '/disk.img', type: 'Disk' } }] })],
    ['nfs', pod({ volumes: [{ name: 'a', nfs: { server: 'a', path: '/' } }] })],
    ['csi', pod({ volumes: [{ name: 'a', csi: { driver: 'a' } }] })],
    ['hostNetwork', pod({ hostNetwork: true })],
    ['hostPID', pod({ hostPID: true })],
    ['hostIPC', pod({ hostIPC: true })],
    ['hostPort', container({ ports: [{ containerPort: 80, hostPort: 80 }] })],
    ['privileged', container({ securityContext: { privileged: true } })],
    ['allowPrivilegeEscalation', container({ securityContext: { allowPrivilegeEscalation: true } })],
    ['add', container({ securityContext: { capabilities: { add: ['SYS_ADMIN'] } } })],
    ['type', pod({ securityContext: { seccompProfile: { type: 'Unconfined' } } })],
    ['sysctls', pod({ securityContext: { sysctls: [{ name: 'kernel.a', value: '1' }] } })],
    ['nodeName', pod({ nodeName: 'node-1' })],
    ['tolerations', pod({ tolerations: [{ operator: 'Exists' }] })],
    ['priorityClassName', pod({ priorityClassName: 'system-node-critical' })],
    ['serviceAccountName', pod({ serviceAccountName: 'admin' })],
    ['automountServiceAccountToken', pod({ automountServiceAccountToken: true })],
    ['serviceAccountToken', pod({ volumes: [{ name: 'a', projected: { sources: [{ serviceAccountToken: { path: 'a' } }] } }] })],
    ['serviceAccount', vm({ volumes: [{ name: 'a', serviceAccount: { serviceAccountName: 'a' } }] })],
    ['hostDevices', vm({ domain: { devices: { hostDevices: [{ name: 'a', deviceName: 'b' }] } } })],
    ['gpus', vm({ domain: { devices: { gpus: [{ name: 'a', deviceName: 'b' }] } } })],
    ['sriov', vm({ domain: { devices: { interfaces: [{ name: 'a', sriov: {} }] } } })],
  ])('%s', async (field, it) => {
    const found = await one(it);
    expect(found).toHaveLength(1);
    expect(found[0]?.split(': ')[0]?.split('.').at(-1)).toBe(field);
  }); // prettier-ignore
  test('a Secret that would be filled with a token', async () => {
    expect(await one(object('Secret', { type: 'kubernetes.io/service-account-token' }))).toEqual(['objects.0.type: A lab has no account on the target.']); // prettier-ignore
  });
  test('inside of templates, too', async () => {
    const template = { spec: { containers: [], volumes: [{ name: 'a', hostPath: { path: '/' } }] } };
    expect(await one(object('CronJob', { spec: { jobTemplate: { spec: { template } } } }, 'batch/v1'))).toEqual([expect.stringMatching(/hostPath/)]); // prettier-ignore
  });
  test('words that only look like it are words', async () => {
    expect(await one(object('ConfigMap', { data: { hostPath: '/', namespace: 'kube-system' } }))).toEqual([]);
  });
  test('a plain machine, pod and service are fine', async () => {
    expect(await one(vm({ domain: { devices: { disks: [{ name: 'a', disk: { bus: 'virtio' } }], interfaces: [{ name: 'blue', bridge: {} }] } }, networks: [{ name: 'blue', multus: { networkName: 'blue' } }], volumes: [{ name: 'a', emptyDisk: { capacity: '1Gi' } }] }))).toEqual([]); // prettier-ignore
    expect(await one(object('Service', { spec: { selector: { app: 'a' }, type: 'LoadBalancer', ports: [{ port: 80 }] } }))).toEqual([]); // prettier-ignore
    expect(await one(container({ securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }))).toEqual([]); // prettier-ignore
    expect(await one(object('DataVolume', { spec: { source: { pvc: { namespace: '{{image.starter.namespace}}', name: '{{image.starter.name}}' } } } }, 'cdi.kubevirt.io/v1beta1'))).toEqual([]); // prettier-ignore
  });
});

describe('actions', () => {
  const act = (...solution: object[]): Promise<string[]> => errors({ steps: [step({ solution })] });
  test('what is applied, patched and deleted is held to the same', async () => {
    expect(await act({ apply: [pod({ hostNetwork: true })] })).toEqual([expect.stringMatching(/^steps\.0\.solution\.0\.apply\.0\.spec\.hostNetwork: /)]); // prettier-ignore
    expect(await act({ patch: { kind: 'Deployment', name: 'a', patch: { spec: { template: { spec: { hostNetwork: true } } } } } })).toEqual([expect.stringMatching(/^steps\.0\.solution\.0\.patch\.patch\.spec\.template\.spec\.hostNetwork: /)]); // prettier-ignore
    expect(await act({ patch: { kind: 'Node', name: 'a', patch: {} } })).toEqual([expect.stringMatching(/^steps\.0\.solution\.0\.patch\.kind: Node is of the whole cluster/)]); // prettier-ignore
    expect(await act({ delete: { kind: 'Namespace', name: 'default' } })).toEqual([expect.stringMatching(/^steps\.0\.solution\.0\.delete\.kind: /)]); // prettier-ignore
    expect(await act({ patch: { kind: 'VirtualMachine', name: 'web', patch: { metadata: { labels: null } } } })).toEqual([expect.stringMatching(/The label of the lab stays/)]); // prettier-ignore
  });
  test('checks look at the own namespace only', async () => {
    const look = (api: object) => errors({ steps: [step({ checks: [{ id: 'a', title: 'T', message: 'M', api }] })] });
    expect(await look({ kind: 'Node' })).toEqual([expect.stringMatching(/api\.kind: A lab looks at its own namespace only/)]); // prettier-ignore
    expect(await look({ kind: 'Event' })).toEqual([]);
    expect(await look({ kind: 'Gadget' })).toEqual([expect.stringMatching(/Gadget needs its apiVersion/)]);
    expect(await look({ kind: 'Gadget', apiVersion: 'example.com/v1' })).toEqual([]);
  });
  test('the last wall holds where a value came later', () => {
    const scope = { lab: 'small', namespace: 'lab-small', images: [], networks: [] };
    expect(() => refuseUnsafe({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { nodeName: 'x' } }, scope)).toThrow(/a lab does not choose a node/i); // prettier-ignore
  });
});
