import { z } from 'zod';
import type { ListUpdate, YamlFinding } from './machine.ts';
import type { ObjectRef } from './machine-ref.ts';
import { nameSchema, objectRefSchema } from './machine-ref.ts';
import { call, stream } from './procedure.ts';
import type { Undoable } from './undo.ts';

/**
 * How cloud-init's reader (PyYAML) takes a text: YAML 1.1, where `no` is a flag and 52:54:00:12:34:56 a number of base 60. Who
 * writes with it puts such texts into quotes; who reads with it sees what the guest sees.
 */
export const cloudInitYaml = { version: '1.1', prettyErrors: false } as const;

const userDataSchema = z.string().max(256 * 1024);

/** What cloud-init takes a text for, by how it begins. */
export type UserDataFormat =
  'empty' | 'cloud-config' | 'script' | 'jinja' | 'mime' | 'include' | 'boothook' | 'part-handler' | 'unknown';

/** What is found in user data and network data before a guest sees them. */
export interface CloudInitCheck {
  format: UserDataFormat;
  userData: YamlFinding[];
  networkData: YamlFinding[];
  /** Where KubeVirt lets it stand: inline up to 2048 bytes each and without secrets, else in a Secret. */
  place: 'inline' | 'secret';
  /** Bytes of the user data. */
  bytes: number;
}

/** One network card of a machine, for static addresses. */
export interface CloudInitNic {
  name: string;
  /** Fixed in the machine's manifest; static addresses are matched by it. */
  mac?: string;
  /** The one it runs with now; taken where none is fixed. */
  current?: string;
  network: string;
}

/** The cloud-init data that a machine has now. */
export interface MachineCloudInit {
  /** none: the machine has no such volume. */
  type: 'none' | 'cloudInitNoCloud' | 'cloudInitConfigDrive';
  place: 'none' | 'inline' | 'secret';
  /** Names of Secrets that hold it. */
  secrets: string[];
  /** A Secret that is named but not there or not readable, in words. */
  missing?: string;
  userData: string;
  networkData: string;
  /** What the guest takes for "a new machine": KubeVirt gives the firmware's uuid. Absent where the target makes one of the machine's name. */
  instanceId?: string;
  /** The image it was made from is the starter, which honours only a part of cloud-init. */
  starter: boolean;
  nics: CloudInitNic[];
  /** Changes when someone else wrote it meanwhile. */
  version: string;
}

/** How the guest's own first set-up went, read from its serial console. */
export interface FirstBoot {
  namespace: string;
  name: string;
  /** waiting: nothing said yet; not-seen: it had its time and said nothing on the serial console; broken: cloud-init failed. */
  state: 'waiting' | 'running' | 'done' | 'error' | 'not-seen';
  /** Seconds from the guest's start to its end. */
  seconds?: number;
  /** ISO 8601, by the guest's clock where it told. */
  endedAt?: string;
  /** e.g. "cloud-init 25.1.4" or "Hearth starter". */
  by?: string;
  /** Lines of the console that tell of failures, oldest first, at most 40. */
  problems: FirstBootProblem[];
}
export interface FirstBootProblem {
  severity: 'error' | 'warning';
  /** Part that failed where the line names one, e.g. "packages", "runcmd". */
  part?: string;
  text: string;
}

export const snippetSchema = z.object({
  /** Label-safe; also the name of its ConfigMap. */
  id: nameSchema,
  title: z.string().trim().min(1).max(100),
  description: z.string().max(500).default(''),
  /** A `#cloud-config` text. */
  text: z
    .string()
    .min(1)
    .max(64 * 1024),
});
export type SnippetInput = z.input<typeof snippetSchema>;
export interface Snippet extends z.output<typeof snippetSchema> {
  builtIn: boolean;
  /** Names in the text, written ${NAME}, that are asked before it is put in. */
  asks: { name: string; label: string; value: string }[];
}

const owner = z.object({
  namespace: nameSchema.default('default'),
  /** The machine itself: its own addresses are no duplicates. */
  machine: z.string().max(253).optional(),
});
export const cloudInitCheckSchema = owner.extend({
  userData: userDataSchema,
  networkData: userDataSchema.default(''),
  /** The image of the Library it is for; tells which keys it honours. */
  image: objectRefSchema.optional(),
  /** Cards of the machine, to see that a MAC in the network data is one of them. */
  macs: z.array(z.string().max(20)).max(32).optional(),
});

export const cloudInitProcedures = {
  check: call<CloudInitCheck>()(cloudInitCheckSchema),
  /** sha512crypt (`$6$`), so that no password in clear text has to stand in user data. */
  hashPassword: call<{ hash: string }>()(z.object({ password: z.string().min(1).max(200) })),
  /** Public keys of `gh:USER`, `lp:USER` or an https address. */
  importKeys: call<{ keys: string[] }>()(z.object({ from: z.string().trim().min(1).max(500) })),
  read: call<MachineCloudInit>()(objectRefSchema),
  /** Writes it where it belongs (inline or Secret), with the MAC addresses that static addresses need. Counts from the next first boot on. */
  write: call<ObjectRef>()(
    objectRefSchema.extend({
      userData: userDataSchema,
      networkData: userDataSchema,
      version: z.string(),
      /** NIC name -> MAC to fix in the machine's manifest. */
      macs: z.record(z.string().max(63), z.string().regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i)).default({}),
    }),
  ),
  /** Gives the machine a new instance id (firmware uuid): its next start is a first boot for cloud-init. */
  runAgain: call<{ instanceId: string; restartNeeded: boolean }>()(objectRefSchema),
  results: stream<ListUpdate<FirstBoot>>()(z.object({})),
  snippets: stream<ListUpdate<Snippet>>()(z.object({})),
  saveSnippet: call<void>()(snippetSchema),
  removeSnippet: call<Undoable>()(z.object({ id: nameSchema })),
} as const;
