import { randomUUID } from 'node:crypto';
import { stringify } from 'yaml';
import { formOf } from '../../../main/backend/form/view.ts';
import { deploymentOf } from '../../../main/backend/pods/manifest.ts';
import type { Api } from '../../../main/contract/contract.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import type { OfferId } from '../../../main/contract/offers.ts';
import { createPodsSchema } from '../../../main/contract/pods.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import { blank, until } from './lab.ts';
import type { OperationsLab } from './lab.ts';
import { faulty } from './why.ts';

/** What the calls of a walk work on. */
export interface Walk {
  lab: OperationsLab;
  /** Address of an image, path of an image, path of a machine file. */
  url: string;
  image: string;
  machineFile: string;
}
const MiB = 2 ** 20;
export const ref = (name: string) => ({ namespace: 'default', name });
const library = (name: string) => ({ namespace: 'hearth-images', name });

/** Machines, disks and images that are there before anybody acts; made past the rights of whoever acts. */
export const machines = {
  still: false,
  spare: false,
  dropped: false,
  woken: false,
  runs: true,
  held: true,
  shaken: true,
  warm: true,
} as const;
const disk = (namespace: string, name: string, more: object = {}): KubeObject => ({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  kind: 'DataVolume',
  metadata: { namespace, name, annotations: { 'cdi.kubevirt.io/storage.bind.immediate.requested': '' }, ...more },
  spec: { source: { blank: {} }, storage: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '16Mi' } } } },
}); // prettier-ignore
const claim = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { namespace: 'default', name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '16Mi' } } },
});
const nic = (name: string, network: object) => ({ nic: { name, bridge: {} }, network: { name, ...network } });
export const hasCdi = (lab: OperationsLab): boolean =>
  lab.kind === 'engine' || 'cdi.kubevirt.io' in lab.cluster.fixture.groups;
/** `disks` false: on a target without CDI, what a machine writes is gone with it. */
export const machineOf = (name: keyof typeof machines, disks = true): KubeObject =>
  faulty(name, (spec, vm) => {
    if (!disks) {
      delete (vm.spec as { dataVolumeTemplates?: unknown }).dataVolumeTemplates;
      spec.volumes = [{ name: 'root', emptyDisk: { capacity: '64Mi' } }];
    }
    (vm.spec as Record<string, unknown>)['runStrategy'] = machines[name] ? 'Always' : 'Manual';
    const second = nic('lan', { multus: { networkName: 'default/red' } });
    spec.domain.devices.interfaces.push(second.nic);
    spec.networks.push(second.network);
    spec.domain.devices.disks.push({ name: 'seed', disk: { bus: 'virtio' } });
    spec.volumes.push({ name: 'seed', cloudInitNoCloud: { userData: '#cloud-config\n' } });
  });
const networkOf = (name: string): KubeObject => ({
  apiVersion: 'k8s.cni.cncf.io/v1',
  kind: 'NetworkAttachmentDefinition',
  metadata: { namespace: 'default', name },
  spec: { config: JSON.stringify({ cniVersion: '0.3.1', name, type: 'bridge', bridge: `hearth-${name}` }) },
});
export const things = (cdi: boolean): readonly [group: string, plural: string, object: KubeObject][] => [
  ['k8s.cni.cncf.io', 'network-attachment-definitions', networkOf('red')],
  ['k8s.cni.cncf.io', 'network-attachment-definitions', networkOf('blue')],
  ['', 'persistentvolumeclaims', claim('plain')],
  ...(cdi ? [] : [['', 'persistentvolumeclaims', claim('thrown')] as [string, string, KubeObject]]),
  ...(cdi ? ['loose', 'thrown'] : []).map((name) => ['cdi.kubevirt.io', 'datavolumes', disk('default', name)] as [string, string, KubeObject]), // prettier-ignore
  ...(cdi ? ['disc', 'old'] : []).map((name) => ['cdi.kubevirt.io', 'datavolumes', disk('hearth-images', name, { labels: { 'hearth.dev/image': 'true' } })] as [string, string, KubeObject]), // prettier-ignore
  ...(Object.keys(machines) as (keyof typeof machines)[]).map((name) => ['kubevirt.io', 'virtualmachines', machineOf(name, cdi)] as [string, string, KubeObject]), // prettier-ignore
];

const template = { namespace: 'default', name: 'walked' };
const manifest = stringify({
  ...blankMachine('of-template'),
  metadata: { name: '${NAME}' },
});
function blankMachine(name: string): KubeObject {
  return { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name }, spec: { runStrategy: 'Halted', template: { spec: { domain: { memory: { guest: '64Mi' }, devices: { disks: [{ name: 'root', disk: { bus: 'virtio' } }] } }, volumes: [{ name: 'root', emptyDisk: { capacity: '1Gi' } }] } } } }; // prettier-ignore
}
const type = stringify({ apiVersion: 'instancetype.kubevirt.io/v1beta1', kind: 'VirtualMachineInstancetype', metadata: { name: 'walked', namespace: 'default' }, spec: { cpu: { guest: 1 }, memory: { guest: '64Mi' } } }); // prettier-ignore

type Call = (api: Api, walk: Walk) => Promise<unknown>;
const act =
  (name: string, action: Parameters<Api['machines']['act']>[0]['action'], mode: 'bin' | 'now' = 'now'): Call =>
  (api) =>
    api.machines.act({ ...ref(name), action, deleteDisks: true, mode });
/** What an action leads to is seen a moment after its answer. */
const actUntil =
  (name: string, action: Parameters<Api['machines']['act']>[0]['action'], status: string): Call =>
  async (api, { lab }) => {
    await api.machines.act({ ...ref(name), action, deleteDisks: true, mode: 'now' });
    await lab.machine(name, ({ row }) => row.status === status);
  };
/** To its end; a task that fails throws its Problem. */
const task =
  (begin: (api: Api, walk: Walk) => Promise<{ taskId: string }>): Call =>
  async (api, walk) => {
    const { taskId } = await begin(api, walk);
    const { state, problem } = await walk.lab.task(taskId);
    if (state !== 'done') throw new ProblemError(problem ?? { code: state, title: state, detail: '' });
  };
/** Called off at once; what it had made is gone when the next call is made. */
const cancelled =
  (begin: (api: Api) => Promise<{ taskId: string }>): Call =>
  async (api, walk) => {
    const { taskId } = await begin(api);
    await api.tasks.cancel({ id: taskId });
    await walk.lab.task(taskId);
  };
const stream =
  (open: (api: Api) => Promise<{ readable: AsyncIterable<unknown>; close(): void }>): Call =>
  async (api) => {
    const pipe = await open(api);
    await until(pipe.readable, () => true).finally(() => pipe.close());
  };
const binId = async (api: Api, name: string): Promise<string> => {
  const view = await until(api.bin.watch({}), (each) => each.problem !== undefined || each.entries.some((entry) => entry.name === name && entry.state === 'kept')).catch(() => undefined); // prettier-ignore
  return view?.entries.find((entry) => entry.name === name)?.id ?? 'nothing';
};
const broken = async (api: Api, wish: Parameters<Api['faults']['begin']>[0]['wish']): Promise<{ taskId: string }> => ({
  taskId: (await api.faults.begin({ ...ref('runs'), wish })).taskId ?? '',
});
/** When the card, disk or port that a call before has made is there. */
const forwardOf = async (walk: Walk): Promise<string> => {
  const list = (await walk.lab.kube.request('GET', '/api/v1/namespaces/default/services')) as unknown as { items: KubeObject[] }; // prettier-ignore
  return list.items.find(({ metadata }) => metadata.name?.startsWith('runs'))?.metadata.name ?? 'nothing';
};

const served = { kind: 'Deployment', namespace: 'default', name: 'served' } as const;
/** A Pod of what was created, once it runs; where nothing may be created there is none. */
const servedPod = async ({ lab }: Walk): Promise<{ namespace: string; name: string }> => {
  for (let tries = lab.can('createPods') ? 100 : 0; tries > 0; tries -= 1) {
    const { items } = (await lab.kube.request('GET', '/api/v1/namespaces/default/pods')) as unknown as { items: KubeObject[] }; // prettier-ignore
    const found = items.find(({ metadata, status }) => metadata.name?.startsWith('served-') && status?.['phase'] === 'Running'); // prettier-ignore
    if (found) return ref(found.metadata.name ?? '');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return ref('nothing');
};
const servedYaml = stringify(deploymentOf(createPodsSchema.parse({ name: 'served', image: 'nginx:1.29', env: [{ name: 'WALKED', value: 'yes' }] }))[0]); // prettier-ignore
let undo = 'nothing';

/**
 * One call of each offer, with which a target that can do it does it; in the order in which they are made. `variants`: an
 * offer whose calls are those of its variants.
 */
export const walk: Record<OfferId, Call | 'variants'> = {
  'machines.create': (api) => api.machines.create(blank('made')),
  'machines.create:forwards': (api) => api.machines.create(blank('made-forwards', { network: { forwards: [{ guestPort: 22 }] } })),
  'machines.create:secureBoot': (api) => api.machines.create(blank('made-secure', { firmware: 'uefi-secure' })),
  'machines.create:vtpm': (api) => api.machines.create(blank('made-vtpm', { tpm: 'persistent' })),
  'machines.createSeveral': task((api) => api.machines.createSeveral({ ...blank('several-1'), pattern: 'several-{1..2}' })),
  'machines.preview': async (api) => {
    const { problem } = await api.machines.preview(blank('never'));
    if (problem) throw new ProblemError(problem);
  },
  'machines.applyYaml': (api, { lab }) => api.machines.applyYaml({ ...ref('still'), yaml: stringify(machineOf('still', hasCdi(lab))) }),
  'machines.checkYaml': async (api) => {
    const [found] = await api.machines.checkYaml({ yaml: stringify(machineOf('still')) });
    if (found) throw new ProblemError({ code: 'finding', title: 'A finding', detail: found.message });
  },
  'machines.act': 'variants',
  'machines.act:start': actUntil('woken', 'start', 'Running'),
  'machines.act:pause': actUntil('runs', 'pause', 'Paused'),
  'machines.act:unpause': actUntil('runs', 'unpause', 'Running'),
  'machines.act:reset': act('runs', 'reset'),
  'machines.act:softReboot': act('runs', 'softReboot'),
  'machines.act:stop': act('woken', 'stop'),
  'machines.act:restart': act('shaken', 'restart'),
  'machines.act:forceRestart': act('held', 'forceRestart'),
  'machines.act:forceStop': act('warm', 'forceStop'),
  'machines.act:delete': act('dropped', 'delete', 'bin'),
  'machines.addForward': (api) => api.machines.addForward({ ...ref('runs'), guestPort: 22, protocol: 'TCP' }),
  'machines.removeForward': async (api, self) => api.machines.removeForward({ ...ref('runs'), service: await forwardOf(self) }),
  'consoles.vnc': stream((api) => api.consoles.vnc({ ...ref('runs'), take: true })),
  // Types, so that it has been connected, and waits for what it may be told: a machine with an empty disk says nothing.
  'consoles.serial': async (api) => {
    const pipe = await api.consoles.serial(ref('runs'));
    const told = until(pipe.readable, () => true);
    await pipe.write(Buffer.from('\r'));
    await Promise.race([told, new Promise((resolve) => setTimeout(resolve, 500))]).finally(() => pipe.close());
    told.catch(() => undefined); // the end of the pipe
  },
  'consoles.serialLog': (api) => api.consoles.serialLog(ref('runs')),
  'consoles.screenshot': (api) => api.consoles.screenshot(ref('runs')),
  'consoles.screenText': (api) => api.consoles.screenText(ref('runs')),
  'images.addFromCatalogue': task((api) => api.images.addFromCatalogue({ id: 'debian-13' })),
  'images.addFromUrl': task((api, { url }) => api.images.addFromUrl({ name: 'fetched', url })),
  'images.addFromFile': task((api, { image }) => api.images.addFromFile({ path: image, name: 'local', mode: 'copy' })),
  'images.startUpload': cancelled((api) => api.images.startUpload({ name: 'sent', fileName: 'sent.img', size: MiB })),
  'images.buildStarter': cancelled((api) => api.images.buildStarter({})),
  'images.rename': (api) => api.images.rename({ ...library('disc'), displayName: 'The disc' }),
  'images.setSystem': (api) => api.images.setSystem({ ...library('disc'), system: 'debian' }),
  'images.remove': (api) => api.images.remove(library('old')),
  'snapshots.take': task((api) => api.snapshots.take({ ...ref('still'), snapshot: 'first' })),
  'snapshots.take:memory': task((api) => api.snapshots.take({ ...ref('runs'), snapshot: 'warm', memory: true })),
  'snapshots.restore': task((api) => api.snapshots.restore({ ...ref('still'), snapshot: 'first' })),
  'snapshots.remove': task((api) => api.snapshots.remove({ ...ref('still'), snapshot: 'first' })),
  'snapshots.schedule': (api) => api.snapshots.schedule({ ...ref('still'), schedule: { rhythm: { every: 'day', at: '03:30' }, keep: 2 } }),
  'clones.start': task((api) => api.clones.start({ ...ref('still'), newName: 'twin' })),
  'clones.start:full': task((api) => api.clones.start({ ...ref('still'), newName: 'triplet', mode: 'full' })),
  'transfer.export': task((api, { machineFile }) => api.transfer.export({ ...ref('spare'), path: `${machineFile}.${randomUUID()}` })),
  'transfer.move': (api) => api.transfer.move({ ...ref('spare'), to: 'nowhere', keep: true }),
  'transfer.move:away': (api) => api.transfer.move({ ...ref('spare'), to: 'nowhere' }),
  'transfer.resume': (api) => api.transfer.resume({ id: randomUUID() }),
  'backups.run': task((api) => api.backups.run({ placeId: randomUUID(), machines: [ref('spare')] })),
  'backups.restore': task((api) => api.backups.restore({ placeId: randomUUID(), point: randomUUID(), name: 'restored' })),
  'transfer.import': task((api, { machineFile }) => api.transfer.import({ source: { path: machineFile }, name: 'imported' })),
  'hardware.resize': (api) => api.hardware.resize({ ...ref('spare'), sockets: 2 }),
  'hardware.resize:cpu': (api) => api.hardware.resize({ ...ref('runs'), sockets: 2 }),
  'hardware.resize:memory': (api) => api.hardware.resize({ ...ref('runs'), memory: 128 * MiB }),
  'hardware.attach': (api) => api.hardware.attach({ ...ref('spare'), disk: 'more', source: { type: 'existing', claim: 'plain' } }),
  'hardware.attach:new': (api) => api.hardware.attach({ ...ref('spare'), disk: 'still-more', source: { type: 'blank', size: 16 * MiB } }),
  'hardware.attach:running': (api) => api.hardware.attach({ ...ref('runs'), disk: 'more', source: { type: 'existing', claim: 'loose' } }),
  'hardware.detach': (api) => api.hardware.detach({ ...ref('spare'), disk: 'more' }),
  'hardware.changeDisk': (api) => api.hardware.changeDisk({ ...ref('spare'), disk: 'root', bus: 'sata' }),
  'hardware.changeDrivers': (api) => api.hardware.changeDrivers({ ...ref('spare'), step: 'change' }),
  'hardware.order': (api) => api.hardware.order({ ...ref('spare'), disks: [{ name: 'root', boot: true }, { name: 'seed', boot: false }] }),
  'hardware.addDrive': (api) => api.hardware.addDrive({ ...ref('spare'), disk: 'drive' }),
  'hardware.insert': (api) => api.hardware.insert({ ...ref('spare'), disk: 'drive', image: library('disc') }),
  'hardware.settleEjected': (api) => api.hardware.settleEjected({ ...ref('spare'), back: true }),
  'hardware.eject': (api) => api.hardware.eject({ ...ref('spare'), disk: 'drive' }),
  'hardware.grow': (api) => api.hardware.grow({ ...ref('runs'), claim: 'runs-root', size: 96 * MiB }),
  'networks.create': (api) => api.networks.create({ name: 'green', subnet: '10.77.0.0/24' }),
  'networks.remove': (api) => api.networks.remove(ref('green')),
  'networks.attach': (api) => api.networks.attach({ ...ref('spare'), network: 'default/blue' }),
  'networks.attach:running': (api) => api.networks.attach({ ...ref('runs'), network: 'default/blue' }),
  'networks.attach:lan': (api) => api.networks.attach({ ...ref('still'), network: 'default/blue' }),
  'networks.detach': (api) => api.networks.detach({ ...ref('spare'), interface: 'lan' }),
  'networks.move': (api) => api.networks.move({ ...ref('runs'), interface: 'lan', network: 'default/blue', rollBackSeconds: 60 }),
  'networks.confirmMove': (api) => api.networks.confirmMove({ ...ref('runs'), interface: 'lan' }),
  'networks.rollBack': (api) => api.networks.rollBack({ ...ref('runs'), interface: 'lan' }),
  'networks.setLink': (api) => api.networks.setLink({ ...ref('runs'), interface: 'lan', up: false }),
  'networks.reserve': (api) => api.networks.reserve({ ...ref('spare'), interface: 'default', address: '10.0.2.40' }),
  'map.testLine': (api) => api.map.testLine({ from: { kind: 'outside' }, to: { kind: 'VirtualMachine', ...ref('runs') }, port: 22 }),
  'templates.save': (api) => api.templates.save({ ...template, title: 'Walked', manifest, parameters: [{ name: 'NAME' }], base: 0 }),
  'templates.preview': async (api) => {
    const { report } = await api.templates.preview({ ...template, version: 1, values: { NAME: 'of-template' } });
    const refused = report.objects.find(({ result }) => result === 'refused');
    if (refused) throw new ProblemError({ code: 'refused', title: 'Refused', detail: refused.detail ?? '' });
  },
  'templates.create': task((api) => api.templates.create({ ...template, version: 1, values: { NAME: 'of-template' } })),
  'templates.remove': (api) => api.templates.remove(template),
  'templates.saveType': (api) => api.templates.saveType({ yaml: type }),
  'templates.removeType': (api) => api.templates.removeType({ kind: 'VirtualMachineInstancetype', namespace: 'default', name: 'walked' }),
  'manifests.check': async (api) => {
    const { objects } = await api.manifests.check({ yaml: stringify(blankMachine('pasted')) });
    const refused = objects.find(({ result }) => result === 'refused');
    if (refused) throw new ProblemError({ code: 'refused', title: 'Refused', detail: refused.detail ?? '' });
  },
  'manifests.apply': task((api) => api.manifests.apply({ yaml: stringify(blankMachine('pasted')) })),
  'storage.makeImage': task((api) => api.storage.makeImage({ ...ref('thrown'), image: 'kept', displayName: 'Kept' })),
  'storage.remove': (api) => api.storage.remove({ ...ref('thrown'), mode: 'bin' }),
  'bin.restore': async (api) => api.bin.restore({ id: await binId(api, 'dropped'), namespace: 'default' }),
  'bin.purge': async (api) => api.bin.purge({ id: await binId(api, 'thrown'), namespace: 'default' }),
  'bin.empty': (api) => api.bin.empty({}),
  'organise.change': (api) => api.organise.change({ ...ref('still'), folder: 'walked' }),
  'organise.change:startOrder': (api) => api.organise.change({ ...ref('still'), startOrder: 3 }),
  'form.apply': async (api) => {
    const read = api.form.read(ref('still')).catch(() => ({ form: formOf(machineOf('still')), version: '1' }));
    const { form, version } = await read;
    await api.form.apply({ ...ref('still'), version, form: { ...form, description: 'walked' } });
  },
  'cloudInit.write': async (api) => {
    const { version } = await api.cloudInit.read(ref('still')).catch(() => ({ version: '1' }));
    await api.cloudInit.write({ ...ref('still'), version, userData: '#cloud-config\nhostname: walked\n', networkData: '' });
  },
  'cloudInit.runAgain': (api) => api.cloudInit.runAgain(ref('still')),
  'why.cure': (api) => api.why.cure({ ...ref('still'), cure: { type: 'power', action: 'start' } }),
  'why.cure:uncordon': async (api, { lab }) => {
    const { items } = (await lab.kube.request('GET', '/api/v1/nodes')) as unknown as { items: KubeObject[] };
    await api.why.cure({ ...ref('still'), cure: { type: 'uncordon', node: items[0]?.metadata.name ?? 'nothing' } });
  },
  'why.cure:raiseQuota': (api) => api.why.cure({ ...ref('still'), cure: { type: 'raiseQuota', quota: 'compute', resource: 'limits.memory', to: '64Gi' } }),
  'why.cure:softwareMode': (api) => api.why.cure({ ...ref('still'), cure: { type: 'softwareMode', by: 'kubevirt' } }),
  'pods.watch': (api) => until(api.pods.watch({}), () => true),
  'pods.preview': async (api) => {
    const { problem } = await api.pods.preview({ name: 'served', image: 'nginx:1.29', ports: [80] });
    if (problem) throw new ProblemError(problem);
  },
  'pods.create': (api) => api.pods.create({ name: 'served', image: 'nginx:1.29', ports: [80] }),
  'pods.logs': async (api, self) => (await api.pods.logs(await servedPod(self))).close(),
  'pods.readLog': async (api, self) => api.pods.readLog(await servedPod(self)),
  'pods.shell': async (api, self) => {
    const of = await servedPod(self);
    await stream(() => api.pods.shell({ ...of, session: randomUUID(), cols: 80, rows: 24 }))(api, self);
  },
  'pods.forward': async (api) => api.pods.stopForward({ id: (await api.pods.forward({ ...served, port: 80 })).id }),
  'pods.checkYaml': async (api) => {
    const [found] = await api.pods.checkYaml({ ...served, yaml: servedYaml });
    if (found) throw new ProblemError({ code: 'finding', title: 'A finding', detail: found.message });
  },
  'pods.applyYaml': (api) => api.pods.applyYaml({ ...served, yaml: servedYaml }),
  'pods.scale': (api) => api.pods.scale({ ...served, replicas: 2 }),
  'pods.restart': (api) => api.pods.restart(served),
  'pods.remove': async (api) => void (undo = (await api.pods.remove(served)).undo ?? 'nothing'),
  'pods.putBack': (api) => api.pods.putBack({ undo }),
  'ssh.shell': async (api) => (await api.ssh.shell({ ...ref('runs'), session: randomUUID(), user: 'ada', cols: 80, rows: 24 })).close(),
  'migrations.start': task((api) => api.migrations.start(ref('runs'))),
  'faults.begin': 'variants',
  'faults.begin:loss': (api) => api.faults.begin({ ...ref('runs'), wish: { loss: { percent: 20 } } }),
  'faults.begin:delay': (api) => api.faults.begin({ ...ref('runs'), wish: { delay: { ms: 10 } } }),
  'faults.begin:rate': (api) => api.faults.begin({ ...ref('runs'), wish: { rate: { kbit: 1000 } } }),
  'faults.begin:dns': (api) => api.faults.begin({ ...ref('runs'), wish: { dns: { off: true } } }),
  'faults.begin:link': (api) => api.faults.begin({ ...ref('runs'), wish: { link: { interface: 'default', down: true } } }),
  'faults.begin:disk': task((api) => broken(api, { disk: {} })),
  'faults.begin:clock': task((api) => broken(api, { clock: { seconds: 60 } })),
  'faults.begin:process': task((api) => broken(api, { process: { name: 'httpd' } })),
  'faults.begin:crash': task((api) => broken(api, { crash: {} })),
  'faults.cure': task(async (api) => ({ taskId: (await api.faults.cure(ref('runs'))).taskId ?? '' })),
}; // prettier-ignore
