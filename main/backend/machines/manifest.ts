import type { KubeObject } from '../../contract/kube.ts';
import type { CreateMachine } from '../../contract/machine.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { installerAnnotation } from '../hardware/installer/mark.ts';
import type { InstallerMark } from '../hardware/installer/mark.ts';
import { pickText } from '../target/pick.ts';
import { bytesQuantity } from '../target/quantity.ts';
import { cloudInitOf, cloudInitVolume } from './cloud-init.ts';
import { forwardService, machineLabel } from './forward.ts';
import { nicsOf } from './manifest-nics.ts';
import { asWindows, windowsDiscs } from './windows/windows.ts';

/** What must be known of the image a machine starts from. */
export interface ImageFacts {
  /** Bytes the guest sees: a clone must not be smaller. */
  virtualSize?: number;
  preference?: string;
  /** The same of the images of further disks, in their order; undefined where a disk is empty. */
  extras?: readonly ({ virtualSize?: number; golden?: boolean } | undefined)[];
  /** It is a DataSource, which CDI keeps at the newest version. */
  golden?: boolean;
  /** CDI knows what the storage can and chooses how disks are opened. */
  profiled?: boolean;
  /** Names of disks that there are: those of a deleted machine keep theirs while they are in the bin. */
  taken?: ReadonlySet<string>;
}
const mebi = 2 ** 20;
const gibi = 2 ** 30;
const clusterKind = (kind: 'Instancetype' | 'Preference') => `VirtualMachineCluster${kind}`;

/**
 * The wizard's form as Kubernetes objects, in the order they are made: Secret, VirtualMachine, Services. They run on any
 * KubeVirt: no storage class is named, and Services select a label that all versions pass on to the machine's pod. Pure.
 */
export function buildMachine(asked: CreateMachine, image: ImageFacts = {}): KubeObject[] {
  const input = asWindows(asked);
  const { namespace, name } = input;
  const labels = { [machineLabel]: name, 'app.kubernetes.io/managed-by': 'hearth' };
  const cloudInit = cloudInitOf(input.cloudInit);
  const secretName = `${name}-cloud-init`;
  const { disks, volumes, dataVolumeTemplates } = storageOf(input, image);
  if (cloudInit) {
    disks.push({ name: 'cloudinit', disk: { bus: input.rootDisk.bus } });
    volumes.push({ name: 'cloudinit', cloudInitNoCloud: cloudInitVolume(cloudInit, secretName) });
  }
  const windows = windowsDiscs(input);
  disks.push(...windows.disks);
  volumes.push(...windows.volumes);
  const preference = input.preference ?? image.preference;
  const nics = nicsOf(input);
  const installer = input.source.type === 'iso' && input.ejectInstaller;
  const annotations = {
    ...(input.description && { 'hearth.dev/description': input.description }),
    ...(installer && { [installerAnnotation]: JSON.stringify(installerMark(volumes)) }),
  };
  const machine: KubeObject = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: {
      name,
      namespace,
      labels,
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: {
      runStrategy: startStrategy(input),
      ...(input.size.type === 'instancetype' && {
        instancetype: { kind: clusterKind('Instancetype'), name: input.size.name },
      }),
      ...(preference && { preference: { kind: clusterKind('Preference'), name: preference } }),
      ...(dataVolumeTemplates.length > 0 && { dataVolumeTemplates }),
      template: {
        metadata: { labels: { [machineLabel]: name } },
        spec: {
          domain: {
            ...sizeOf(input),
            ...firmwareOf(input),
            devices: { disks, rng: {}, ...nics.devices, ...extrasOf(input) },
          },
          ...(nics.networks.length > 0 && { networks: nics.networks }),
          volumes,
        },
      },
    },
  };
  const secret: KubeObject | undefined = cloudInit?.secret
    ? {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: secretName, namespace, labels },
        type: 'Opaque',
        data: {
          userdata: Buffer.from(cloudInit.userData).toString('base64'),
          ...(cloudInit.networkData && { networkdata: Buffer.from(cloudInit.networkData).toString('base64') }),
        },
      }
    : undefined;
  const services = input.network.podNetwork
    ? input.network.forwards.map((forward) => forwardService(input, forward))
    : [];
  const sysprep = windows.secret && { ...windows.secret, metadata: { ...windows.secret.metadata, labels } };
  return [...(secret ? [secret] : []), ...(sysprep ? [sysprep] : []), machine, ...services];
}

/** Of the drive and the disk as they are called here: their claims may be called otherwise. */
const installerMark = (volumes: readonly Record<string, unknown>[]): InstallerMark => ({
  drive: 'install',
  claim: pickText(volumes.find((each) => each['name'] === 'install'), 'dataVolume', 'name') ?? '',
  disk: 'root',
}); // prettier-ignore

/** A machine that shall not start at once gets a strategy that waits: RerunOnFailure and Always would start it. */
function startStrategy(input: CreateMachine): string {
  if (input.start) return input.runStrategy;
  return input.runStrategy === 'RerunOnFailure' || input.runStrategy === 'Manual' ? 'Manual' : 'Halted';
}

function sizeOf({ size }: CreateMachine): Record<string, unknown> {
  if (size.type === 'instancetype') return {};
  const { sockets, cores, threads, memory } = size;
  return { cpu: { sockets, cores, threads }, memory: { guest: bytesQuantity(memory) } };
}

function firmwareOf({ firmware }: CreateMachine): Record<string, unknown> {
  switch (firmware) {
    case 'preferred':
      return {};
    case 'bios':
      return { firmware: { bootloader: { bios: {} } } };
    case 'uefi':
      return { firmware: { bootloader: { efi: { secureBoot: false } } } };
    case 'uefi-secure':
      return { firmware: { bootloader: { efi: { secureBoot: true } } }, features: { smm: { enabled: true } } };
  }
}

/** TPM, pointer and sound; what is left to the preference is not written at all. */
function extrasOf({ tpm, pointer, sound }: CreateMachine): Record<string, unknown> {
  return {
    ...(tpm === 'none' && { tpm: { enabled: false } }),
    ...(tpm === 'once' && { tpm: {} }),
    ...(tpm === 'persistent' && { tpm: { persistent: true } }),
    ...(pointer === 'none' && { autoattachInputDevice: false }),
    ...((pointer === 'usb' || pointer === 'virtio') && {
      inputs: [{ name: 'pointer', type: 'tablet', bus: pointer }],
    }),
    ...(sound !== 'none' && { sound: { name: 'sound', model: sound } }),
  };
}

/** The name, or with the first number that makes it free: KubeVirt would use a disk that is there as it is. */
function freeName(name: string, taken: ReadonlySet<string> = new Set()): string {
  for (let n = 2, free = name; ; n += 1) {
    if (!taken.has(free)) return free;
    free = `${name}-${n}`;
  }
}

function storageOf(input: CreateMachine, image: ImageFacts) {
  const disks: Record<string, unknown>[] = [];
  const volumes: Record<string, unknown>[] = [];
  const dataVolumeTemplates: Record<string, unknown>[] = [];
  const add = (
    name: string,
    size: number,
    source: Record<string, unknown>,
    disk: Record<string, unknown>,
    hotpluggable = false,
  ): void => {
    const claim = freeName(`${input.name}-${name}`, image.taken);
    const storage = Math.ceil(size / mebi) * mebi;
    disks.push({ name, ...disk });
    volumes.push({ name, dataVolume: { name: claim, ...(hotpluggable && { hotpluggable }) } });
    dataVolumeTemplates.push({
      metadata: { name: claim },
      spec: {
        ...source,
        storage: {
          ...(!image.profiled && { accessModes: ['ReadWriteOnce'] }),
          resources: { requests: { storage: bytesQuantity(storage) } },
        },
      },
    });
  };
  const { source, rootDisk } = input;
  const bus = { bus: rootDisk.bus };
  const from = ({ namespace, name }: ObjectRef, golden = image.golden) =>
    golden ? { sourceRef: { kind: 'DataSource', namespace, name } } : { source: { pvc: { namespace, name } } };
  if (source.type === 'image') {
    const size = Math.max(rootDisk.size ?? 0, image.virtualSize ?? 0) || 10 * gibi;
    add('root', size, from(source.image), { bootOrder: 1, disk: bus });
  } else {
    add('root', rootDisk.size ?? 20 * gibi, { source: { blank: {} } }, { bootOrder: 1, disk: bus });
    // After the disk in the boot order: an empty disk boots from the medium, an installed one no more.
    if (source.type === 'iso')
      add('install', image.virtualSize ?? gibi, from(source.image), { bootOrder: 2, cdrom: { bus: 'sata' } }, true); // so that it can be taken out while the machine runs
  }
  if (input.windows?.drivers.type === 'image')
    add('drivers', gibi, { source: { pvc: input.windows.drivers.image } }, { cdrom: { bus: 'sata' } });
  for (const [at, extra] of input.extraDisks.entries()) {
    const facts = image.extras?.[at] ?? {};
    const content = extra.image ? from(extra.image, facts.golden ?? false) : { source: { blank: {} } };
    // A clone cannot be smaller than what it is a clone of.
    add(extra.name, Math.max(extra.size, facts.virtualSize ?? 0), content, { disk: { bus: extra.bus } });
  }
  return { disks, volumes, dataVolumeTemplates };
}
