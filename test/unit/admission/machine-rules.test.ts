import { afterAll, beforeAll, expect, test } from 'vitest';
import { virtualMachines } from '../../../main/embedded/kube/resources.ts';
import { admissionLab, machine } from '../../support/admission/admit.ts';
import type { AdmissionLab } from '../../support/admission/admit.ts';

let lab: AdmissionLab;
beforeAll(() => {
  lab = admissionLab();
});
afterAll(() => lab.close());

const at = 'spec.template.spec';
const disks = `${at}.domain.devices.disks`;
const nics = `${at}.domain.devices.interfaces`;
const disk = (fields: object) => ({ domain: { devices: { disks: [{ name: 'root', ...fields }] } } });
const devices = (fields: object) => ({ domain: { devices: fields } });
const cpu = (fields: object) => ({ domain: { cpu: fields } });
const nic = (fields: object, networks: object[] = [{ name: 'default', pod: {} }]) => ({
  domain: { devices: { interfaces: [{ name: 'default', ...fields }] } },
  networks,
});
const port = (...ports: object[]) => nic({ masquerade: {}, ports });
const cloudInit = (source: object, kind = 'cloudInitNoCloud') => ({
  volumes: [
    { name: 'root', persistentVolumeClaim: { claimName: 'web' } },
    { name: 'seed', [kind]: source },
  ],
});
const seed = `${at}.volumes[1].cloudInitNoCloud`;
const claim = { persistentVolumeClaim: { claimName: 'web' } };
const memory = (resources: object, guest?: string) => ({ domain: { memory: { guest }, resources } });
const memoryAt = `${at}.domain.resources`;
const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

type Case = [title: string, spec: object, field: string, message: string, vm?: object];

const cases: Case[] = [
  ['neither runStrategy nor running', {}, 'spec.running', 'RunStrategy must be specified', { runStrategy: undefined }],
  ['both', {}, 'spec.running', 'Running and RunStrategy are mutually exclusive. Note that Running is deprecated, please use RunStrategy instead', { running: true }],
  ['unknown strategy', {}, 'spec.runStrategy', 'Invalid RunStrategy (Sometimes)', { runStrategy: 'Sometimes' }],
  ['no memory', memory({}), '', `no memory requested, at least one of '${at}.domain.memory.guest', '${at}.domain.memory.hugepages.size' or '${at}.domain.resources.requests.memory' must be set`],
  ['negative memory', memory({ requests: { memory: '-64Mi' } }), `${memoryAt}.requests.memory`, `${memoryAt}.requests.memory '-64Mi': must be greater than or equal to 0.`],
  ['little memory', memory({ requests: { memory: '64k' } }), `${memoryAt}.requests.memory`, `${memoryAt}.requests.memory '64k': must be greater than or equal to 1M.`],
  ['negative limit', memory({ limits: { memory: '-1Mi' } }, '64Mi'), `${memoryAt}.limits.memory`, `${memoryAt}.limits.memory '-1Mi': must be greater than or equal to 0.`],
  ['request over limit', memory({ requests: { memory: '2Gi' }, limits: { memory: '1Gi' } }, '1Gi'), `${memoryAt}.requests.memory`, `${memoryAt}.requests.memory '2Gi' is greater than ${memoryAt}.limits.memory '1Gi'`],
  ['guest over limit', memory({ limits: { memory: '1Gi' } }, '2Gi'), `${at}.domain.memory.guest`, `${at}.domain.memory.guest '2Gi' must be equal to or less than the memory limit ${memoryAt}.limits.memory '1Gi'`],
  ['no guest memory at all', memory({}, '0'), `${at}.domain.memory.guest`, `${at}.domain.memory.guest '0': must be greater than 0.`],
  ['page size', { domain: { memory: { guest: '1Gi', hugepages: { pageSize: 'big' } } } }, `${at}.domain.hugepages.size`, `${at}.domain.hugepages.size 'big': quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`],
  ['memory below a page', { domain: { memory: { guest: '1Gi', hugepages: { pageSize: '2Mi' } } } }, `${memoryAt}.requests.memory`, `${memoryAt}.requests.memory '0' must be equal to or larger than page size ${at}.domain.hugepages.size '2Mi'`],
  ['memory no multiple of a page', { domain: { memory: { hugepages: { pageSize: '2Mi' } }, resources: { requests: { memory: '65Mi' } } } }, `${memoryAt}.requests.memory`, `${memoryAt}.requests.memory '65Mi' is not a multiple of the page size ${at}.domain.hugepages.size '2Mi'`],
  ['negative cpu request', { domain: { resources: { requests: { cpu: '-1' } } } }, `${memoryAt}.requests.cpu`, `${memoryAt}.requests.cpu '-1': must be greater than or equal to 0.`],
  ['cpu request over limit', { domain: { resources: { requests: { cpu: '1500m' }, limits: { cpu: 1 } } } }, `${memoryAt}.requests.cpu`, `${memoryAt}.requests.cpu '1500m' is greater than ${memoryAt}.limits.cpu '1'`],
  ['more sockets than the most', cpu({ sockets: 4, maxSockets: 2 }), `${at}.domain.cpu.sockets`, 'Number of sockets in CPU topology is greater than the maximum sockets allowed'],
  ['isolated emulator thread', cpu({ isolateEmulatorThread: true }), `${at}.domain.cpu.isolateEmulatorThread`, 'IsolateEmulatorThread should be only set in combination with DedicatedCPUPlacement'],
  ['cpu feature policy', cpu({ features: [{ name: 'aes', policy: 'maybe' }] }), `${at}.domain.cpu.features[0].policy`, 'CPU feature aes uses policy maybe that is not supported.'],
  ['machine type', { domain: { machine: { type: 'microvm' } } }, `${at}.domain.machine.type`, `${at}.domain.machine.type is not supported: microvm (allowed values: [q35* pc-q35* pc pc-i440fx*])`],
  ['BIOS and EFI', { domain: { firmware: { bootloader: { bios: {}, efi: { secureBoot: false } } } } }, `${at}.domain.firmware.bootloader`, `${at}.domain.firmware.bootloader has both EFI and BIOS configured, but they are mutually exclusive.`],
  ['Secure Boot without SMM', { domain: { firmware: { bootloader: { efi: {} } } } }, `${at}.domain`, `${at}.domain has EFI SecureBoot enabled. SecureBoot requires SMM, which is currently disabled.`],
  ['serial number', { domain: { firmware: { serial: 'a b' } } }, `${at}.domain.firmware.serial`, `${at}.domain.firmware.serial must be made up of the following characters [A-Za-z0-9_.+-], if specified`],
  ['long serial number', { domain: { firmware: { serial: 'a'.repeat(257) } } }, `${at}.domain.firmware.serial`, `${at}.domain.firmware.serial must be less than or equal to 256 in length, if specified`],
  ['firmware uuid', { domain: { firmware: { uuid: 'mine' } } }, `${at}.domain.firmware.uuid`, `${at}.domain.firmware.uuid 'mine' is not a UUID`],
  ['disk without volume', devices({ disks: [{ name: 'gone', disk: {} }] }), `${disks}[0].name`, `${disks}[0].Name 'gone' not found.`],
  ['two disks of a name', devices({ disks: [{ name: 'root', disk: {} }, { name: 'root', disk: {} }] }), `${disks}[1].name`, `${disks}[1] and ${disks}[0] must not have the same Name.`],
  ['two targets', disk({ disk: {}, cdrom: {} }), `${disks}[0]`, `${disks}[0] can only have a single target type defined`],
  ['IDE', disk({ disk: { bus: 'ide' } }), `${disks}[0].disk.bus`, 'IDE bus is not supported'],
  ['virtio CD-ROM', disk({ cdrom: { bus: 'virtio' } }), `${disks}[0].cdrom.bus`, 'Bus type virtio is invalid for CD-ROM device'],
  ['unknown bus', disk({ disk: { bus: 'nvme' } }), `${disks}[0].disk.bus`, `${disks}[0] is set with an unrecognized bus nvme, must be one of: [virtio scsi sata usb]`],
  ['read-only SATA disk', disk({ disk: { bus: 'sata', readonly: true } }), `${disks}[0].disk.bus`, 'sata hard-disks do not support read-only.'],
  ['IO thread on SATA', disk({ disk: { bus: 'sata' }, dedicatedIOThread: true }), `${disks}[0]`, 'IOThreads are not supported for disks on a sata bus'],
  ['boot order 0', disk({ disk: {}, bootOrder: 0 }), `${disks}[0].bootOrder`, `${disks}[0] must have a boot order > 0, if supplied`],
  ['boot order twice', { domain: { devices: { disks: [{ name: 'root', disk: {}, bootOrder: 1 }], interfaces: [{ name: 'default', masquerade: {}, bootOrder: 1 }] } }, networks: [{ name: 'default', pod: {} }] }, `${nics}[0].bootOrder`, `Boot order for ${nics}[0].bootOrder already set for a different device.`],
  ['disk serial', disk({ disk: {}, serial: 'ä' }), `${disks}[0].serial`, `${disks}[0] must be made up of the following characters [A-Za-z0-9_.+-], if specified`],
  ['cache', disk({ disk: {}, cache: 'fast' }), `${disks}[0].cache`, `${disks}[0].cache has invalid value fast`],
  ['io mode', disk({ disk: {}, io: 'uring' }), `${disks}[0].io`, `Disk IO mode for ${disks} is not supported. Supported modes are: native, threads.`],
  ['error policy', disk({ disk: {}, errorPolicy: 'panic' }), `${disks}[0].errorPolicy`, `${disks}[0].errorPolicy has invalid value "panic"`],
  ['disk name', { ...devices({ disks: [{ name: 'Root', disk: {} }] }), volumes: [{ name: 'Root', ...claim }] }, `${disks}[0].name`, label],
  ['lun on a seed', { ...devices({ disks: [{ name: 'root', lun: { bus: 'scsi' } }] }), volumes: [{ name: 'root', emptyDisk: { capacity: '1Gi' } }] }, `${disks}[0].lun`, `${disks}[0].lun can only be mapped to a DataVolume or PersistentVolumeClaim volume.`],
  ['two volumes of a name', { volumes: [{ name: 'root', ...claim }, { name: 'root', ...claim }] }, `${at}.volumes[1].name`, `${at}.volumes[1] and ${at}.volumes[0] must not have the same Name.`],
  ['volume without source', { volumes: [{ name: 'root' }] }, `${at}.volumes[0]`, `${at}.volumes[0] must have exactly one source type set`],
  ['volume of two sources', { volumes: [{ name: 'root', ...claim, emptyDisk: { capacity: '1Gi' } }] }, `${at}.volumes[0]`, `${at}.volumes[0] must have exactly one source type set`],
  ['nameless data volume', { volumes: [{ name: 'root', dataVolume: { name: '' } }] }, `${at}.volumes[0].name`, "DataVolume 'name' must be set"],
  ['empty disk of nothing', { volumes: [{ name: 'root', emptyDisk: { capacity: '0' } }] }, `${at}.volumes[0].emptyDisk.capacity`, `${at}.volumes[0].emptyDisk.capacity '0': must be greater than 0.`],
  ['long user data', cloudInit({ userData: 'x'.repeat(2049) }), seed, `${seed} userdata exceeds 2048 byte limit. Should use UserDataSecretRef for larger data.`],
  ['long user data, coded', cloudInit({ userDataBase64: Buffer.alloc(2049).toString('base64') }), seed, `${seed} userdata exceeds 2048 byte limit. Should use UserDataSecretRef for larger data.`],
  ['long network data', cloudInit({ networkData: 'ä'.repeat(1025) }), seed, `${seed} networkdata exceeds 2048 byte limit. Should use NetworkDataSecretRef for larger data.`],
  ['two user data', cloudInit({ userData: 'a', secretRef: { name: 'b' } }), seed, `${seed} must have only one userdatasource set.`],
  ['two network data', cloudInit({ networkData: 'a', networkDataBase64: 'YQ==' }), seed, `${seed} must have only one networkdata source set.`],
  ['no cloud-init data', cloudInit({}), seed, `${seed} must have at least one userdatasource or one networkdatasource set.`],
  ['config drive without data', cloudInit({}, 'cloudInitConfigDrive'), `${at}.volumes[1].cloudInitConfigDrive`, `${at}.volumes[1].cloudInitConfigDrive must have at least one userdatasource or one networkdatasource set.`],
  ['no base64', cloudInit({ userDataBase64: '%' }), `${seed}.userDataBase64`, `${seed}.userDataBase64.cloudInitNoCloud.userDataBase64 is not a valid base64 value.`],
  ['interface without network', nic({ masquerade: {} }, []), `${nics}[0].name`, `${nics}[0].name 'default' not found.`],
  ['network without interface', nic({ masquerade: {} }, [{ name: 'default', pod: {} }, { name: 'lan', multus: { networkName: 'lan' } }]), `${at}.networks[1].name`, `${at}.networks[1].name 'lan' not found.`],
  ['network without type', nic({ masquerade: {} }, [{ name: 'default' }]), `${at}.networks[0]`, 'should have a network type'],
  ['network of two types', nic({ masquerade: {} }, [{ name: 'default', pod: {}, multus: { networkName: 'a' } }]), `${at}.networks[0]`, 'should have only one network type'],
  ['multus without name', nic({ bridge: {} }, [{ name: 'default', multus: { networkName: '' } }]), `${at}.networks[0]`, 'CNI delegating plugin must have a networkName'],
  ['two pod networks', { domain: { devices: { interfaces: [{ name: 'a', masquerade: {} }, { name: 'b', masquerade: {} }] } }, networks: [{ name: 'a', pod: {} }, { name: 'b', pod: {} }] }, `${at}.interfaces`, `more than one interface is connected to a pod network in ${at}.interfaces`],
  ['no binding', nic({}), `${nics}[0]`, 'logical default interface must have exactly one binding method or binding plugin'],
  ['two bindings', nic({ masquerade: {}, bridge: {} }), `${nics}[0]`, 'logical default interface must have exactly one binding method or binding plugin'],
  ['masquerade elsewhere', nic({ masquerade: {} }, [{ name: 'default', multus: { networkName: 'lan' } }]), `${nics}[0].name`, 'Masquerade interface only implemented with pod network'],
  ['slirp', nic({ slirp: {} }), `${nics}[0].slirp`, 'Slirp interface support has been discontinued since v1.3'],
  ['macvtap', nic({ macvtap: {} }), `${nics}[0].macvtap`, 'Macvtap network binding has been discontinued since v1.3'],
  ['reserved MAC', nic({ masquerade: {}, macAddress: '02:00:00:00:00:00' }), `${nics}[0].macAddress`, 'The requested MAC address is reserved for the in-pod bridge. Please choose another one.'],
  ['malformed MAC', nic({ masquerade: {}, macAddress: '02:00' }), `${nics}[0].macAddress`, `interface ${nics}[0].name has malformed MAC address (02:00).`],
  ['long MAC', nic({ masquerade: {}, macAddress: '02:00:00:00:00:00:00:01' }), `${nics}[0].macAddress`, `interface ${nics}[0].name has MAC address (02:00:00:00:00:00:00:01) that is too long.`],
  ['model', nic({ masquerade: {}, model: 'vmxnet3' }), `${nics}[0].model`, `interface ${nics}[0].name uses model vmxnet3 that is not supported.`],
  ['state', nic({ masquerade: {}, state: 'half' }), `${nics}[0].state`, 'logical default interface state value is unsupported: half'],
  ['absent default', nic({ masquerade: {}, state: 'absent' }), `${nics}[0].state`, '"default" interface\'s state "absent" is not supported on default networks'],
  ['port 0', port({ port: 0 }), `${nics}[0].ports[0]`, 'Port field is mandatory.'],
  ['port 70000', port({ port: 70000 }), `${nics}[0].ports[0]`, 'Port field must be in range 0 < x < 65536.'],
  ['protocol', port({ port: 1, protocol: 'SCTP' }), `${nics}[0].ports[0].protocol`, 'Unknown protocol, only TCP or UDP allowed'],
  ['port name', port({ port: 1, name: 'Web' }), `${nics}[0].ports[0].name`, 'Invalid name of the port: Web'],
  ['port name twice', port({ port: 1, name: 'web' }, { port: 2, name: 'web' }), `${nics}[0].ports[1].name`, 'Duplicate name of the port: web'],
  ['input bus', devices({ inputs: [{ name: 't', type: 'tablet', bus: 'ps2' }] }), `${at}.domain.devices.inputs[0].bus`, 'Input device can have only virtio or usb bus.'],
  ['input type', devices({ inputs: [{ name: 't', type: 'mouse', bus: 'usb' }] }), `${at}.domain.devices.inputs[0].type`, 'Input device can have only tablet type.'],
  ['video without screen', devices({ autoattachGraphicsDevice: false, video: { type: 'vga' } }), `${at}.domain.devices.video`, 'Video configuration is not allowed when autoattachGraphicsDevice is set to false'],
  ['nameless sound', devices({ sound: { name: '', model: 'ac97' } }), `${at}.domain.devices.sound`, 'Sound device requires a name field.'],
  ['host name', { hostname: 'My_Host' }, `${at}.hostname`, `${at}.hostname does not conform to the kubernetes DNS_LABEL rules : ${label}`],
  ['start strategy', { startStrategy: 'Later' }, `${at}.startStrategy`, `${at}.startStrategy is set with an unrecognized option: Later`],
  ['eviction strategy', { evictionStrategy: 'Flee' }, `${at}.evictionStrategy`, `${at}.evictionStrategy is set with an unrecognized option: Flee`],
  ['other architecture', { architecture: 'arm64' }, `${at}.architecture`, `MultiArchitecture feature gate is not enabled in kubevirt-config, invalid entry ${at}.architecture`],
  ['unknown architecture', { architecture: 'pdp11' }, `${at}.architecture`, 'unsupported architecture: pdp11'],
  ['io threads policy', { domain: { ioThreadsPolicy: 'many' } }, `${at}.domain.ioThreadsPolicy`, 'Invalid IOThreadsPolicy (many)'],
  ['DNS policy', { dnsPolicy: 'Cluster' }, `${at}.dnsPolicy`, 'DNSPolicy: Cluster is not supported, valid values: [ClusterFirstWithHostNet ClusterFirst Default None ]'],
  ['DNS policy None', { dnsPolicy: 'None' }, `${at}.dnsConfig`, 'must provide `dnsConfig` when `dnsPolicy` is None'],
  ['probe of nothing', { livenessProbe: {} }, `${at}.livenessProbe`, `either ${at}.livenessProbe.tcpSocket, ${at}.livenessProbe.exec or ${at}.livenessProbe.httpGet must be set if a ${at}.livenessProbe is specified`],
  ['reserved label', {}, 'spec.template.metadata.labels', 'creation of the following reserved kubevirt.io/ labels on a VMI object is prohibited', { template: { metadata: { labels: { 'kubevirt.io/created-by': 'me' } } } }],
]; // prettier-ignore

test.each(cases)('KubeVirt refuses: %s', (_title, spec, field, message, vm = {}) => {
  const refusal = lab.refusal({ type: virtualMachines, object: machine(spec as never, vm as never) });
  expect(refusal.code).toBe(422);
  expect(refusal.reason).toBe('Invalid');
  expect(refusal.message).toMatch(/^admission webhook "virtualmachine-validator\.kubevirt\.io" denied the request: /);
  expect(refusal.message).toContain(message);
  expect(refusal.causes).toContainEqual(expect.objectContaining({ field, message }));
});

test('all messages stand in the sentence, the first ten are causes', () => {
  const twelve = Array.from({ length: 12 }, (_, index) => ({ name: `d${index}`, disk: { bus: 'ide' } }));
  const volumes = twelve.map(({ name }) => ({ name, ...claim }));
  const object = machine({ ...devices({ disks: twelve }), volumes });
  const refusal = lab.refusal({ type: virtualMachines, object });
  expect(refusal.causes).toHaveLength(10);
  expect(refusal.message.match(/IDE bus is not supported/g)).toHaveLength(12);
});

test('a good machine passes and gets what KubeVirt fills in', () => {
  const { object, warnings } = lab.admit({ type: virtualMachines, object: machine() });
  expect(warnings).toEqual([]);
  expect(object.spec).toMatchObject({
    template: { spec: { architecture: 'amd64', domain: { machine: { type: 'q35' } } } },
  });
  const uuid = (object.spec as never as { template: { spec: { domain: { firmware: { uuid: string } } } } }).template
    .spec.domain.firmware.uuid;
  expect(uuid).toMatch(/^[0-9a-f-]{36}$/);
});

test('the firmware UUID outlives an update that leaves it out', () => {
  const old = lab.create(virtualMachines, machine());
  const object = machine({}, { runStrategy: 'Always' });
  const next = lab.admit({ type: virtualMachines, object, old }).object;
  const uuidOf = (vm: object) =>
    JSON.stringify(vm)
      .match(/"uuid":"([0-9a-f-]{36})"/g)
      ?.at(-1);
  expect(uuidOf(next.spec as object)).toBe(uuidOf(old.spec as object));
  lab.store.delete(virtualMachines, 'default', 'web');
});
