import { describe, expect, test } from 'vitest';
import { rowsOf } from '../../../main/backend/access/variants.ts';
import { handover, thingsOf } from '../../../main/backend/access/things.ts';

const vm = (spec: string, more = ''): string =>
  `apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata:\n  name: web\n  namespace: lab-first\n${more}spec:\n  template:\n    spec:\n${spec}`;
const rows = (yaml: string) => rowsOf('machines.applyYaml', { namespace: 'lab-first', name: 'web', yaml });

describe('what a text reaches', () => {
  test('a machine as it is served stands under the procedure’s own row', () => {
    const served = vm(
      '      domain: { devices: { disks: [{ name: root, disk: { bus: virtio } }] } }\n      networks: [{ name: lan, multus: { networkName: lab-first/lan } }, { name: pod, pod: {} }]\n      volumes: [{ name: root, dataVolume: { name: web-root } }, { name: seed, cloudInitNoCloud: { userData: "#cloud-config" } }]',
      '  annotations: { hearth.dev/faults: "{}", hearth.dev/network-roll-back.lan: \'{"network":"pod","until":"2030-01-01T00:00:00Z"}\', kubevirt.io/latest-observed-api-version: v1 }\n  finalizers: [kubevirt.io/virtualMachineControllerFinalize]\n',
    );
    expect(rows(served)).toEqual(['machines.applyYaml']);
  });
  test.each([
    ['a folder of the node', vm('      volumes: [{ name: a, hostDisk: { path: /etc/shadow, type: Disk } }]')],
    [
      'a file of this computer',
      vm('      domain: {}', '  annotations: { hearth.dev/import-from-path: /root/.ssh/id_ed25519 }\n'),
    ],
    [
      'the same, the key written otherwise',
      vm('      domain: {}', '  annotations: { "hearth.dev\\u002fimport-from-path": /etc/shadow }\n'),
    ],
    [
      'a disk of such a file',
      `${vm('      domain: {}')}\n  dataVolumeTemplates:\n  - metadata: { name: d, annotations: { hearth.dev/import-from-path: /etc/shadow } }\n    spec: { source: { blank: {} } }`,
    ],
    [
      'a program beside the machine',
      vm('      domain: {}', '  annotations: { hooks.kubevirt.io/hookSidecars: "[]" }\n'),
    ],
    ['a pod', 'apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec: { containers: [] }'],
    [
      'a second document',
      `${vm('      domain: {}')}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: { name: me }`,
    ],
    ['a list', 'apiVersion: v1\nkind: List\nitems: [{ apiVersion: apps/v1, kind: DaemonSet, metadata: { name: d } }]'],
    ['a template kept behind Hearth’s back', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\ndata: {}'],
    [
      'a service account',
      'apiVersion: v1\nkind: Secret\ntype: kubernetes.io/service-account-token\nmetadata: { name: s }',
    ],
    ['an account of the cluster', vm('      volumes: [{ name: a, serviceAccount: { serviceAccountName: admin } }]')],
  ])('%s is an admin’s', (_what, yaml) => {
    expect(rows(yaml)).toContain('machines.applyYaml:computer');
    expect(rowsOf('manifests.apply', { namespace: 'default', yaml })).toEqual([
      'manifests.apply',
      'manifests.apply:computer',
    ]);
    expect(rowsOf('templates.save', { namespace: 'default', manifest: yaml })).toEqual([
      'templates.save',
      'templates.save:computer',
    ]);
  });
  test.each([
    [
      'a device of the host',
      vm('      domain: { devices: { hostDevices: [{ name: gpu, deviceName: nvidia.com/x }] } }'),
    ],
    ['a network of others', vm('      networks: [{ name: n, multus: { networkName: lab-second/lan } }]')],
    [
      'a disk of others',
      `${vm('      domain: {}')}\n  dataVolumeTemplates:\n  - metadata: { name: d }\n    spec: { source: { pvc: { namespace: default, name: secret } } }`,
    ],
    [
      'a network of others to go back to',
      vm(
        '      domain: {}',
        '  annotations: { hearth.dev/network-roll-back.lan: \'{"network":"default/lan","until":"2030-01-01T00:00:00Z"}\' }\n',
      ),
    ],
    [
      'a network that Multus adds',
      vm('      domain: {}', '  annotations: { k8s.v1.cni.cncf.io/networks: default/lan }\n'),
    ],
    ['a node of its choice', vm('      nodeName: node-1')],
  ])('%s is not a student’s', (_what, yaml) => {
    expect(rows(yaml)).toContain('machines.applyYaml:others');
    expect(rows(yaml)).not.toContain('machines.applyYaml:computer');
  });
});

test('paths, networks and cures that reach further have rows of their own', () => {
  expect(rowsOf('labs.import', { path: '/etc/passwd' })).toContain('labs.import:path');
  expect(rowsOf('labs.import', { text: 'x' })).toEqual(['labs.import']);
  expect(rowsOf('transfer.import', { source: { path: '/x' } })).toContain('transfer.import:path');
  expect(rowsOf('transfer.import', { source: { uploadId: 'x' } })).toEqual(['transfer.import']);
  expect(rowsOf('networks.move', { namespace: 'lab-a', name: 'm', network: 'lab-a/x' })).toEqual(['networks.move']);
  expect(rowsOf('networks.move', { namespace: 'lab-a', name: 'm', network: 'pod' })).toEqual(['networks.move']);
  expect(rowsOf('networks.attach', { namespace: 'lab-a', name: 'm', network: 'lab-ab/x' })).toContain(
    'networks.attach:others',
  );
  expect(rowsOf('why.cure', { cure: { type: 'softwareMode' } })).toContain('why.cure:softwareMode');
  expect(rowsOf('why.cure', { cure: { type: '__proto__' } })).toEqual(['why.cure']);
});

test('a cure of one’s own machine is none for somebody else’s, and a drive takes no disk of others', () => {
  const own = { namespace: 'lab-a', name: 'm' };
  const cure = (action: object) => rowsOf('why.cure', { ...own, cure: action });
  expect(cure({ type: 'stopMachine', machine: { namespace: 'lab-a', name: 'n' } })).toEqual(['why.cure']);
  expect(cure({ type: 'stopMachine', machine: { namespace: 'default', name: 'n' } })).toEqual(['why.cure', 'why.cure:others']); // prettier-ignore
  for (const type of ['importAgain', 'useStorageClass']) {
    expect(cure({ type, dataVolume: { namespace: 'lab-a', name: 'd' } })).toEqual(['why.cure']);
    expect(cure({ type, dataVolume: { namespace: 'hearth-images', name: 'd' } })).toContain('why.cure:others');
  }
  const insert = (namespace: string) =>
    rowsOf('hardware.insert', { ...own, disk: 'cd', image: { namespace, name: 'i' } });
  for (const fine of ['lab-a', 'hearth-images']) expect(insert(fine)).toEqual(['hardware.insert']);
  for (const bad of ['default', 'lab-ab', 'kube-system']) expect(insert(bad)).toContain('hardware.insert:others');
});

test('machines of a lab belong to it, and nothing else is anybody’s', () => {
  expect(thingsOf('machine', { namespace: 'lab-first', name: 'web' }, 't')).toEqual(['lab t/first']);
  for (const namespace of ['default', 'lab-', 'xlab-first', undefined, 5])
    expect(thingsOf('machine', { namespace }, 't')).toEqual([undefined]);
  expect(thingsOf('machine', { machines: [{ namespace: 'lab-a' }, { namespace: 'default' }] }, 't')).toEqual([
    'lab t/a',
    undefined,
  ]);
  expect(thingsOf('recording', { name: 'r' }, 't')).toEqual(['recording r']);
});

test('what is made becomes its maker’s, and what is renamed stays its owner’s', () => {
  expect(handover('snapshots.take', {}, { taskId: '7' }, 't')).toEqual({ taken: ['task 7'], gone: [] });
  expect(handover('labs.end', { lab: 'a' }, { taskId: '8' }, 't')).toEqual({ taken: ['task 8'], gone: ['lab t/a'] });
  expect(handover('recordings.rename', { name: 'a', to: 'b' }, undefined, 't').moved).toEqual({ from: 'recording a', to: 'recording b' });
}); // prettier-ignore
