import { z } from 'zod';
import type { HostReport } from './host.ts';
import { acceleratorSchema } from './host.ts';
import type { CatalogueEntry, ImageRow, UploadTicket } from './image.ts';
import { addImageFileSchema, addImageUrlSchema, startUploadSchema } from './image.ts';
import type {
  EventRow, InstancetypeRow, ListUpdate, MachineDetail, MachinePreview, MachineRow, MachineSample, ObjectRef, PreferenceRow, YamlFinding,
} from './machine.ts'; // prettier-ignore
import { createMachineSchema, machineActionSchema, objectRefSchema } from './machine.ts';
import { call, pipe, stream } from './procedure.ts';
import type { Client, Handlers } from './procedure.ts';
import type { Settings } from './settings.ts';
import { settingsPatchSchema } from './settings.ts';
import type { Target } from './target.ts';
import type { Task } from './task.ts';

// A strict Content-Security-Policy forbids the code generation that zod would try.
z.config({ jitless: true });

const none = z.object({}).strict();
const taskRef = z.object({ id: z.string() });
const yamlText = z.string().max(1024 * 1024);

/** The whole vocabulary between a page and the backend. */
export const contract = {
  app: {
    info: call<AppInfo>()(none),
    /** Last lines of the log, newest last. */
    logs: call<{ path: string; lines: string[] }>()(
      z.object({ lines: z.number().int().min(1).max(5000).default(500) }),
    ),
  },
  settings: {
    watch: stream<Settings>()(none),
    update: call<Settings>()(settingsPatchSchema),
  },
  host: {
    report: call<HostReport>()(none),
    /** Runs every check and the accelerator trial again, past the cache. */
    recheck: call<HostReport>()(none),
    overrideAccelerator: call<HostReport>()(z.object({ accelerator: z.union([z.literal('auto'), acceleratorSchema]) })),
  },
  target: {
    watch: stream<Target>()(none),
    /** Kubeconfig text and path for kubectl and virtctl. */
    kubeconfig: call<{ path: string; text: string }>()(none),
  },
  tasks: {
    watch: stream<ListUpdate<Task>>()(none),
    cancel: call<Task>()(taskRef),
    /** Forgets an ended task. */
    dismiss: call<void>()(taskRef),
  },
  events: {
    watch: stream<ListUpdate<EventRow>>()(z.object({ object: objectRefSchema.optional() })),
  },
  machines: {
    watch: stream<ListUpdate<MachineRow>>()(none),
    detail: stream<MachineDetail>()(objectRefSchema),
    /** Live samples every 2 s, the last 10 minutes first. */
    samples: stream<MachineSample[]>()(objectRefSchema),
    preview: call<MachinePreview>()(createMachineSchema),
    create: call<ObjectRef>()(createMachineSchema),
    /** Applies a whole VirtualMachine text to an existing machine (server-side dry run first). */
    applyYaml: call<ObjectRef>()(objectRefSchema.extend({ yaml: yamlText })),
    checkYaml: call<YamlFinding[]>()(z.object({ yaml: yamlText })),
    checkCloudInit: call<YamlFinding[]>()(z.object({ userData: yamlText })),
    act: call<void>()(objectRefSchema.extend({ action: machineActionSchema, deleteDisks: z.boolean().default(true) })),
    instancetypes: call<InstancetypeRow[]>()(none),
    preferences: call<PreferenceRow[]>()(none),
    addForward: call<void>()(
      objectRefSchema.extend({
        guestPort: z.number().int().min(1).max(65535),
        hostPort: z.number().int().min(1024).max(65535).optional(),
        protocol: z.enum(['TCP', 'UDP']).default('TCP'),
      }),
    ),
    removeForward: call<void>()(objectRefSchema.extend({ service: z.string() })),
  },
  consoles: {
    /** RFB bytes of the screen. */
    vnc: pipe(objectRefSchema),
    /** Bytes of the serial console; the backend first replays its scrollback. */
    serial: pipe(objectRefSchema),
    /** The kept scrollback as text. */
    serialLog: call<{ text: string; truncated: boolean }>()(objectRefSchema),
    /** PNG, base64. */
    screenshot: call<{ png: string }>()(objectRefSchema),
  },
  images: {
    catalogue: call<CatalogueEntry[]>()(none),
    watch: stream<ListUpdate<ImageRow>>()(none),
    addFromCatalogue: call<{ taskId: string; image: ObjectRef }>()(z.object({ id: z.string() })),
    addFromUrl: call<{ taskId: string; image: ObjectRef }>()(addImageUrlSchema),
    addFromFile: call<{ taskId: string; image: ObjectRef }>()(addImageFileSchema),
    startUpload: call<UploadTicket>()(startUploadSchema),
    /** Builds the starter image from Debian packages (or finds it ready). */
    buildStarter: call<{ taskId: string; image: ObjectRef }>()(none),
    remove: call<void>()(objectRefSchema),
    rename: call<void>()(objectRefSchema.extend({ displayName: z.string().min(1).max(200) })),
  },
} as const;

export interface AppInfo {
  version: string;
  dataDir: string;
  pid: number;
  /** Which carrier brought this page. */
  carrier: 'desktop' | 'web';
  platform: string;
  node: string;
  startedAt: string;
  ports: { purpose: string; address: string }[];
}

export type Contract = typeof contract;
export type Api = Client<Contract>;
export type ContractHandlers = Handlers<Contract>;
