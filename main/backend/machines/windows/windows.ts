import type { KubeObject } from '../../../contract/kube.ts';
import type { CreateMachine } from '../../../contract/machine.ts';
import { answerFile } from './answer-file.ts';

/** KubeVirt's own container image of the virtio driver disc; its versions go with KubeVirt's. */
export const driverImage = 'quay.io/kubevirt/virtio-container-disk:v1.9.0';

/** What the choice "Windows 11" changes in the form: the buses and cards of KubeVirt's preference, and that preference. Pure. */
export function asWindows(input: CreateMachine): CreateMachine {
  if (!input.windows) return input;
  const fast = input.windows.devices === 'virtio';
  const card = fast ? 'virtio' : 'e1000e';
  return {
    ...input,
    preference: fast ? 'windows.11.virtio' : 'windows.11',
    firmware: 'preferred',
    tpm: 'preferred',
    pointer: 'preferred',
    rootDisk: { ...input.rootDisk, bus: fast ? 'virtio' : 'sata' },
    network: {
      ...input.network,
      model: card,
      others: input.network.others.map((other) => ({ ...other, model: card })),
    },
    cloudInit: { type: 'none' },
  };
}

/** Discs beside the installer: drivers, and the answer file with its Secret. Pure. */
export function windowsDiscs(input: CreateMachine): {
  disks: Record<string, unknown>[];
  volumes: Record<string, unknown>[];
  secret: KubeObject | undefined;
} {
  const { windows, name, namespace } = input;
  const disks: Record<string, unknown>[] = [];
  const volumes: Record<string, unknown>[] = [];
  if (windows?.drivers.type === 'container') {
    disks.push({ name: 'drivers', cdrom: { bus: 'sata' } });
    volumes.push({ name: 'drivers', containerDisk: { image: driverImage } });
  }
  if (!windows?.answers) return { disks, volumes, secret: undefined };
  disks.push({ name: 'sysprep', cdrom: { bus: 'sata' } });
  const secretName = `${name}-sysprep`;
  volumes.push({ name: 'sysprep', sysprep: { secret: { name: secretName } } });
  const xml = answerFile(windows.answers, { computerName: name, driverDisc: windows.drivers.type !== 'none' });
  return {
    disks,
    volumes,
    secret: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secretName, namespace },
      type: 'Opaque',
      data: { 'autounattend.xml': Buffer.from(xml).toString('base64') },
    },
  };
}
