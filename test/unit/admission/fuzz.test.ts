import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../../main/embedded/kube/object.ts';
import {
  configMaps,
  dataVolumes,
  persistentVolumeClaims,
  secrets,
  services,
  virtualMachineClusterInstancetypes,
  virtualMachineClusterPreferences,
  virtualMachineInstances,
  virtualMachines,
} from '../../../main/embedded/kube/resources.ts';
import type { ResourceType } from '../../../main/embedded/kube/resources.ts';
import { StatusError } from '../../../main/embedded/kube/status-error.ts';
import { admissionLab, machine } from '../../support/admission/admit.ts';
import type { AdmissionLab } from '../../support/admission/admit.ts';

let lab: AdmissionLab;
beforeAll(() => {
  lab = admissionLab();
});
afterAll(() => lab.close());

/** Mulberry32: the same cases at every run. */
const random = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};

const instance = {
  hostname: 'web',
  domain: {
    clock: { utc: {}, timer: { hpet: { present: false } } },
    cpu: { sockets: 1, cores: 1, threads: 1, model: 'host-model', features: [{ name: 'aes', policy: 'require' }] },
    features: { acpi: { enabled: true }, smm: {} },
    firmware: { uuid: 'b', bootloader: { efi: { secureBoot: false } } },
    machine: { type: 'q35' },
    resources: { requests: { memory: '1Gi', cpu: '1' }, limits: { memory: '1Gi' } },
    devices: {
      disks: [
        { name: 'root', bootOrder: 1, serial: 'a', cache: 'none', disk: { bus: 'virtio' } },
        { name: 'seed', cdrom: { bus: 'sata', tray: 'closed' } },
      ],
      interfaces: [{ name: 'default', masquerade: {}, macAddress: '02:00:00:00:00:01', ports: [{ port: 80 }] }],
      inputs: [{ name: 't', type: 'tablet', bus: 'usb' }],
      tpm: { enabled: false },
    },
  },
  networks: [{ name: 'default', pod: {} }],
  volumes: [
    { name: 'root', dataVolume: { name: 'web-root' } },
    { name: 'seed', cloudInitNoCloud: { userData: 'a', networkDataSecretRef: { name: 'b' } } },
  ],
};
const object = (type: ResourceType, fields: object): KubeObject => ({
  apiVersion: type.group ? `${type.group}/${type.version}` : type.version,
  kind: type.kind,
  metadata: {
    name: 'web',
    ...(type.namespaced ? { namespace: 'default' } : {}),
    labels: { a: 'b' },
    annotations: { c: 'd' },
    ownerReferences: [{ apiVersion: 'v1', kind: 'Secret', name: 'a', uid: 'b' }],
    finalizers: ['a/b'],
  },
  ...fields,
});
const sized = { resources: { requests: { storage: '1Gi' } }, accessModes: ['ReadWriteOnce'] };
const dataVolume = { source: { http: { url: 'https://a/b', checksum: 'sha256:00' } }, storage: sized };
const seeds: [ResourceType, KubeObject][] = [
  [
    virtualMachines,
    machine(instance, {
      instancetype: { name: 'u1.nano' },
      preference: { inferFromVolume: 'root' },
      template: { metadata: { labels: { a: 'b' }, annotations: { a: 'b' } } },
      dataVolumeTemplates: [{ metadata: { name: 'web-root' }, spec: dataVolume }],
    }),
  ],
  [virtualMachineInstances, object(virtualMachineInstances, { spec: instance })],
  [dataVolumes, object(dataVolumes, { spec: dataVolume })],
  [persistentVolumeClaims, object(persistentVolumeClaims, { spec: sized })],
  [services, object(services, { spec: { type: 'LoadBalancer', selector: { a: 'b' }, ports: [{ port: 80, targetPort: 'http', nodePort: 30001 }] } })],
  [secrets, object(secrets, { type: 'Opaque', data: { a: 'YQ==' }, stringData: { b: 'c' }, immutable: true })],
  [configMaps, object(configMaps, { data: { a: 'b' }, binaryData: { c: 'YQ==' } })],
  [virtualMachineClusterInstancetypes, object(virtualMachineClusterInstancetypes, { spec: { cpu: { guest: 1 }, memory: { guest: '1Gi' } } })],
  [virtualMachineClusterPreferences, object(virtualMachineClusterPreferences, { spec: { cpu: { preferredCPUTopology: 'cores' }, devices: { preferredTPM: {} } } })],
]; // prettier-ignore

const values = [
  null, {}, [], '', 'x', '\u0000', 'a'.repeat(5000), 0, -1, 1.5, 1e300, true, false, [null], [{}], { a: null }, { name: 'root' },
  '9'.repeat(400), '1e999', '-5Gi', '__proto__', 'constructor', { __proto__: null, constructor: {} }, 'ＡＢ', '../../etc/passwd',
] as const; // prettier-ignore

type Node = Record<string, unknown> | unknown[];
/** Changes one place somewhere below: replaces, removes, doubles or adds. */
const mutate = (root: Node, next: () => number): void => {
  const places: [Node, string | number][] = [];
  const collect = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Array.isArray(node) ? node.keys() : Object.keys(node)) {
      places.push([node as Node, key]);
      collect((node as Record<string | number, unknown>)[key]);
    }
  };
  collect(root);
  const place = places[Math.floor(next() * places.length)];
  if (!place) return;
  const [node, key] = place;
  const target: Record<PropertyKey, unknown> = node as never;
  const value = structuredClone(values[Math.floor(next() * values.length)]) as unknown;
  const way = next();
  if (way < 0.6) target[key] = value;
  else if (way < 0.75) delete target[key];
  else if (Array.isArray(node)) node.push(structuredClone(node[0]));
  else Object.assign(node, { [next() < 0.5 ? 'constructor' : 'extra']: value });
};

test.each(seeds)('thousands of broken objects: answered or refused, never a crash (%#)', (type, seed) => {
  const next = random(20);
  let refused = 0;
  for (let round = 0; round < 1500; round += 1) {
    const draft = structuredClone(seed) as unknown as Record<string, unknown>;
    for (let count = 1 + Math.floor(next() * 3); count > 0; count -= 1) mutate(draft, next);
    const fieldValidation = (['Strict', 'Warn', 'Ignore'] as const)[round % 3] ?? 'Strict';
    try {
      const { object: admitted } = lab.admit({ type, object: draft as unknown as KubeObject, fieldValidation });
      // What passed has to pass as an update of itself, too.
      const old = { ...admitted, metadata: { ...admitted.metadata, uid: 'u', resourceVersion: '1' } };
      lab.admit({ type, object: admitted, old: old as never });
    } catch (error) {
      if (!(error instanceof StatusError))
        throw new Error(`crash on ${JSON.stringify(draft).slice(0, 3000)}`, { cause: error });
      expect(error.message.length).toBeGreaterThan(5);
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(100);
});
