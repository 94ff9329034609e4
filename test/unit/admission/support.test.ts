import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schemasFrom } from '../../../main/embedded/admission/schema.ts';
import type { JsonSchema } from '../../../main/embedded/admission/schema.ts';
import { claimSupport, dataVolumeSupport } from '../../../main/embedded/admission/support/data-volume.ts';
import { instanceSupport, machineSupport } from '../../../main/embedded/admission/support/instance.ts';
import type { SupportTable } from '../../../main/embedded/admission/support/support.ts';
import { supportOf } from '../../../main/embedded/admission/unsupported.ts';
import type { SupportRoot } from '../../../main/embedded/admission/unsupported.ts';
import { dataVolumes, persistentVolumeClaims, virtualMachines } from '../../../main/embedded/kube/resources.ts';
import type { ResourceType } from '../../../main/embedded/kube/resources.ts';
import { admissionLab, assets, machine } from '../../support/admission/admit.ts';
import type { AdmissionLab } from '../../support/admission/admit.ts';

/** Every path at which a value can stand, as `a.b[].c` and `map.*`. */
const leaves = (schema: JsonSchema | undefined, path: string): string[] => {
  if (!schema) return [];
  if (schema.properties) {
    return Object.entries(schema.properties).flatMap(([name, property]) =>
      leaves(property, path ? `${path}.${name}` : name),
    );
  }
  if (schema.items) return leaves(schema.items, `${path}[]`);
  return schema.additionalProperties ? leaves(schema.additionalProperties, `${path}.*`) : [path];
};
const specOf = (type: ResourceType): JsonSchema | undefined => schemasFrom(assets).schemaOf(type).properties?.['spec'];

const machineLeaves = leaves(specOf(virtualMachines), '').map((path): [SupportRoot, string] => {
  const instance = /^template\.spec\.(.*)$/.exec(path)?.[1];
  if (instance) return ['instance', instance];
  const dataVolume = /^dataVolumeTemplates\[\]\.spec\.(.*)$/.exec(path)?.[1];
  return dataVolume ? ['dataVolume', dataVolume] : ['machine', path];
});
const all: [SupportRoot, string][] = [
  ...machineLeaves,
  ...leaves(specOf(dataVolumes), '').map((path): [SupportRoot, string] => ['dataVolume', path]),
  ...leaves(specOf(persistentVolumeClaims), '').map((path): [SupportRoot, string] => ['claim', path]),
];

test('the schema of a VirtualMachine has its hundreds of fields', () => {
  expect(machineLeaves.length).toBeGreaterThan(450);
});

test('every field is implemented, harmless with a reason, or refused with a reason and a way out', () => {
  const nowhere = all.filter(([root, path]) => supportOf(root, path) === undefined);
  expect(nowhere).toEqual([]);
  for (const [root, path] of all) {
    const support = supportOf(root, path);
    if (support?.kind === 'harmless') expect(`${path}: ${support.why}`).toMatch(/: \w.{3}/);
    if (support?.kind === 'refused') expect([path, support.why, support.instead]).not.toContain('');
  }
});

test('no entry speaks of a field that does not exist', () => {
  const tables: [SupportRoot, SupportTable][] = [
    ['instance', instanceSupport],
    ['machine', machineSupport],
    ['dataVolume', dataVolumeSupport],
    ['claim', claimSupport],
  ];
  for (const [root, table] of tables) {
    const paths = all.filter(([one]) => one === root).map(([, path]) => path);
    const dead = Object.keys(table).filter((entry) => {
      const asked = entry.replace(/\.(cpu|memory)$/, '.*');
      return !paths.some((path) =>
        [entry, asked].some((one) => path === one || path.startsWith(`${one}.`) || path.startsWith(`${one}[`)),
      );
    });
    expect([root, ...dead]).toEqual([root]);
  }
});

describe('what is accepted elsewhere and not implemented here', () => {
  let lab: AdmissionLab;
  beforeAll(() => {
    lab = admissionLab();
  });
  afterAll(() => lab.close());
  const at = 'spec.template.spec';
  const devices = (fields: object) => ({ domain: { devices: fields } });
  const nic = (fields: object) => ({
    domain: { devices: { interfaces: [{ name: 'default', ...fields }] } },
    networks: [{ name: 'default', pod: {} }],
  });
  const disk = (fields: object) => devices({ disks: [{ name: 'root', disk: {}, ...fields }] });
  const volume = (source: object) => ({ volumes: [{ name: 'root', ...source }] });

  const refusals: [spec: object, field: string, says: RegExp, vm?: object][] = [
    [volume({ containerDisk: { image: 'quay.io/x' } }), `${at}.volumes[0].containerDisk`, /container disks need a container registry; import the image instead/],
    [volume({ hostDisk: { path: '/a', type: 'Disk' } }), `${at}.volumes[0].hostDisk`, /import the file as a DataVolume/],
    [volume({ downwardAPI: { fields: [] } }), `${at}.volumes[0].downwardAPI`, /configMap or secret/],
    [volume({ serviceAccount: { serviceAccountName: 'a' } }), `${at}.volumes[0].serviceAccount`, /no service accounts/],
    [devices({ gpus: [{ name: 'a', deviceName: 'b' }] }), `${at}.domain.devices.gpus`, /not passed through/],
    [devices({ hostDevices: [{ name: 'a', deviceName: 'b' }] }), `${at}.domain.devices.hostDevices`, /IOMMU/],
    [devices({ filesystems: [{ name: 'root', virtiofs: {} }] }), `${at}.domain.devices.filesystems`, /virtiofs/],
    [devices({ watchdog: { name: 'a', i6300esb: { action: 'reset' } } }), `${at}.domain.devices.watchdog`, /watchdog/],
    [devices({ panicDevices: [{ model: 'pvpanic' }] }), `${at}.domain.devices.panicDevices`, /panic/],
    [devices({ autoattachVSOCK: true }), `${at}.domain.devices.autoattachVSOCK`, /SSH/],
    [devices({ clientPassthrough: {} }), `${at}.domain.devices.clientPassthrough`, /USB/],
    [disk({ shareable: true }), `${at}.domain.devices.disks[0].shareable`, /one machine/],
    [disk({ errorPolicy: 'stop' }), `${at}.domain.devices.disks[0].errorPolicy`, /pauses/],
    [disk({ blockSize: { custom: { logical: 512, physical: 512 } } }), `${at}.domain.devices.disks[0].blockSize`, /block size/],
    [disk({ disk: undefined, lun: { bus: 'scsi' } }), `${at}.domain.devices.disks[0].lun`, /bus scsi/],
    [disk({ disk: undefined, cdrom: { readonly: false } }), `${at}.domain.devices.disks[0].cdrom.readonly`, /use a disk/],
    [nic({ masquerade: {}, model: 'pcnet' }), `${at}.domain.devices.interfaces[0].model`, /use virtio/],
    [disk({ cache: 'directsync' }), `${at}.domain.devices.disks[0].cache`, /none or writeback/],
    [{ domain: { clock: { timezone: 'Mars/Olympus' } } }, `${at}.domain.clock.timezone`, /UTC or at the local time/],
    [{ domain: { clock: { utc: { offsetSeconds: 60 } } } }, `${at}.domain.clock.utc.offsetSeconds`, /UTC or local time/],
    [nic({ bridge: {} }), `${at}.domain.devices.interfaces[0].bridge`, /masquerade/],
    [nic({ passtBinding: {} }), `${at}.domain.devices.interfaces[0].passtBinding`, /masquerade/],
    [nic({ masquerade: {}, dhcpOptions: { bootFileName: 'a' } }), `${at}.domain.devices.interfaces[0].dhcpOptions`, /cloud-init/],
    [{ ...nic({ masquerade: {} }), networks: [{ name: 'default', pod: { vmNetworkCIDR: '10.1.0.0/24' } }] }, `${at}.networks[0].pod.vmNetworkCIDR`, /10\.0\.2\.0\/24/],
    [{ domain: { cpu: { dedicatedCpuPlacement: true } } }, `${at}.domain.cpu.dedicatedCpuPlacement`, /not set aside/],
    [{ domain: { cpu: { features: [{ name: 'aes' }] } } }, `${at}.domain.cpu.features`, /CPU model/],
    [{ domain: { memory: { hugepages: { pageSize: '2Mi' } }, resources: { requests: { memory: '64Mi' } } } }, `${at}.domain.memory.hugepages`, /huge pages/],
    [{ domain: { launchSecurity: { sev: {} } } }, `${at}.domain.launchSecurity`, /SEV/],
    [{ domain: { features: { acpi: { enabled: false } } } }, `${at}.domain.features.acpi`, /shutting them down needs it/],
    [{ domain: { firmware: { kernelBoot: { container: { image: 'a', kernelPath: '/b' } } } } }, `${at}.domain.firmware.kernelBoot`, /disk image/],
    [{ domain: { chassis: { serial: 'a' } } }, `${at}.domain.chassis`, /SMBIOS/],
    [{ domain: { resources: { requests: { 'nvidia.com/gpu': '1' } } } }, `${at}.domain.resources.requests.nvidia.com/gpu`, /only cpu and memory/],
    [{ affinity: { nodeAffinity: {} } }, `${at}.affinity`, /one computer/],
    [{ nodeSelector: { a: 'b' } }, `${at}.nodeSelector`, /one computer/],
    [{ livenessProbe: { tcpSocket: { port: 22 } } }, `${at}.livenessProbe`, /Service/],
    [{ accessCredentials: [{ sshPublicKey: { source: { secret: { secretName: 'a' } }, propagationMethod: { noCloud: {} } } }] }, `${at}.accessCredentials`, /user data/],
    [{ dnsConfig: { nameservers: ['1.1.1.1'] } }, `${at}.dnsConfig`, /name servers/],
    [{}, 'spec.runStrategy', /no second node/, { runStrategy: 'WaitAsReceiver' }],
    [{}, 'spec.updateVolumesStrategy', /Replacement/, { updateVolumesStrategy: 'Migration' }],
  ]; // prettier-ignore

  test.each(refusals)('%j is refused by name', (spec, field, says, vm = {}) => {
    const refusal = lab.refusal({ type: virtualMachines, object: machine(spec as never, vm as never) });
    expect(refusal).toMatchObject({ code: 422, reason: 'Invalid', details: { kind: 'VirtualMachine', name: 'web' } });
    const cause = refusal.causes.find((one) => one.field === field);
    expect(cause).toMatchObject({ reason: 'FieldValueForbidden', message: expect.stringMatching(says) });
  });

  test('a switch that is off, an empty wish and what works are let through in silence', () => {
    const spec = {
      affinity: {},
      nodeSelector: {},
      domain: {
        cpu: { dedicatedCpuPlacement: false },
        features: { hyperv: { relaxed: {} }, kvm: { hidden: true } },
        devices: {
          tpm: { persistent: true },
          sound: { name: 's', model: 'ac97' },
          gpus: [],
          autoattachVSOCK: false,
          logSerialConsole: true,
        },
      },
    };
    expect(lab.admit({ type: virtualMachines, object: machine(spec) }).warnings).toEqual([]);
  });

  test('what has no effect here is said as a warning', () => {
    const spec = nic({ masquerade: {}, tag: 'front' });
    const { warnings } = lab.admit({ type: virtualMachines, object: machine(spec) });
    expect(warnings).toEqual([
      expect.stringMatching(
        /^spec\.template\.spec\.domain\.devices\.interfaces\[0\]\.tag: has no effect here: tags are not told/,
      ),
    ]);
  });
});
