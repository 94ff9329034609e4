import type { StatusCause } from '../../kube/status-error.ts';
import { bytesOf, milliCpuOf, quantityFormatWrong } from '../../kube/quantity.ts';
import { invalidCause, requiredCause, resourceOf, unsupportedCause } from './shapes.ts';
import type { VmiSpec } from './shapes.ts';

/** Shell patterns as KubeVirt's emulatedMachines has them; `pc` is ours: guests from before PCI Express. */
const machines = ['q35*', 'pc-q35*', 'pc', 'pc-i440fx*'];
const armMachines = ['virt*'];
const videoTypes = ['vga', 'virtio', 'bochs', 'cirrus', 'ramfb'];
const featurePolicies = ['force', 'require', 'optional', 'disable', 'forbid', ''];
const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const plainText = /^[A-Za-z0-9_.+-]+$/;

/** Memory, CPU, machine and firmware (KubeVirt vmi-create-admitter.go). `at` is the instance's spec. */
export const domainCauses = (spec: VmiSpec, at: string): StatusCause[] => [
  ...memoryCauses(spec, `${at}.domain`),
  ...machineCauses(spec, `${at}.domain`),
  ...firmwareCauses(spec, `${at}.domain`),
  ...cpuCauses(spec, `${at}.domain`),
  ...deviceCauses(spec, `${at}.domain.devices`),
];

const memoryCauses = ({ domain }: VmiSpec, at: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  const { memory, resources } = domain;
  const asked = resourceOf(resources?.requests, 'memory');
  const limit = resourceOf(resources?.limits, 'memory');
  const [requests, limits] = [bytesOf(asked) ?? 0, bytesOf(limit) ?? 0];
  const requestField = `${at}.resources.requests.memory`;
  const limitField = `${at}.resources.limits.memory`;
  const positive = (field: string, value: string | number | undefined): StatusCause =>
    invalidCause(field, `${field} '${value}': must be greater than or equal to 0.`);
  if (requests < 0) causes.push(positive(requestField, asked));
  else if (requests > 0 && requests < 1e6) {
    causes.push(invalidCause(requestField, `${requestField} '${asked}': must be greater than or equal to 1M.`));
  }
  if (limits < 0) causes.push(positive(limitField, limit));
  if (limits > 0 && requests > limits) {
    causes.push(invalidCause(requestField, `${requestField} '${asked}' is greater than ${limitField} '${limit}'`));
  }
  causes.push(...hugepageCauses(memory?.hugepages?.pageSize, requests, asked, at));
  const guest = bytesOf(memory?.guest);
  const guestField = `${at}.memory.guest`;
  if (guest !== undefined && guest <= 0) {
    causes.push(invalidCause(guestField, `${guestField} '${memory?.guest}': must be greater than 0.`));
  }
  if (guest !== undefined && limits > 0 && limits < guest) {
    causes.push(
      invalidCause(
        guestField,
        `${guestField} '${memory?.guest}' must be equal to or less than the memory limit ${limitField} '${limit}'`,
      ),
    );
  }
  return causes;
};

const hugepageCauses = (
  pageSize: string | undefined,
  requests: number,
  asked: string | number | undefined,
  at: string,
): StatusCause[] => {
  if (pageSize === undefined) return [];
  const field = `${at}.hugepages.size`;
  const page = bytesOf(pageSize);
  if (page === undefined) return [invalidCause(field, `${field} '${pageSize}': ${quantityFormatWrong}`)];
  const requestField = `${at}.resources.requests.memory`;
  const said = `${requestField} '${asked ?? 0}'`;
  if (requests < page) {
    return [invalidCause(requestField, `${said} must be equal to or larger than page size ${field} '${pageSize}'`)];
  }
  return requests % page
    ? [invalidCause(requestField, `${said} is not a multiple of the page size ${field} '${pageSize}'`)]
    : [];
};

/** Only for what is about to run: memory has to come from somewhere. */
export const noMemoryCauses = ({ domain }: VmiSpec, at: string): StatusCause[] => {
  const { memory, resources } = domain;
  if (
    (bytesOf(resourceOf(resources?.requests, 'memory')) ?? 0) !== 0 ||
    memory?.guest !== undefined ||
    memory?.hugepages
  )
    return [];
  const here = `${at}.domain`;
  return [
    requiredCause(
      '',
      `no memory requested, at least one of '${here}.memory.guest', '${here}.memory.hugepages.size' or '${here}.resources.requests.memory' must be set`,
    ),
  ];
};

const machineCauses = ({ architecture, domain }: VmiSpec, at: string): StatusCause[] => {
  const type = domain.machine?.type;
  if (!type) return [];
  const allowed = architecture === 'arm64' ? armMachines : machines;
  const fits = (pattern: string): boolean =>
    pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
  if (allowed.some(fits)) return [];
  const field = `${at}.machine.type`;
  return [invalidCause(field, `${field} is not supported: ${type} (allowed values: [${allowed.join(' ')}])`)];
};

const firmwareCauses = ({ domain }: VmiSpec, at: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  const { firmware, features } = domain;
  if (!firmware) return causes;
  const field = `${at}.firmware`;
  if (firmware.serial && firmware.serial.length > 256) {
    causes.push(
      invalidCause(`${field}.serial`, `${field}.serial must be less than or equal to 256 in length, if specified`),
    );
  }
  if (firmware.serial && !plainText.test(firmware.serial)) {
    causes.push(
      invalidCause(
        `${field}.serial`,
        `${field}.serial must be made up of the following characters [A-Za-z0-9_.+-], if specified`,
      ),
    );
  }
  // Not one of KubeVirt's rules: there libvirt refuses it when the machine starts.
  if (firmware.uuid && !uuid.test(firmware.uuid)) {
    causes.push(invalidCause(`${field}.uuid`, `${field}.uuid '${firmware.uuid}' is not a UUID`));
  }
  const { bios, efi } = firmware.bootloader ?? {};
  if (bios && efi) {
    const loader = `${field}.bootloader`;
    causes.push(invalidCause(loader, `${loader} has both EFI and BIOS configured, but they are mutually exclusive.`));
  }
  const smm = features?.smm !== undefined && features.smm.enabled !== false;
  if (efi && efi.secureBoot !== false && !smm) {
    causes.push(
      invalidCause(at, `${at} has EFI SecureBoot enabled. SecureBoot requires SMM, which is currently disabled.`),
    );
  }
  return causes;
};

const cpuCauses = ({ domain }: VmiSpec, at: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  const { cpu, resources } = domain;
  const asked = resourceOf(resources?.requests, 'cpu');
  const limit = resourceOf(resources?.limits, 'cpu');
  const [requests, limits] = [milliCpuOf(asked) ?? 0, milliCpuOf(limit) ?? 0];
  const requestField = `${at}.resources.requests.cpu`;
  const limitField = `${at}.resources.limits.cpu`;
  if (requests < 0)
    causes.push(invalidCause(requestField, `${requestField} '${asked}': must be greater than or equal to 0.`));
  if (limits < 0)
    causes.push(invalidCause(limitField, `${limitField} '${limit}': must be greater than or equal to 0.`));
  if (limits > 0 && requests > limits) {
    causes.push(invalidCause(requestField, `${requestField} '${asked}' is greater than ${limitField} '${limit}'`));
  }
  if (cpu?.isolateEmulatorThread && !cpu.dedicatedCpuPlacement) {
    causes.push(
      invalidCause(
        `${at}.cpu.isolateEmulatorThread`,
        'IsolateEmulatorThread should be only set in combination with DedicatedCPUPlacement',
      ),
    );
  }
  for (const [index, { name, policy = '' }] of (cpu?.features ?? []).entries()) {
    if (featurePolicies.includes(policy)) continue;
    causes.push(
      unsupportedCause(
        `${at}.cpu.features[${index}].policy`,
        `CPU feature ${name} uses policy ${policy} that is not supported.`,
      ),
    );
  }
  if (cpu?.maxSockets && cpu.sockets && cpu.sockets > cpu.maxSockets) {
    causes.push(
      invalidCause(
        `${at}.cpu.sockets`,
        'Number of sockets in CPU topology is greater than the maximum sockets allowed',
      ),
    );
  }
  return causes;
};

const deviceCauses = ({ domain }: VmiSpec, at: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  const { inputs = [], sound, video, autoattachGraphicsDevice } = domain.devices;
  for (const [index, { bus, type }] of inputs.entries()) {
    if (bus && bus !== 'virtio' && bus !== 'usb') {
      causes.push(invalidCause(`${at}.inputs[${index}].bus`, 'Input device can have only virtio or usb bus.'));
    }
    if (type !== 'tablet')
      causes.push(invalidCause(`${at}.inputs[${index}].type`, 'Input device can have only tablet type.'));
  }
  if (sound?.model && sound.model !== 'ich9' && sound.model !== 'ac97') {
    causes.push(invalidCause(`${at}.sound`, "Sound device type is not supported. Options: 'ich9' or 'ac97'"));
  }
  if (sound && !sound.name) causes.push(invalidCause(`${at}.sound`, 'Sound device requires a name field.'));
  if (video && autoattachGraphicsDevice === false) {
    causes.push(
      invalidCause(`${at}.video`, 'Video configuration is not allowed when autoattachGraphicsDevice is set to false'),
    );
  }
  if (video?.type && !videoTypes.includes(video.type)) {
    causes.push(
      invalidCause(
        `${at}.video.type`,
        `${at}.video.type is not supported: ${video.type} (allowed values: [${videoTypes.join(' ')}])`,
      ),
    );
  }
  return causes;
};
