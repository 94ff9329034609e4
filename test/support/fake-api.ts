import { fakeAccess } from './fake/access.ts';
import type { FakeAccessOptions } from './fake/access.ts';
import { fakeWhy } from './fake/why.ts';
import { fakeBackups } from './fake/backups.ts';
import { fakeSets } from './fake/sets.ts';
import { fakeClones, fakeTransfer } from './fake/transfer.ts';
import { fakeForeign } from './fake/foreign.ts';
import { fakeFaults } from './fake/faults.ts';
import { fakeRecordings } from './fake/recordings.ts';
import { fakeSnapshots } from './fake/snapshots.ts';
import { namesOf } from '../../main/contract/batch.ts';
import { rowKeys } from '../../main/contract/row-keys.ts';
import type { Api } from '../../main/contract/contract.ts';
import type { ImageRow } from '../../main/contract/image.ts';
import type { EventRow, MachineRow } from '../../main/contract/machine.ts';
import type { MachineAction, ObjectRef } from '../../main/contract/machine-ref.ts';
import { ProblemError } from '../../main/contract/problem.ts';
import { settingsSchema } from '../../main/contract/settings.ts';
import type { Settings } from '../../main/contract/settings.ts';
import type { Target } from '../../main/contract/target.ts';
import type { Task } from '../../main/contract/task.ts';
import { FakeBoxes } from './fake/boxes/boxes.ts';
import type { FakeBoxesOptions } from './fake/boxes/boxes.ts';
import { FakeClassroom } from './fake/classroom.ts';
import type { FakeClassroomOptions } from './fake/classroom.ts';
import { FakeLabs } from './fake/labs/labs.ts';
import type { FakeLabsOptions } from './fake/labs/labs.ts';
import { FakeAppliances } from './fake/appliances.ts';
import type { FakeAppliancesOptions } from './fake/appliances.ts';
import { consolePipe, screenPicture } from './fake/console.ts';
import { fakeNetworks } from './fake/networks.ts';
import { fakeMap } from './fake/map.ts';
import { fakePods, podCapabilities } from './fake/pods.ts';
import { fakeParity } from './fake/parity.ts';
import { fakeSsh } from './fake/ssh.ts';
import { fakeSystems } from './fake/systems.ts';
import { fakeHardware } from './fake/hardware.ts';
import { hostReport, target } from './fake/host.ts';
import { fakeCloudInit } from './fake/cloud-init.ts';
import * as library from './fake/library.ts';
import { FakeList, FakeValue, pause } from './fake/live.ts';
import { actionsOf, machineDetail, machineRow, sample } from './fake/machines.ts';
import { fakeSeeing } from './fake/seeing.ts';
import { binEntry, FakeBin, fakeUndo } from './fake/undo.ts';
import { fakeStorage } from './fake/storage.ts';
import { fakeTemplates } from './fake/templates.ts';
import { FakeTargets } from './fake/targets.ts';
import type { FakeTargetsOptions } from './fake/targets.ts';
import { work } from './fake/work.ts';

type Kept = 'latency' | 'software';
export interface FakeOptions
  extends
    Omit<FakeAppliancesOptions, Kept>,
    Omit<FakeTargetsOptions, Kept>,
    Omit<FakeBoxesOptions, 'elevation'>,
    FakeLabsOptions,
    FakeClassroomOptions,
    FakeAccessOptions {
  /** Of the settings: the pages load themselves anew in it. */
  language?: Settings['language'];
  /** How many machines there are. */
  machines?: number;
  /** empty: a fresh installation; first-run: and the wizard not done; errors: calls fail and lists are stale; loading: nothing ever answers. */
  scenario?: 'normal' | 'empty' | 'first-run' | 'errors' | 'loading';
  accelerator?: 'kvm' | 'software';
  /** Changed machines a second. */
  updates?: number;
  /** Milliseconds a call takes. */
  latency?: number;
  /** The target runs containers, too. */
  pods?: 'some';
  /** What the target can, instead of what the Quick lab can. */
  capabilities?: Target['capabilities'];
}

const refused = (what: string): never => {
  throw new ProblemError({
    code: 'preview-failed',
    title: `${what} did not work`,
    detail: 'The backend refused the request.',
    cause: 'This preview was opened with scenario=errors.',
    fix: 'Open it without, or try again.',
    command: 'qemu-img info --output=json disk.qcow2',
    output: ['qemu-img: Could not open disk.qcow2: No space left on device'],
  });
};

/** A backend keeps its settings; this one begins anew with each load of the page, which remembers the language that was saved. */
const savedLanguage = (): Settings['language'] =>
  settingsSchema.shape.language.catch('system').parse(globalThis.localStorage?.getItem('hearth.language') ?? undefined);

/** The whole contract in memory, with believable data, for pages without a backend. */
export function fakeApi(options: FakeOptions = {}): Api {
  const { scenario = 'normal', accelerator = 'kvm', updates = 0, latency = 120 } = options;
  const fresh = scenario === 'empty' || scenario === 'first-run';
  const count = options.machines ?? (fresh ? 0 : 10);
  const machines = new FakeList<MachineRow>(
    rowKeys.machine,
    Array.from({ length: count }, (_, index) => machineRow(index)),
  );
  const images = new FakeList<ImageRow>(rowKeys.image, fresh ? [] : library.imageRows);
  const tasks = new FakeList<Task>(rowKeys.task, fresh ? [] : library.tasks);
  const events = new FakeList<EventRow>(rowKeys.event, fresh ? [] : library.events);
  const settings = new FakeValue<Settings>({
    version: 1,
    setupDone: scenario !== 'first-run',
    theme: 'system',
    language: options.language ?? savedLanguage(),
    accelerator: 'auto',
    reservedMemory: 1024 ** 3,
    memoryPercent: 100,
    reservedProcessors: 0,
    processorRatio: 10,
    reservedDisk: 0,
    sshKeys: fresh ? [] : [{ name: 'ada@attic', key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFZ1dGVu ada@attic' }],
    defaultUser: 'hearth',
    debianMirror: 'http://deb.debian.org/debian',
    stopMachinesOnExit: false,
    labFolder: '',
    keyCombinations: fresh ? [] : ['Ctrl+Shift+Esc'],
  });
  const quickLab = target(scenario === 'errors' ? 'lost' : 'ready', accelerator === 'kvm' ? 'kvm' : 'tcg');
  const lab = new FakeValue({
    ...quickLab,
    capabilities: options.capabilities ?? [...quickLab.capabilities, ...podCapabilities(options.pods === 'some')],
  });
  const answer = async <T>(what: string, value: T): Promise<T> => {
    if (scenario === 'loading') await new Promise(() => undefined);
    await pause(latency);
    return scenario === 'errors' ? refused(what) : value;
  };
  async function* live<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
    if (scenario === 'loading') await new Promise(() => undefined);
    yield* source;
  }
  const rowsOf = [...machines.rows.values()];
  const libraryOf = [...images.rows.values()];
  const targets = new FakeTargets(
    { targets: options.targets ?? (fresh ? 'few' : 'some'), kind: options.kind, latency },
    tasks,
    lab,
    () => {
      const other = lab.value.id !== 'quick-lab';
      machines.replace(other ? rowsOf.slice(0, 2) : rowsOf);
      images.replace(other ? libraryOf.slice(0, 1) : libraryOf);
    },
  );
  const appliances = new FakeAppliances(
    { ...options, appliance: options.appliance ?? (fresh ? 'none' : 'running'), software: accelerator !== 'kvm', latency }, // prettier-ignore
    tasks,
    targets,
  );
  const bin = new FakeBin(fresh ? [] : [binEntry('old-mail', 'machine', 'mail-old', 1, 20), binEntry('old-dmz', 'network', 'dmz', 3, 0), binEntry('lone-scratch', 'disk', 'scratch', 5, 8)]); // prettier-ignore
  const refuseAll = (): void => void (scenario === 'errors' && refused('The request'));
  if (scenario === 'errors') setTimeout(() => lab.value.problem && machines.stale(lab.value.problem), 300);
  if (updates > 0 && count > 0)
    setInterval(() => {
      const keys = [...machines.rows.values()];
      const some = Array.from(
        { length: Math.max(1, Math.round(updates / 10)) },
        () => keys[Math.floor(Math.random() * keys.length)],
      );
      machines.put(...some.filter((row) => row !== undefined).map((row) => ({ ...row, cpuUse: Math.random() })));
    }, 100);

  const find = ({ namespace, name }: ObjectRef): MachineRow => {
    const row = [...machines.rows.values()].find((each) => each.namespace === namespace && each.name === name);
    if (!row)
      throw new ProblemError({
        code: 'not-found',
        title: 'No such machine',
        detail: `There is no machine ${name} in ${namespace}.`,
        fix: 'Go back to the list.',
      });
    return row;
  };
  const become = (row: MachineRow, status: string, tone: MachineRow['tone']): void => {
    if (!machines.rows.has(rowKeys.machine(row))) return;
    const { why: _why, ...rest } = row;
    machines.put({
      ...rest,
      status,
      tone,
      actions: actionsOf(tone),
      addresses: tone === 'running' ? ['10.0.2.15'] : [],
      ...(tone === 'running' ? { startedAt: new Date().toISOString(), cpuUse: 0.2 } : {}),
    });
  };
  const addImage = async (
    name: string,
    displayName: string,
    titles: string[],
  ): Promise<{ taskId: string; image: ObjectRef }> => {
    const image = { namespace: 'hearth-images', name };
    const row: ImageRow = {
      ...library.starterImage,
      uid: `image-${name}`,
      name,
      displayName,
      usedBy: [],
      state: 'importing',
      progress: 0,
    };
    await answer('Adding an image', undefined);
    if (![...images.rows.values()].some((each) => each.name === name && each.state === 'ready')) images.put(row);
    const taskId = work(
      tasks,
      { type: 'image-import', title: `Add ${displayName}`, object: { kind: 'Image', ...image } },
      titles.map((title) => ({ title, seconds: 4 / titles.length })),
      { onEnd: () => images.put({ ...row, state: 'ready', catalogueId: name }) },
    );
    return { taskId, image };
  };
  const startUp = async (row: MachineRow): Promise<void> => {
    for (const [status, tone, ms] of [
      ['Provisioning', 'busy', 600],
      ['Starting', 'busy', 1_200],
      ['Running', 'running', 0],
    ] as const) {
      become(row, status, tone);
      await pause(ms);
    }
  };

  return {
    access: fakeAccess(options),
    app: {
      info: () =>
        answer('Reading the version', {
          version: '0.1.0', dataDir: '/home/ada/.local/share/hearth', pid: 4711, carrier: 'web', platform: 'linux', node: 'v24.21.0', startedAt: new Date(Date.now() - 7.2e6).toISOString(),
          ports: [{ purpose: 'Pages', address: '127.0.0.1:8420' }, { purpose: 'Kubernetes API', address: '127.0.0.1:41873' }],
        }), // prettier-ignore
      logs: () =>
        answer('Reading the log', {
          path: '/home/ada/.local/share/hearth/logs/hearth.log',
          lines: Array.from(
            { length: 120 },
            (_, n) =>
              `{"level":${n % 17 === 3 ? 40 : 30},"time":"2026-11-20T10:${String(n % 60).padStart(2, '0')}:00Z","msg":"watch machines: ${n} rows"}`,
          ),
        }),
    },
    settings: {
      watch: (_input, o) => settings.watch(o?.signal),
      update: async (patch) => {
        await answer('Saving', undefined);
        settings.set({ ...settings.value, ...(patch as Partial<Settings>) });
        return settings.value;
      },
    },
    host: {
      report: () => answer('Looking at this computer', hostReport(accelerator)),
      recheck: async () => {
        await pause(900);
        return answer('Checking again', {
          ...hostReport(accelerator),
          accelerator: { ...hostReport(accelerator).accelerator, fromCache: false, triedAt: new Date().toISOString() },
        });
      },
      overrideAccelerator: ({ accelerator: wanted }) => {
        settings.set({ ...settings.value, accelerator: wanted });
        const report = hostReport(accelerator);
        return answer(
          'Changing the accelerator',
          wanted === 'auto'
            ? report
            : { ...report, accelerator: { ...report.accelerator, chosen: wanted, chosenBy: 'override' as const } },
        );
      },
    },
    target: {
      watch: (_input, o) => live(lab.watch(o?.signal)),
      kubeconfig: () =>
        answer('Reading the kubeconfig', {
          path: '/home/ada/.local/share/hearth/kubeconfig',
          text: 'apiVersion: v1\nkind: Config\n',
        }),
    },
    targets: targets.api(live),
    appliances: appliances.api(live, refuseAll),
    cloudInit: fakeCloudInit(answer, live, [...machines.rows.values()]),
    tasks: {
      watch: (_input, o) => live(tasks.watch(o?.signal)),
      cancel: async ({ id }) => {
        const task = tasks.rows.get(id) as Task;
        tasks.put({ ...task, state: 'cancelled', endedAt: new Date().toISOString() });
        return tasks.rows.get(id) as Task;
      },
      tryAgain: async ({ id }) => {
        const { problem: _problem, endedAt: _endedAt, again: _again, ...task } = tasks.rows.get(id) as Task;
        tasks.put({ ...task, id: `${id}-again`, state: 'running', progress: 0.1 });
        return { taskId: `${id}-again` };
      },
      dismiss: async ({ id }) => tasks.remove(id),
    },
    events: {
      watch: (input, o) =>
        live(events.watch(o?.signal, (row) => !input.object || row.object.name === input.object.name)),
    },
    machines: {
      watch: (_input, o) => live(machines.watch(o?.signal)),
      detail: async function* (ref, o) {
        if (scenario === 'loading') await new Promise(() => undefined);
        await pause(latency);
        yield machineDetail(find(ref));
        for await (const _update of machines.feed.listen([], o?.signal)) yield machineDetail(find(ref));
      },
      samples: async function* (ref, o) {
        const now = Date.now();
        yield Array.from({ length: 300 }, (_, n) => sample(find(ref), now - (300 - n) * 2000));
        while (!o?.signal?.aborted) {
          await pause(2_000);
          yield [sample(find(ref), Date.now())];
        }
      },
      preview: (input) =>
        answer('The preview', {
          yaml: `apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata:\n  name: ${input.name}\n`, objects: [], warnings: [], capacity: { ok: true, detail: '20 GiB of memory are free; this one needs 2 GiB.' },
        }), // prettier-ignore
      create: async (input) => {
        await answer('Creating the machine', undefined);
        const row: MachineRow = {
          ...machineRow(2),
          uid: `uid-${input.name}`,
          namespace: input.namespace ?? 'default',
          name: input.name,
          createdAt: new Date().toISOString(),
        };
        machines.put(row);
        if (input.start !== false) void startUp(row);
        return { namespace: row.namespace, name: row.name };
      },
      createSeveral: async ({ pattern, namespace = 'default' }) => {
        const found = namesOf(pattern);
        const names = found.trouble === undefined ? found.names : [];
        await answer('Creating the machines', undefined);
        const steps = names.map((title) => ({ title, seconds: 0.4 }));
        const onEnd = (): void => names.forEach((name) => machines.put({ ...machineRow(2), uid: `uid-${name}`, namespace, name })); // prettier-ignore
        return { taskId: work(tasks, { type: 'machines-create', title: `Make ${names.length} machines` }, steps, { onEnd }), names }; // prettier-ignore
      },
      applyYaml: ({ namespace, name }) => answer('Applying', { namespace, name }),
      checkYaml: ({ yaml }) =>
        answer(
          'Checking',
          yaml.includes('\t')
            ? [{ severity: 'error' as const, message: 'Tabs are not allowed in YAML.', line: 1, column: 1 }]
            : [],
        ),
      checkCloudInit: () => answer('Checking', []),
      act: async ({ action, ...ref }) => {
        await answer('The action', undefined);
        const row = find(ref);
        const to: Partial<Record<MachineAction, () => void>> = {
          start: () => void startUp(row), restart: () => void startUp(row), forceRestart: () => void startUp(row), unpause: () => become(row, 'Running', 'running'),
          pause: () => become(row, 'Paused', 'paused'), forceStop: () => become(row, 'Stopped', 'stopped'), delete: () => machines.remove(rowKeys.machine(row)),
          stop: () => { become(row, 'Stopping', 'busy'); setTimeout(() => become(row, 'Stopped', 'stopped'), 1_500); },
        }; // prettier-ignore
        to[action]?.();
      },
      instancetypes: () => answer('Reading the sizes', library.instancetypes),
      preferences: () => answer('Reading the preferences', library.preferences),
      addForward: () => answer('Adding the port', undefined),
      removeForward: () => answer('Removing the port', undefined),
    },
    why: fakeWhy(),
    snapshots: fakeSnapshots(answer, live, rowsOf, tasks),
    recordings: fakeRecordings(answer, live, fresh),
    faults: fakeFaults(answer, live, rowsOf),
    clones: fakeClones(answer, rowsOf, tasks),
    transfer: fakeTransfer(answer, tasks, fresh),
    backups: fakeBackups(answer, tasks, fresh),
    sets: fakeSets(answer),
    foreign: fakeForeign(answer),
    consoles: {
      vnc: () => answer('The screen', refused('The screen of the preview')),
      serial: async (ref) => consolePipe(find(ref).name),
      serialLog: () => answer('Reading the log', { text: 'Linux version 6.1.0\nlogin: ', truncated: false }),
      screenshot: () => answer('The picture', { png: screenPicture }),
      screenText: () =>
        answer('The text', { rows: ['', 'Debian GNU/Linux 13 web tty1', '', 'web login:'], cols: 80, unreadable: 0 }),
      async *pictures({ machines: wanted }, o) {
        const at = new Date().toISOString();
        yield wanted.map((ref, index) => ({ ...ref, at, ...(index === 1 ? { problem: 'No graphics devices are present.' } : { png: screenPicture }) })); // prettier-ignore
        await new Promise((resolve) => o?.signal?.addEventListener('abort', resolve));
      },
    },
    hardware: fakeHardware(answer),
    networks: fakeNetworks(answer, [...machines.rows.values()], bin),
    ssh: fakeSsh(answer),
    map: fakeMap(answer, live, [...machines.rows.values()], options.pods === 'some'),
    undo: fakeUndo(answer),
    pods: fakePods(answer, live, fresh),
    ...fakeParity(),
    images: {
      catalogue: () => answer('Reading the catalogue', library.catalogue),
      watch: (_input, o) => live(images.watch(o?.signal)),
      addFromCatalogue: ({ id }) =>
        addImage(id, library.catalogue.find((each) => each.id === id)?.name ?? id, [
          'Find the checksum',
          'Download',
          'Verify',
          'Convert',
        ]),
      addFromUrl: (input) => addImage(input.name, input.displayName ?? input.name, ['Download', 'Verify', 'Convert']),
      addFromFile: (input) => addImage(input.name, input.displayName ?? input.name, ['Inspect', 'Copy']),
      startUpload: () => answer('The upload', { uploadId: 'u1', taskId: 't1', endpoint: 'upload' }),
      buildStarter: () => addImage('starter', 'Hearth starter', ['Fetch packages', 'Verify', 'Build']),
      remove: async ({ name }) => {
        await answer('Deleting', undefined);
        images.remove(`image-${name}`);
      },
      rename: async ({ name, displayName }) => {
        const row = images.rows.get(`image-${name}`);
        if (row) images.put({ ...row, displayName });
      },
      ...fakeSystems(answer, images),
    },
    ...new FakeBoxes({ ...options, boxes: options.boxes ?? (fresh ? 'empty' : 'ready') }, tasks, answer).api(live),
    classroom: new FakeClassroom(options, answer).api(live),
    labs: new FakeLabs(options, tasks, machines, answer).api(live),
    ...fakeTemplates({ fresh, tasks, answer }),
    ...fakeStorage({ fresh, machines, bin, answer, live }),
    ...fakeSeeing({ fresh, machines, tasks, answer, live }),
  };
}
