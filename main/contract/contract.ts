import { z } from 'zod';
import type {
  Appliance, JoinOffer, PlanView, PreflightReport, RunLine, SshProbe, UninstallPreview,
} from './appliance.ts'; // prettier-ignore
import { applianceActionSchema, applianceSettingsSchema, placeSchema, sudoSchema } from './appliance.ts';
import { classroomProcedures } from './classroom.ts';
import { cloneProcedures } from './clones.ts';
import { consoleProcedures, sshProcedures } from './consoles.ts';
import type { HostReport } from './host.ts';
import { accessProcedures } from './access.ts';
import { auditProcedures } from './audit.ts';
import { binProcedures } from './bin.ts';
import { organiseProcedures } from './organise.ts';
import { boxProcedures, ownBoxProcedures } from './box/boxes.ts';
import { storageProcedures } from './storage.ts';
import { cloudInitProcedures } from './cloud-init.ts';
import { commandsProcedures } from './commands.ts';
import { acceleratorSchema } from './host.ts';
import type { CatalogueEntry, ImageRow, UploadTicket } from './image.ts';
import { identifyAddressSchema, identifyFileSchema } from './image-system.ts';
import type { SystemGuess } from './image-system.ts';
import { addImageFileSchema, addImageUrlSchema, startUploadSchema } from './image.ts';
import type {
  EventRow,
  InstancetypeRow,
  ListUpdate,
  MachineDetail,
  MachinePreview,
  MachineRow,
  MachineSample,
  PreferenceRow,
  YamlFinding,
} from './machine.ts';
import type { ObjectRef } from './machine-ref.ts';
import { createMachineSchema, createSeveralSchema } from './machine.ts';
import { machineActionSchema, objectRefSchema } from './machine-ref.ts';
import { faultProcedures } from './faults.ts';
import { foreignProcedures } from './foreign.ts';
import { formProcedures } from './form.ts';
import { labProcedures } from './labs/labs.ts';
import { migrationProcedures } from './migrations.ts';
import { hardwareProcedures } from './hardware.ts';
import { mapProcedures } from './map.ts';
import { metricsProcedures } from './metrics.ts';
import { networkProcedures } from './networks.ts';
import { notificationsProcedures } from './notifications.ts';
import { call, stream } from './procedure.ts';
import { podProcedures } from './pods.ts';
import { undoProcedures } from './undo.ts';
import { recordingProcedures } from './recordings.ts';
import type { Client, Handlers } from './procedure.ts';
import { deviceProcedures } from './devices.ts';
import { manifestProcedures, templateProcedures } from './templates.ts';
import { searchProcedures } from './search.ts';
import { setProcedures } from './sets.ts';
import { snapshotProcedures } from './snapshots.ts';
import type { Settings } from './settings.ts';
import { settingsPatchSchema } from './settings.ts';
import { supportProcedures } from './support.ts';
import { whyProcedures } from './why.ts';
import { transferProcedures } from './transfer.ts';
import { backupProcedures } from './backups.ts';
import type { Target } from './target.ts';
import type { KindState, KubeconfigTest, TargetEntry } from './targets.ts';
import { addClusterSchema, createKindSchema, kubeconfigSourceSchema, targetNameSchema } from './targets.ts';
import type { Task } from './task.ts';
import type { Undoable } from './undo.ts';

// A strict Content-Security-Policy forbids the code generation that zod would try.
z.config({ jitless: true });

const none = z.object({}).strict();
const taskRef = z.object({ id: z.string() });
const idRef = z.object({ id: z.string().max(100) });
const onPlace = z.object({ place: placeSchema });
const install = onPlace.extend({ settings: applianceSettingsSchema });
/** What works on an appliance: its id, and the secrets of its place where they are needed (used once, never kept). */
const onAppliance = idRef.extend({ sudo: sudoSchema, place: placeSchema.optional() });
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
  targets: {
    watch: stream<ListUpdate<TargetEntry>>()(none),
    /** Makes it the one that every page shows. */
    use: call<void>()(idRef),
    rename: call<void>()(idRef.extend({ name: targetNameSchema })),
    /** Forgets it here; nothing is changed on it. */
    /** Its files are put aside: it can be undone for some minutes. */
    forget: call<Undoable>()(idRef),
    /** A look at a kubeconfig; nothing is kept. */
    test: call<KubeconfigTest>()(kubeconfigSourceSchema),
    addCluster: call<{ id: string }>()(addClusterSchema),
    kind: call<KindState>()(none),
    createKind: call<{ taskId: string }>()(createKindSchema),
    deleteKind: call<{ taskId: string }>()(z.object({ name: z.string().max(100) })),
  },
  appliances: {
    watch: stream<ListUpdate<Appliance>>()(none),
    /** The host key at the other end, before anything else is sent. */
    sshProbe: call<SshProbe>()(
      z.object({ host: z.string().min(1).max(253), port: z.number().int().min(1).max(65535) }),
    ),
    /** Takes the pinned host key of a machine back, so that another one can be shown and accepted. */
    forgetHostKey: call<void>()(
      z.object({ host: z.string().min(1).max(253), port: z.number().int().min(1).max(65535) }),
    ),
    preflight: call<PreflightReport>()(onPlace),
    plan: call<PlanView>()(install),
    /** Installs, or goes on with an install that did not end. `shown`: digest of the plan the person saw; a first run of another is refused. */
    install: call<{ taskId: string; id: string }>()(
      install.extend({ sudo: sudoSchema, shown: z.string().max(64).optional() }),
    ),
    /** Lines of a run: those so far, then each as it comes. */
    log: stream<RunLine[]>()(z.object({ taskId: z.string() })),
    act: call<{ taskId: string }>()(onAppliance.extend({ action: applianceActionSchema })),
    restore: call<{ taskId: string }>()(onAppliance.extend({ backup: z.string().max(200) })),
    dropBackup: call<{ taskId: string }>()(onAppliance.extend({ backup: z.string().max(200) })),
    upgrade: call<{ taskId: string }>()(
      onAppliance.extend({ part: z.enum(['k3s', 'kubevirt', 'cdi']), to: z.string().max(60) }),
    ),
    /** `place`: with its password, where one is needed to sign in; without it the ledger is not told. */
    uninstallPreview: call<UninstallPreview>()(idRef.extend({ place: placeSchema.optional() })),
    /** `machines`: how many VMs the person saw listed; refused when there are more by now. */
    uninstall: call<{ taskId: string }>()(
      onAppliance.extend({ machines: z.number().int().min(0), keepDisks: z.boolean().default(false) }),
    ),
    joinOffer: call<JoinOffer>()(onAppliance.extend({ hours: z.number().int().min(1).max(168).default(2) })),
    /** A second machine over SSH becomes a node of it. */
    join: call<{ taskId: string }>()(
      onAppliance.extend({ node: placeSchema, nodeName: z.string().max(63), nodeSudo: sudoSchema }),
    ),
    makeBundle: call<{ taskId: string }>()(
      z.object({ path: z.string().max(4096), settings: applianceSettingsSchema, kind: z.boolean().default(false) }),
    ),
    checkBundle: call<{ complete: boolean; missing: string[]; damaged: string[]; size: number }>()(
      z.object({ path: z.string().max(4096), settings: applianceSettingsSchema }),
    ),
  },
  tasks: {
    watch: stream<ListUpdate<Task>>()(none),
    cancel: call<Task>()(taskRef),
    /** Makes the same call with the same input again, for a task that failed or was stopped and says `again`. */
    tryAgain: call<{ taskId: string }>()(taskRef),
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
    /** Makes machines of a name pattern; each has its own result in the task. Refused before anything is made where names are bad or taken. */
    createSeveral: call<{ taskId: string; names: string[] }>()(createSeveralSchema),
    /** Applies a whole VirtualMachine text to an existing machine (server-side dry run first). */
    applyYaml: call<ObjectRef>()(objectRefSchema.extend({ yaml: yamlText })),
    checkYaml: call<YamlFinding[]>()(z.object({ yaml: yamlText })),
    checkCloudInit: call<YamlFinding[]>()(z.object({ userData: yamlText })),
    /** `deleteDisks`, `mode`: of a deletion. `bin`: machine and disks can be had back for some days. */
    act: call<void>()(
      objectRefSchema.extend({
        action: machineActionSchema,
        deleteDisks: z.boolean().default(true),
        mode: z.enum(['bin', 'now']).default('bin'),
      }),
    ),
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
  snapshots: snapshotProcedures,
  clones: cloneProcedures,
  transfer: transferProcedures,
  backups: backupProcedures,
  sets: setProcedures,
  foreign: foreignProcedures,
  consoles: consoleProcedures,
  ssh: sshProcedures,
  pods: podProcedures,
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
    systems: call<SystemGuess[]>()(none),
    /** What a file or an address holds; null where it is not recognised. */
    identifyFile: call<SystemGuess | null>()(identifyFileSchema),
    identifyAddress: call<SystemGuess | null>()(identifyAddressSchema),
    setSystem: call<void>()(objectRefSchema.extend({ system: z.string().max(40) })),
  },
  cloudInit: cloudInitProcedures,
  hardware: hardwareProcedures,
  form: formProcedures,
  migrations: migrationProcedures,
  metrics: metricsProcedures,
  networks: networkProcedures,
  map: mapProcedures,
  audit: auditProcedures,
  notifications: notificationsProcedures,
  commands: commandsProcedures,
  support: supportProcedures,
  search: searchProcedures,
  why: whyProcedures,
  devices: deviceProcedures,
  templates: templateProcedures,
  manifests: manifestProcedures,
  bin: binProcedures,
  undo: undoProcedures,
  organise: organiseProcedures,
  storage: storageProcedures,
  faults: faultProcedures,
  labs: labProcedures,
  classroom: classroomProcedures,
  recordings: recordingProcedures,
  boxes: boxProcedures,
  ownBox: ownBoxProcedures,
  access: accessProcedures,
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
