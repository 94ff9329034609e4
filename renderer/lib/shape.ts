import type { Contract } from '../../main/contract/contract.ts';

type Kind = 'call' | 'stream' | 'pipe';
type Shape<R> = {
  readonly [K in keyof R]: R[K] extends { type: Kind } ? { readonly type: R[K]['type'] } : Shape<R[K]>;
};

const call = { type: 'call' } as const;
const stream = { type: 'stream' } as const;
const pipe = { type: 'pipe' } as const;

/**
 * Names and kinds of the contract without its schemas: the page only sends, the backend checks, so zod stays out of
 * the first chunk. The type makes a forgotten or misnamed procedure a compile error.
 */
export const shape: Shape<Contract> = {
  app: { info: call, logs: call },
  settings: { watch: stream, update: call },
  host: { report: call, recheck: call, overrideAccelerator: call },
  target: { watch: stream, kubeconfig: call },
  targets: {
    watch: stream,
    use: call,
    rename: call,
    forget: call,
    test: call,
    addCluster: call,
    kind: call,
    createKind: call,
    deleteKind: call,
  },
  appliances: {
    watch: stream,
    sshProbe: call,
    forgetHostKey: call,
    preflight: call,
    plan: call,
    install: call,
    log: stream,
    act: call,
    restore: call,
    dropBackup: call,
    upgrade: call,
    uninstallPreview: call,
    uninstall: call,
    joinOffer: call,
    join: call,
    makeBundle: call,
    checkBundle: call,
  },
  networks: {
    watch: stream,
    create: call,
    remove: call,
    attach: call,
    detach: call,
    move: call,
    confirmMove: call,
    rollBack: call,
    setLink: call,
    reserve: call,
    portHolder: call,
  },
  tasks: { watch: stream, cancel: call, dismiss: call },
  events: { watch: stream },
  machines: {
    watch: stream,
    detail: stream,
    samples: stream,
    preview: call,
    create: call,
    applyYaml: call,
    checkYaml: call,
    checkCloudInit: call,
    act: call,
    instancetypes: call,
    preferences: call,
    addForward: call,
    removeForward: call,
  },
  snapshots: { watch: stream, take: call, restore: call, remove: call },
  clones: { plan: call, start: call },
  transfer: {
    export: call,
    files: call,
    removeFile: call,
    unfinished: call,
    resume: call,
    discard: call,
    startUpload: call,
    preview: call,
    import: call,
  },
  consoles: { vnc: pipe, serial: pipe, serialLog: call, screenshot: call, pictures: stream },
  ssh: { ownKey: call, access: call, shell: pipe, resize: call, forgetHostKey: call },
  images: {
    catalogue: call,
    watch: stream,
    addFromCatalogue: call,
    addFromUrl: call,
    addFromFile: call,
    startUpload: call,
    buildStarter: call,
    remove: call,
    rename: call,
  },
  cloudInit: {
    check: call,
    hashPassword: call,
    importKeys: call,
    read: call,
    write: call,
    runAgain: call,
    results: stream,
    snippets: stream,
    saveSnippet: call,
    removeSnippet: call,
  },
  hardware: {
    watch: stream, choices: call, planResize: call, resize: call, attach: call, detach: call, changeDisk: call, order: call,
    addDrive: call, insert: call, eject: call, grow: call,
  }, // prettier-ignore
  metrics: { machine: stream, hosts: stream },
  audit: { watch: stream },
  notifications: { watch: stream, settings: stream, update: call, test: call },
  commands: { watch: stream, replay: call, clear: call },
  support: { preview: call, make: call },
  search: { find: call },
  why: { cure: call },
  form: { read: call, apply: call },
  migrations: { nodes: call, start: call },
  devices: { list: call, plan: call },
  templates: {
    list: call, get: call, fromMachine: call, check: call, save: call, remove: call, preview: call, create: call,
    types: call, saveType: call, removeType: call,
  }, // prettier-ignore
  manifests: { check: call, apply: call },
  bin: { watch: stream, restore: call, purge: call, empty: call },
  organise: { change: call },
  storage: { disks: stream, space: stream, remove: call, makeImage: call },
};
