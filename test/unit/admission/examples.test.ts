import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../../main/embedded/kube/object.ts';
import { resourceTypes } from '../../../main/embedded/kube/resources.ts';
import type { ResourceType } from '../../../main/embedded/kube/resources.ts';
import { admissionLab, assets } from '../../support/admission/admit.ts';
import type { AdmissionLab } from '../../support/admission/admit.ts';

let lab: AdmissionLab;
beforeAll(() => {
  lab = admissionLab();
});
afterAll(() => lab.close());

const typeOf = (object: KubeObject): ResourceType => {
  const type = resourceTypes.find((one) => one.kind === object.kind);
  if (!type) throw new Error(`no kind ${object.kind}`);
  return type;
};

test.each(['instancetypes', 'preferences'])('all common %s pass strictly', (bundle) => {
  const file = join(assets, `kubevirt/common-cluster${bundle}-bundle-v1.7.0.yaml`);
  const objects = parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as KubeObject);
  expect(objects.length).toBeGreaterThan(50);
  for (const object of objects) expect(lab.admit({ type: typeOf(object), object }).warnings).toEqual([]);
});

test('the JSON that the engine reads is what the bundles say', () => {
  const documents = (bundle: string) =>
    parseAllDocuments(readFileSync(join(assets, `kubevirt/common-cluster${bundle}-bundle-v1.7.0.yaml`), 'utf8'))
      .map((document) => document.toJS() as unknown)
      .filter((object) => object !== null);
  expect(JSON.parse(readFileSync(join(assets, 'kubevirt/common-instancetypes-v1.7.0.json'), 'utf8'))).toEqual({
    instancetypes: documents('instancetypes'),
    preferences: documents('preferences'),
  });
});

/** Manifests as people write them, in the shapes of KubeVirt's user guide. */
const manifests = {
  'two claims as disks': `
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: two, namespace: default, labels: {kubevirt.io/vm: two}}
spec:
  runStrategy: Halted
  template:
    metadata:
      creationTimestamp: null
      labels: {kubevirt.io/vm: two}
    spec:
      domain:
        devices:
          disks:
          - {disk: {bus: virtio}, name: one}
          - {disk: {bus: scsi}, name: two, serial: DATA-2}
        memory: {guest: 128Mi}
        resources: {}
      terminationGracePeriodSeconds: 0
      volumes:
      - {name: one, persistentVolumeClaim: {claimName: disk-one}}
      - {name: two, persistentVolumeClaim: {claimName: disk-two}}
`,
  'a download, cloud-init, ports': `
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: web, namespace: default}
spec:
  running: false
  dataVolumeTemplates:
  - metadata: {name: web-root}
    spec:
      source: {http: {url: "https://example.com/debian.qcow2"}}
      storage: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}
  template:
    spec:
      hostname: web
      domain:
        cpu: {cores: 2}
        devices:
          rng: {}
          inputs: [{name: tablet, type: tablet, bus: usb}]
          disks:
          - {name: root, bootOrder: 1, disk: {bus: virtio}}
          - {name: seed, disk: {bus: virtio}}
          - {name: empty, disk: {bus: sata}}
          - {name: installer, cdrom: {bus: sata}}
          interfaces:
          - name: default
            model: virtio
            macAddress: 02:11:22:33:44:55
            masquerade: {}
            ports: [{name: http, port: 80, protocol: TCP}]
        resources: {requests: {memory: 1024M}}
      networks: [{name: default, pod: {}}]
      volumes:
      - {name: root, dataVolume: {name: web-root}}
      - {name: seed, cloudInitNoCloud: {userData: "#cloud-config\\n", networkData: "version: 2\\n"}}
      - {name: empty, emptyDisk: {capacity: 2Gi}}
`,
  'a Windows guest': `
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata: {name: win, namespace: default}
spec:
  domain:
    clock:
      utc: {}
      timer: {hpet: {present: false}, hyperv: {}, pit: {tickPolicy: delay}, rtc: {tickPolicy: catchup}}
    cpu: {cores: 2}
    devices:
      disks: [{disk: {bus: sata}, name: root}]
      interfaces: [{masquerade: {}, model: e1000, name: default}]
    features: {acpi: {}, apic: {}, hyperv: {relaxed: {}, spinlocks: {spinlocks: 8191}, vapic: {}}}
    firmware: {uuid: 5d307ca9-b3ef-428c-8861-06e72d69f223}
    resources: {requests: {memory: 2Gi}}
  networks: [{name: default, pod: {}}]
  terminationGracePeriodSeconds: 3600
  volumes: [{name: root, persistentVolumeClaim: {claimName: disk-windows}}]
`,
  'UEFI with Secure Boot from a type and a preference': `
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {generateName: fedora-, namespace: default}
spec:
  runStrategy: RerunOnFailure
  instancetype: {kind: virtualmachineclusterinstancetype, name: u1.medium}
  preference: {kind: virtualmachineclusterpreference, name: fedora}
  template:
    spec:
      domain: {devices: {}}
      volumes:
      - {name: root, ephemeral: {persistentVolumeClaim: {claimName: fedora}}}
      - {name: keys, secret: {secretName: keys}}
      - {name: files, configMap: {name: files}}
      - {name: seed, cloudInitConfigDrive: {secretRef: {name: seed}}}
`,
  'an upload': `
apiVersion: cdi.kubevirt.io/v1beta1
kind: DataVolume
metadata: {name: up, namespace: hearth-images, annotations: {cdi.kubevirt.io/storage.bind.immediate.requested: ""}}
spec: {source: {upload: {}}, storage: {resources: {requests: {storage: 500Mi}}}}
`,
  'SSH from outside': `
apiVersion: v1
kind: Service
metadata: {name: ssh, namespace: default}
spec: {type: NodePort, selector: {kubevirt.io/vm: web}, ports: [{port: 22, targetPort: 22, nodePort: 30022}]}
`,
};
test.each(Object.entries(manifests))('%s passes', (_title, text) => {
  const object = parse(text) as KubeObject;
  const { warnings, object: admitted } = lab.admit({ type: typeOf(object), object });
  expect(warnings).toEqual([]);
  // What was admitted passes again, unchanged: apply and edit send it back like this.
  const again = lab.admit({ type: typeOf(object), object: admitted });
  expect(again.object).toEqual(admitted);
});

test('a container disk, as most examples have one, is the only thing refused about them', () => {
  const object = parse(`
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata: {name: demo, namespace: default}
spec:
  domain:
    devices: {disks: [{disk: {bus: virtio}, name: root}, {disk: {bus: virtio}, name: seed}]}
    memory: {guest: 128Mi}
  volumes:
  - {name: root, containerDisk: {image: "quay.io/kubevirt/cirros-container-disk-demo"}}
  - {name: seed, cloudInitNoCloud: {userData: "#!/bin/sh\\n"}}
`) as KubeObject;
  const refusal = lab.refusal({ type: typeOf(object), object });
  expect(refusal.causes.map((cause) => cause.field)).toEqual(['spec.volumes[0].containerDisk']);
});
