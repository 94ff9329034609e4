import { z } from 'zod';
import { checkStatusSchema } from './host.ts';
import { problemSchema } from './problem.ts';

const ipv4 = z.ipv4();
const cidr = z.cidrv4();

/** The same decisions as provisioning/settings.ts, which documents each. */
export const applianceSettingsSchema = z.object({
  mode: z.enum(['solo', 'lan']).default('solo'),
  nodeName: z
    .string()
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'Lowercase letters, digits, dashes and dots.'),
  address: ipv4.optional(),
  tlsNames: z.array(z.string().max(253)).max(20).default([]),
  clusterCidr: cidr.default('10.42.0.0/16'),
  serviceCidr: cidr.default('10.43.0.0/16'),
  volumes: z.string().max(4096).default('/var/lib/hearth/volumes'),
  storage: z.enum(['local-path', 'pool-file', 'pool-disk']).default('local-path'),
  poolSize: z.number().int().positive().optional(),
  poolDisk: z.string().max(4096).optional(),
  etcd: z.boolean().default(false),
  accelerator: z.enum(['kvm', 'tcg']),
  versions: z.object({ k3s: z.string().max(60), kubevirt: z.string().max(60), cdi: z.string().max(60) }),
  proxy: z
    .object({ http: z.url().optional(), https: z.url().optional(), no: z.string().max(2000).optional() })
    .optional(),
  ca: z
    .string()
    .max(1024 * 1024)
    .optional(),
  dns: z.array(ipv4).max(3).default([]),
  mirror: z.url().optional(),
  bundle: z.string().max(4096).optional(),
});
export type ApplianceSettings = z.infer<typeof applianceSettingsSchema>;

/** Where it is installed: on this computer, or on another over SSH. Secrets are used once and never kept. */
export const placeSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('local') }),
  z.object({
    type: z.literal('ssh'),
    host: z.string().min(1).max(253),
    port: z.number().int().min(1).max(65535).default(22),
    user: z.string().min(1).max(64),
    auth: z.discriminatedUnion('by', [
      z.object({ by: z.literal('agent') }),
      z.object({ by: z.literal('key'), path: z.string().max(4096), passphrase: z.string().max(1000).optional() }),
      z.object({ by: z.literal('password'), password: z.string().max(1000) }),
    ]),
    /** SHA256:… of the host key that the person saw and accepted; pinned from then on. */
    hostKey: z.string().max(200).optional(),
  }),
]);
export type PlaceInput = z.input<typeof placeSchema>;
export type Place = z.infer<typeof placeSchema>;
/** The administrator's password for sudo, where one is asked for; used once. */
export const sudoSchema = z.string().max(1000).optional();

/** What was found at the other end of an SSH connection before anything is sent. */
export interface SshProbe {
  /** SHA256:… as ssh-keygen -l prints it. */
  hostKey: string;
  keyType: string;
  /** new: never seen; same: as pinned; changed: another one than pinned, a hard stop. */
  trust: 'new' | 'same' | 'changed';
  pinned?: string;
}

/** One row of the preflight: what was seen, what it means, how to cure it. `blocks`: the install is refused while it stands. */
export const preflightFindingSchema = z.object({
  id: z.string(),
  title: z.string(),
  group: z.enum(['system', 'kernel', 'network', 'storage', 'other']),
  status: checkStatusSchema,
  blocks: z.boolean(),
  detail: z.string(),
  /** The lines it was read from. */
  evidence: z.array(z.string()),
  fix: z.string().optional(),
  /** Commands for what the plan cannot do itself. */
  commands: z.array(z.string()),
  /** The plan cures it; it is undone at the uninstall. */
  inPlan: z.boolean(),
});
export type PreflightFinding = z.infer<typeof preflightFindingSchema>;
export interface PreflightReport {
  place: string;
  findings: PreflightFinding[];
  /** Settings that fit this machine, for the form. */
  suggested: ApplianceSettings;
  /** Versions that may be chosen, newest first, each with those that go with it. */
  versions: { k3s: string; kubevirt: string; cdi: string; title: string }[];
  /** How root is got here: root already, a pkexec dialog, sudo (with or without a password), or not at all. */
  elevation: 'root' | 'pkexec' | 'sudo' | 'sudo-password' | 'none';
  /** An appliance of ours that is there already, whole or half. */
  existing?: { id: string; state: 'half' | 'whole' };
  /** ISO 8601. */
  at: string;
}

/** A plan to look at. */
export interface PlanView {
  /** Names exactly this plan; given back to `install`, so that what runs is what was shown. */
  digest: string;
  summary: string;
  download: number;
  /** Of it already here. */
  cached: number;
  disk: number;
  memory: number;
  seconds: number;
  /** sha256: absent while it is taken from the release's own list on first use. */
  downloads: {
    name: string;
    title: string;
    url: string;
    size: number;
    sha256?: string;
    pinned: boolean;
    cached: boolean;
  }[];
  /** Steps in words, in order; `root`: done by the administrator's helper. */
  steps: { id: string; title: string; root: boolean; detail: string }[];
  files: { path: string; size: number; what: string; text?: string }[];
  running: string[];
  notes: { tone: 'note' | 'warning'; text: string }[];
  /** The same as commands for a terminal. */
  commands: string;
  /** What is run as root, and its SHA-256. */
  helper: { path: string; sha256: string; text: string };
  /** Field path -> message; a plan with any is not run. */
  fields: Record<string, string>;
}

export const rungStateSchema = z.object({
  id: z.string(),
  title: z.string(),
  state: z.enum(['unknown', 'waiting', 'pass', 'fail', 'skipped']),
  detail: z.string(),
  cause: z.string().optional(),
  fix: z.string().optional(),
  /** Seconds it took, or has taken. */
  seconds: z.number().optional(),
});
export type RungState = z.infer<typeof rungStateSchema>;

/** A failure that was recognised after the fact. */
export interface KnownTrouble {
  id: string;
  title: string;
  detail: string;
  evidence: string[];
  fix?: string;
  /** What a button may do about it. */
  action?: 'restart' | 'renew-certificates' | 'refresh-network' | 'start';
}
export interface ApplianceBackup {
  name: string;
  /** ISO 8601. */
  at: string;
  size: number;
  versions: string;
  /** Why it was made: by hand, before an upgrade, before a restore. */
  reason: string;
}
export interface ApplianceNode {
  name: string;
  roles: string[];
  ready: boolean;
  version: string;
  addresses: string[];
  cpus: number;
  memory: number;
  virtualMachines: number;
  conditions: string[];
  thisOne: boolean;
}
/** Memory and CPU that k3s, KubeVirt and CDI take themselves. */
export interface ApplianceUse {
  part: 'k3s' | 'KubeVirt' | 'CDI' | 'other';
  /** Bytes. */
  memory: number;
  /** Cores. */
  cpu: number;
  pods: number;
}
/** One appliance, whole. */
export interface Appliance {
  id: string;
  name: string;
  place: string;
  placeType: 'local' | 'ssh';
  /** How it is reached over SSH; secrets are never kept. */
  ssh?: { host: string; port: number; user: string; by: 'agent' | 'key' | 'password'; path?: string };
  /** absent: nothing there; half: an install that did not end; whole. */
  state: 'half' | 'installing' | 'running' | 'starting' | 'stopped' | 'failed' | 'unknown';
  settings: ApplianceSettings;
  versions: { k3s?: string; kubevirt?: string; cdi?: string };
  /** What may be chosen next; empty when it is up to date. */
  upgrades: { part: 'k3s' | 'kubevirt' | 'cdi'; from: string; to: string; note: string }[];
  ladder: RungState[];
  troubles: KnownTrouble[];
  certificates: { name: string; notAfter: string; days: number }[];
  use: ApplianceUse[];
  disk: { path: string; total: number; free: number; volumes: number } | undefined;
  datastore: { kind: 'sqlite' | 'etcd'; size?: number };
  nodes: ApplianceNode[];
  backups: ApplianceBackup[];
  /** Task that works on it now. */
  taskId?: string;
  problem?: z.infer<typeof problemSchema>;
  /** ISO 8601 of the last look. */
  at: string;
}
export const applianceActionSchema = z.enum([
  'start',
  'stop',
  'restart',
  'backup',
  'renew-certificates',
  'refresh-network',
]);
export type ApplianceAction = z.infer<typeof applianceActionSchema>;

/** What an uninstall would take away. */
export interface UninstallPreview {
  machines: { namespace: string; name: string; status: string; disk: number }[];
  disks: { namespace: string; name: string; size: number; path?: string }[];
  /** Ledger entries in words, in the order they are undone. */
  undo: string[];
  /** Why the VMs cannot be listed, if they cannot (the cluster is down). */
  unknown?: string;
}
export interface JoinOffer {
  /** What to type on the second machine. */
  command: string;
  server: string;
  /** ISO 8601. */
  expires: string;
  /** Why a second machine cannot join as things are (solo mode), and what to do. */
  problem?: z.infer<typeof problemSchema>;
}
/** One line of the log of a run. */
export interface RunLine {
  /** ISO 8601. */
  at: string;
  step?: string;
  level: 'info' | 'warning' | 'error';
  text: string;
}
