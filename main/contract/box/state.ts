import { z } from 'zod';
import type { Problem } from '../problem.ts';
import type { TaskStep } from '../task.ts';
import { diskIdentitySchema } from './words.ts';
import type { BoxNetwork } from './network.ts';

/** Where a box is on its way. The first six from a stick, the others from its own disk. */
export const boxStageSchema = z.enum([
  'checking', // the stick is verified
  'choosing', // waits for the choice of a disk
  'countdown', // erases the one matching disk when nobody stops it
  'installing',
  'installed', // remove the stick; powers off
  'trying', // live, nothing is installed
  'setup', // installed, the wizard waits
  'appliance', // k3s, KubeVirt and CDI are being installed
  'ready',
  'trouble',
]);
export type BoxStage = z.infer<typeof boxStageSchema>;

/** A disk as the box lists it; sizes in bytes. */
export interface BoxDisk {
  /** e.g. nvme0n1 */
  name: string;
  model: string;
  serial: string;
  wwn?: string;
  size: number;
  /** nvme, sata, usb, virtio, mmc ... */
  transport: string;
  rotational: boolean;
  /** What is on it now, in words: "Windows, 3 partitions", "blank". */
  content: string;
  partitions: { name: string; size: number; filesystem?: string; label?: string }[];
  /** A Hearth box that is installed there. */
  hearth?: { boxId: string; hostName: string; installId: string };
  /** An installation began there and did not end. `same`: on this very disk, not on one it was copied from. */
  unfinished?: { installId: string; same: boolean };
  /** Why it is not offered; absent: it may be chosen. */
  refused?: { code: string; why: string };
}

export interface BoxAddress {
  interface: string;
  kind: 'ethernet' | 'wifi' | 'other';
  mac: string;
  /** IPv4, without prefix; absent while there is none. */
  address?: string;
  /** IPv6, without prefix and zone: those for other networks first, link-local ones last. */
  ipv6?: string[];
  link: boolean;
}

/** What anyone on the LAN may know before any proof: enough to recognise a box, nothing to attack it with. */
export interface BoxHello {
  hearth: 'box';
  boxId: string;
  name: string;
  stage: BoxStage;
  /** Version of its Hearth. */
  version: string;
  /** Whether a code can be typed now, and whether somebody is paired already. */
  pairing: { code: boolean; secret: boolean; paired: boolean };
}

/** The whole state of a box, as its pages, the app and tty1 show it. */
export interface BoxState {
  boxId: string;
  name: string;
  version: string;
  /** Which image it runs: from a stick, or slot a or b of its disk. */
  image: { version: string; medium: 'stick' | 'disk'; slot?: 'a' | 'b' };
  stage: BoxStage;
  /** One line in words, e.g. "Copying the system". */
  words: string;
  problem?: Problem;
  progress?: { fraction: number; steps: TaskStep[] };
  addresses: BoxAddress[];
  network: { current: BoxNetworkView; trial?: BoxNetworkTrial };
  stick?: { verified: 'checking' | 'good' | 'damaged'; settings: boolean; installId?: string };
  /** Present from a stick, and only inside a proven connection. */
  disks?: BoxDisk[];
  countdown?: { disk: BoxDisk; secondsLeft: number };
  wishes: { hostName: string; keyboard: string; timeZone: string; language: string };
  setup: {
    /** Somebody can sign in at its pages. */
    account: boolean;
    /** Whether its settings were looked at and kept. */
    named: boolean;
    /** Whether its network was looked at and left, or another one kept. */
    network: boolean;
    appliance: 'none' | 'installing' | 'ready' | 'failed' | 'skipped';
    applianceTask?: string;
    /** With which storage its install was begun last; bytes of the pool. */
    storage?: 'local-path' | 'pool-file';
    poolSize?: number;
    finished: boolean;
  };
  /** What the stick wished to bring along once the cluster is there. */
  bring?: BroughtItem[];
  apps: PairedApp[];
  update?: BoxUpdateState;
  /** Power on, update or reset that is under way. */
  busy?: { what: 'reboot' | 'power-off' | 'update' | 'factory-reset'; words: string };
  /** ISO 8601. */
  at: string;
}
export type BoxNetworkView = Omit<BoxNetwork, 'wifi'> & { wifi?: { ssid: string } };
/** A network that is tried; taken back by itself unless somebody says over it that it works. */
export interface BoxNetworkTrial {
  id: string;
  secondsLeft: number;
  network?: BoxNetworkView;
  /** It is in effect: from now on it can be kept. */
  inEffect?: boolean;
}
export interface BroughtItem {
  kind: 'image' | 'machine';
  name: string;
  state: 'waiting' | 'working' | 'done' | 'failed';
  problem?: Problem | undefined;
}
export interface PairedApp {
  name: string;
  fingerprint: string;
  /** ISO 8601. */
  pairedAt: string;
  by: 'secret' | 'code';
  lastSeenAt?: string;
}
export interface BoxUpdateState {
  running: string;
  /** The other slot; what a roll-back goes to. */
  other?: { version: string; slot: 'a' | 'b' };
  /** A new version that started and is kept only when it proves healthy. */
  trial?: { version: string; words: string };
  /** The last update that did not hold, and why. */
  failed?: { version: string; at: string; problem: Problem };
}

export { diskIdentitySchema };
