import type { CreateMachineInput } from '../../../main/contract/machine.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';

export type Bus = 'virtio' | 'sata' | 'scsi';
export type Firmware = NonNullable<CreateMachineInput['firmware']>;
export type RunStrategy = NonNullable<CreateMachineInput['runStrategy']>;
export type NetworkModel = 'virtio' | 'e1000' | 'e1000e' | 'rtl8139';

/** Everything the Create page holds while it is being filled in. Numbers a person types stay text until they are read. */
export interface Draft {
  name: string;
  /** Once a person typed a name, picking another image does not change it. */
  nameTouched: boolean;
  namespace: string;
  description: string;
  source: 'image' | 'iso' | 'blank';
  image?: ObjectRef;
  /** The disc of an installer is taken out when it is done. */
  eject: boolean;
  size: 'instancetype' | 'free';
  instancetype: string;
  sockets: string;
  cores: string;
  threads: string;
  /** Bytes. */
  memory: number;
  preference: string;
  firmware: Firmware;
  runStrategy: RunStrategy;
  start: boolean;
  /** Bytes; undefined takes the image's own size. */
  rootSize?: number | undefined;
  rootBus: Bus;
  /** `image`: of the library, that the disk is a clone of. */
  extraDisks: { name: string; size: number; bus: Bus; image?: ObjectRef }[];
  podNetwork: boolean;
  model: NetworkModel;
  mac: string;
  /** Cards on other networks (namespace/name); `gives`: the network gives out addresses. */
  nics: { network: string; model: NetworkModel; mac: string; gives: boolean }[];
  forwards: { guestPort: string; hostPort: string; protocol: 'TCP' | 'UDP' }[];
  tpm: NonNullable<CreateMachineInput['tpm']>;
  pointer: NonNullable<CreateMachineInput['pointer']>;
  sound: NonNullable<CreateMachineInput['sound']>;
  /** The choice "Windows 11", and what its installer is answered. */
  windows: WindowsDraft;
  cloudInit: 'none' | 'form' | 'yaml';
  user: string;
  password: string;
  /** Names of the settings' keys that go in. */
  keys: string[];
  /** More public keys, one a line. */
  moreKeys: string;
  packages: string;
  runcmd: string;
  userData: string;
  networkData: string;
  /** Whether "More options" is open. */
  full: boolean;
  /** The machine of another program that it was filled in from, and its disks that the library does not have. */
  from: string;
  /** The image (namespace/name) whose disk the hardware was chosen for. */
  suited: string;
  missing: string[];
}

/** How Hearth's own key is named among the keys. */
export const ownKeyName = 'hearth-own';

export interface WindowsDraft {
  on: boolean;
  devices: 'virtio' | 'compatible';
  /** `none`, `container`, or "namespace/name" of a disc of the library. */
  drivers: string;
  answer: boolean;
  language: string;
  edition: string;
  productKey: string;
  timeZone: string;
}

export const emptyDraft: Draft = {
  name: '',
  nameTouched: false,
  namespace: 'default',
  description: '',
  source: 'image',
  eject: true,
  size: 'instancetype',
  instancetype: '',
  sockets: '1',
  cores: '1',
  threads: '1',
  memory: 1024 ** 3,
  preference: '',
  firmware: 'preferred',
  runStrategy: 'RerunOnFailure',
  start: true,
  rootBus: 'virtio',
  extraDisks: [],
  podNetwork: true,
  model: 'virtio',
  mac: '',
  nics: [],
  forwards: [],
  tpm: 'preferred',
  pointer: 'preferred',
  sound: 'none',
  windows: {
    on: false,
    devices: 'virtio',
    drivers: 'none',
    answer: false,
    language: 'en-US',
    edition: '',
    productKey: '',
    timeZone: 'UTC',
  },
  cloudInit: 'form',
  user: '',
  password: '',
  keys: [ownKeyName],
  moreKeys: '',
  packages: '',
  runcmd: '',
  userData: '',
  networkData: '',
  full: false,
  from: '',
  suited: '',
  missing: [],
};

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
const words = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);
// An empty field becomes NaN, which the contract's schema refuses at its own path.
const number = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));

function cloudInitOf(draft: Draft, keyTexts: string[], imageTakesIt: boolean): CreateMachineInput['cloudInit'] {
  if (draft.cloudInit === 'yaml')
    return {
      type: 'yaml',
      userData: draft.userData,
      ...(draft.networkData.trim() && { networkData: draft.networkData }),
    };
  if (draft.cloudInit === 'none' || draft.source !== 'image' || !imageTakesIt) return { type: 'none' };
  return {
    type: 'form',
    ...(draft.name && { hostname: draft.name }),
    ...(draft.user && { user: draft.user }),
    ...(draft.password && { password: draft.password }),
    sshKeys: [...keyTexts, ...lines(draft.moreKeys)],
    packages: words(draft.packages),
    runcmd: lines(draft.runcmd),
  };
}

function windowsOf({ windows, user, password }: Draft): NonNullable<CreateMachineInput['windows']> {
  const { devices, drivers, answer, language, edition, productKey, timeZone } = windows;
  const [namespace = '', name = ''] = drivers.split('/');
  return {
    devices,
    drivers:
      drivers === 'none' || drivers === 'container' ? { type: drivers } : { type: 'image', image: { namespace, name } },
    ...(answer && {
      answers: {
        user,
        password,
        language,
        timeZone,
        ...(edition.trim() && { edition: edition.trim() }),
        ...(productKey.trim() && { productKey: productKey.trim().toUpperCase() }),
      },
    }),
  };
}

/** What the draft asks the backend for. It may still be invalid: check it with the contract's schema. */
export function toInput(
  draft: Draft,
  sshKeys: readonly { name: string; key: string }[],
  imageTakesCloudInit: boolean,
): CreateMachineInput {
  const keyTexts = sshKeys.filter((key) => draft.keys.includes(key.name)).map((key) => key.key.trim());
  const image = draft.image ?? { namespace: '', name: '' };
  return {
    namespace: draft.namespace,
    name: draft.name,
    ...(draft.description.trim() && { description: draft.description.trim() }),
    source: draft.source === 'blank' ? { type: 'blank' } : { type: draft.source, image },
    size:
      draft.size === 'instancetype'
        ? { type: 'instancetype', name: draft.instancetype }
        : {
            type: 'free',
            sockets: number(draft.sockets),
            cores: number(draft.cores),
            threads: number(draft.threads),
            memory: draft.memory,
          },
    ...(draft.preference && { preference: draft.preference }),
    runStrategy: draft.runStrategy,
    firmware: draft.firmware,
    tpm: draft.tpm,
    pointer: draft.pointer,
    sound: draft.sound,
    ...(draft.windows.on && { windows: windowsOf(draft) }),
    rootDisk: { bus: draft.rootBus, ...(draft.rootSize !== undefined && { size: draft.rootSize }) },
    extraDisks: draft.extraDisks,
    network: {
      podNetwork: draft.podNetwork,
      model: draft.model,
      ...(draft.mac.trim() && { mac: draft.mac.trim() }),
      others: draft.nics.map(({ network, model, mac }) => ({
        network,
        model,
        ...(mac.trim() && { mac: mac.trim() }),
      })),
      forwards: draft.podNetwork
        ? draft.forwards.map((forward) => ({
            guestPort: number(forward.guestPort),
            ...(forward.hostPort.trim() && { hostPort: number(forward.hostPort) }),
            protocol: forward.protocol,
          }))
        : [],
    },
    cloudInit: cloudInitOf(draft, keyTexts, imageTakesCloudInit),
    ...(draft.source === 'iso' && !draft.eject && { ejectInstaller: false }),
    start: draft.start,
  };
}
