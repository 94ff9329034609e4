import type { PreferenceSpec, VmiSpec } from '../vm/shapes.ts';

type Domain = VmiSpec['domain'];
type Devices = Domain['devices'];
type DevicePreferences = NonNullable<PreferenceSpec['devices']>;

/** Fills in what a preference prefers where the spec says nothing (KubeVirt pkg/instancetype/preference/apply). Changes `spec`. */
export const applyPreference = (preference: PreferenceSpec, spec: VmiSpec): void => {
  const { domain } = spec;
  applyCpuFeatures(preference, domain);
  if (preference.devices) applyDevices(preference.devices, spec);
  applyFeatures(preference, domain);
  applyFirmware(preference, domain);
  const machine = preference.machine?.preferredMachineType;
  if (machine && !domain.machine?.type) domain.machine = { type: machine };
  applyClock(preference, domain);
  if (preference.preferredSubdomain && !spec.subdomain) spec.subdomain = preference.preferredSubdomain;
  spec.terminationGracePeriodSeconds ??= preference.preferredTerminationGracePeriodSeconds as number;
  if (spec.terminationGracePeriodSeconds === undefined) delete (spec as Partial<VmiSpec>).terminationGracePeriodSeconds;
  if (preference.preferredArchitecture && !spec.architecture) spec.architecture = preference.preferredArchitecture;
};

/** The switches that decide which devices there are: applied before the default devices are made. */
export const applyAutoattach = (preference: PreferenceSpec, spec: VmiSpec): void => {
  const { devices } = spec.domain;
  for (const [field, wanted] of [
    ['autoattachGraphicsDevice', preference.devices?.preferredAutoattachGraphicsDevice],
    ['autoattachMemBalloon', preference.devices?.preferredAutoattachMemBalloon],
    ['autoattachPodInterface', preference.devices?.preferredAutoattachPodInterface],
    ['autoattachSerialConsole', preference.devices?.preferredAutoattachSerialConsole],
    ['autoattachInputDevice', preference.devices?.preferredAutoattachInputDevice],
  ] as const) {
    if (wanted !== undefined) devices[field] ??= wanted;
  }
};

const applyCpuFeatures = (preference: PreferenceSpec, domain: Domain): void => {
  const wanted = preference.cpu?.preferredCPUFeatures ?? [];
  if (wanted.length === 0) return;
  const features = ((domain.cpu ??= {}).features ??= []);
  for (const feature of wanted) if (!features.some((one) => one.name === feature.name)) features.push({ ...feature });
};

const applyDevices = (wanted: DevicePreferences, spec: VmiSpec): void => {
  const { devices } = spec.domain;
  const put = <K extends keyof Devices>(field: K, value: Devices[K] | undefined): void => {
    if (value !== undefined && devices[field] === undefined) devices[field] = structuredClone(value);
  };
  put('useVirtioTransitional', wanted.preferredUseVirtioTransitional);
  put('blockMultiQueue', wanted.preferredBlockMultiQueue);
  put('networkInterfaceMultiqueue', wanted.preferredNetworkInterfaceMultiQueue);
  put('rng', wanted.preferredRng);
  put('tpm', wanted.preferredTPM);
  if (wanted.preferredDisableHotplug !== undefined) devices.disableHotplug = wanted.preferredDisableHotplug;
  if (wanted.preferredSoundModel && devices.sound && !devices.sound.model)
    devices.sound.model = wanted.preferredSoundModel;
  if (wanted.preferredVideoType && devices.autoattachGraphicsDevice !== false)
    put('video', { type: wanted.preferredVideoType });
  if (wanted.preferredPanicDeviceModel) put('panicDevices', [{ model: wanted.preferredPanicDeviceModel }]);
  for (const disk of devices.disks ?? []) applyDisk(wanted, disk);
  for (const input of devices.inputs ?? []) {
    if (wanted.preferredInputBus) input.bus ||= wanted.preferredInputBus;
    if (wanted.preferredInputType) input.type ||= wanted.preferredInputType;
  }
  for (const nic of devices.interfaces ?? []) {
    if (wanted.preferredInterfaceModel) nic.model ||= wanted.preferredInterfaceModel;
    const unbound = !['masquerade', 'bridge', 'binding', 'sriov', 'passtBinding', 'slirp', 'macvtap', 'passt'].some(
      (binding) => binding in nic,
    );
    const onPod = spec.networks?.some((network) => network.name === nic.name && network.pod);
    if (wanted.preferredInterfaceMasquerade && unbound && onPod) nic.masquerade = {};
  }
};

const applyDisk = (wanted: DevicePreferences, disk: NonNullable<Devices['disks']>[number]): void => {
  if (!disk.disk && !disk.cdrom && !disk.lun) disk.disk = {};
  if (disk.cdrom && wanted.preferredCdromBus) disk.cdrom.bus ||= wanted.preferredCdromBus;
  if (disk.lun && wanted.preferredLunBus) disk.lun.bus ||= wanted.preferredLunBus;
  if (!disk.disk) return;
  if (wanted.preferredDiskBus) disk.disk.bus ||= wanted.preferredDiskBus;
  if (wanted.preferredDiskBlockSize) disk.blockSize ??= structuredClone(wanted.preferredDiskBlockSize);
  if (wanted.preferredDiskCache) disk.cache ||= wanted.preferredDiskCache;
  if (wanted.preferredDiskIO) disk.io ||= wanted.preferredDiskIO;
  if (wanted.preferredDiskDedicatedIoThread !== undefined && disk.disk.bus === 'virtio') {
    disk.dedicatedIOThread ??= wanted.preferredDiskDedicatedIoThread;
  }
};

const applyFeatures = (preference: PreferenceSpec, domain: Domain): void => {
  const wanted = preference.features;
  if (!wanted) return;
  const features = (domain.features ??= {});
  if (wanted.preferredAcpi) features.acpi = structuredClone(wanted.preferredAcpi);
  if (wanted.preferredApic) features.apic ??= structuredClone(wanted.preferredApic);
  if (wanted.preferredHyperv && !features.hypervPassthrough?.enabled) {
    features.hyperv = { ...structuredClone(wanted.preferredHyperv), ...features.hyperv };
  }
  if (wanted.preferredKvm) features.kvm ??= structuredClone(wanted.preferredKvm);
  if (wanted.preferredPvspinlock) features.pvspinlock ??= structuredClone(wanted.preferredPvspinlock);
  if (wanted.preferredSmm) features.smm ??= structuredClone(wanted.preferredSmm);
};

const applyFirmware = (preference: PreferenceSpec, domain: Domain): void => {
  const wanted = preference.firmware;
  if (!wanted) return;
  const loader = ((domain.firmware ??= {}).bootloader ??= {});
  if (wanted.preferredUseBios && !loader.bios && !loader.efi) loader.bios = {};
  if (wanted.preferredUseBiosSerial !== undefined && loader.bios)
    loader.bios.useSerial ??= wanted.preferredUseBiosSerial;
  if (!loader.efi && !loader.bios && wanted.preferredEfi) {
    loader.efi = structuredClone(wanted.preferredEfi);
    return;
  }
  if (wanted.preferredUseEfi && !loader.efi && !loader.bios) loader.efi = {};
  if (wanted.preferredUseSecureBoot !== undefined && loader.efi)
    loader.efi.secureBoot ??= wanted.preferredUseSecureBoot;
};

const applyClock = (preference: PreferenceSpec, domain: Domain): void => {
  const { preferredClockOffset: offset, preferredTimer: timer } = preference.clock ?? {};
  if (!offset && !timer) return;
  const clock = (domain.clock ??= {});
  if (offset && clock.utc === undefined && clock.timezone === undefined) Object.assign(clock, structuredClone(offset));
  if (timer) clock.timer ??= structuredClone(timer);
};
