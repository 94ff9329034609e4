import type { Capability } from './target.ts';

export type CapabilityId = Capability['id'];
/** Something that pages offer to do on a target. */
export interface Offer {
  /** In words, as the end of "You can ...". */
  what: string;
  /** All of these. */
  needs: readonly CapabilityId[];
  /** And one of these. */
  oneOf?: readonly CapabilityId[];
}
const offer = (what: string, ...needs: CapabilityId[]): Offer => ({ what, needs });

/**
 * Every procedure of the contract that changes a target or opens something on it, and what it needs of the target: the one
 * place for that. A page asks `whyNot(capabilities, 'images.remove')` and shows the answer on the disabled button. Where one
 * procedure does several things, `procedure:variant` has a line of its own beside the procedure's.
 */
export const offers = {
  'machines.create': offer('create a machine', 'createMachines'),
  'machines.create:forwards': offer('reach ports of a new machine', 'createMachines', 'serviceForwards'),
  'machines.create:secureBoot': offer('create a machine with Secure Boot', 'createMachines', 'secureBoot'),
  'machines.create:vtpm': offer('create a machine with a TPM', 'createMachines', 'vtpm'),
  'machines.createSeveral': offer('create several machines', 'createMachines'),
  'machines.preview': offer('try a new machine out', 'createMachines'),
  'machines.applyYaml': offer('change the manifest of a machine', 'editMachines'),
  'machines.checkYaml': offer('check a manifest', 'editMachines'),
  'machines.act': offer('start, stop or delete a machine', 'machines'),
  'machines.act:start': offer('start a machine', 'powerMachines'),
  'machines.act:stop': offer('stop a machine', 'powerMachines'),
  'machines.act:forceStop': offer('switch a machine off', 'powerMachines'),
  'machines.act:restart': offer('restart a machine', 'powerMachines'),
  'machines.act:forceRestart': offer('switch a machine off and on', 'powerMachines'),
  'machines.act:pause': offer('pause a machine', 'powerMachines'),
  'machines.act:unpause': offer('let a paused machine go on', 'powerMachines'),
  'machines.act:reset': offer('reset a machine', 'powerMachines'),
  'machines.act:softReboot': offer('ask the guest to reboot', 'powerMachines'),
  'machines.act:delete': offer('delete a machine', 'deleteMachines'),
  'machines.addForward': offer('reach a port of a machine', 'serviceForwards'),
  'machines.removeForward': offer('close a port of a machine', 'serviceForwards'),
  'consoles.vnc': offer('see the screen of a machine', 'vnc'),
  'consoles.serial': offer('type on the serial console of a machine', 'console'),
  'consoles.serialLog': offer('read the serial console of a machine', 'console'),
  'consoles.screenshot': offer('take a picture of the screen', 'screenshots'),
  'consoles.screenText': offer('read the text of the screen', 'screenshots'),
  'images.addFromCatalogue': offer('add an image from the catalogue', 'images'),
  'images.addFromUrl': offer('add an image from an address', 'images'),
  'images.addFromFile': { what: 'add a file of this computer', needs: ['images'], oneOf: ['localFiles', 'upload'] },
  'images.startUpload': offer('upload an image', 'images', 'upload'),
  'images.buildStarter': { what: 'build the starter image', needs: ['images'], oneOf: ['localFiles', 'upload'] },
  'images.remove': offer('remove an image', 'images'),
  'images.rename': offer('rename an image', 'images'),
  'images.setSystem': offer('say which system an image holds', 'images'),
  'snapshots.take': offer('take a snapshot', 'snapshots'),
  'snapshots.take:memory': offer('keep the memory with a snapshot', 'snapshots', 'memorySnapshots'),
  'snapshots.restore': offer('go back to a snapshot', 'snapshots'),
  'snapshots.remove': offer('remove a snapshot', 'snapshots'),
  'snapshots.schedule': offer('let snapshots be taken by themselves', 'snapshots', 'editMachines'),
  'clones.start': offer('clone a machine', 'clones'),
  'clones.start:full': offer('choose that a clone shares nothing', 'clones', 'fullClones'),
  'transfer.export': offer('export a machine', 'exports'),
  'transfer.resume': offer('go on with an export or import', 'machines'),
  'transfer.import': offer('import a machine', 'createMachines', 'upload'),
  'transfer.move': offer('copy a machine to another target', 'exports'),
  'transfer.move:away': offer('move a machine to another target', 'exports', 'editMachines', 'deleteMachines'),
  'backups.run': offer('back up machines', 'exports'),
  'backups.restore': offer('restore a machine from a backup', 'createMachines', 'upload'),
  'hardware.resize': offer('give a machine another size', 'editMachines'),
  'hardware.resize:cpu': offer('give a running machine more vCPUs', 'liveCpu'),
  'hardware.resize:memory': offer('give a running machine more memory', 'liveMemory'),
  'hardware.attach': offer('attach a disk', 'editMachines'),
  'hardware.attach:new': offer('attach a new disk', 'editMachines', 'newDisks'),
  'hardware.attach:running': offer('attach a disk while the machine runs', 'hotplugDisks'),
  'hardware.detach': offer('detach a disk', 'editMachines'),
  'hardware.changeDisk': offer('change a disk', 'editMachines'),
  'hardware.changeDrivers': offer('change disks and cards to virtio', 'editMachines'),
  'hardware.order': offer('change the boot order', 'editMachines'),
  'hardware.addDrive': offer('add a drive for discs', 'editMachines', 'discDrives'),
  'hardware.insert': offer('insert a disc', 'editMachines', 'newDisks', 'discDrives'),
  'hardware.eject': offer('eject a disc', 'editMachines', 'discDrives'),
  'hardware.settleEjected': offer('put a disc back in', 'editMachines'),
  'hardware.grow': offer('make a disk larger', 'growDisks'),
  'networks.create': offer('make a private network', 'networks'),
  'networks.remove': offer('remove a network', 'networks'),
  'networks.attach': offer('add a network card', 'editMachines'),
  'networks.attach:running': offer('add a network card while the machine runs', 'liveNetworks'),
  'networks.attach:lan': offer('connect a machine to the LAN', 'editMachines', 'lanBridge'),
  'networks.detach': offer('take a network card out', 'editMachines'),
  'networks.move': offer('move a machine to another network', 'editMachines'),
  'networks.confirmMove': offer('keep a move to another network', 'editMachines'),
  'networks.rollBack': offer('take a move to another network back', 'editMachines'),
  'networks.setLink': offer('plug a network cable in or out', 'editMachines'),
  'networks.reserve': offer('reserve an address', 'editMachines'),
  'map.testLine': { what: 'test a line between two', needs: [], oneOf: ['portForward', 'podShell'] },
  // What is broken is written at the machine; what happens in its guest goes over its SSH port.
  'faults.begin': offer('break a machine on purpose', 'editMachines'),
  'faults.begin:loss': offer('lose packets of a machine', 'editMachines', 'networkFaults'),
  'faults.begin:delay': offer('delay packets of a machine', 'editMachines', 'networkFaults'),
  'faults.begin:rate': offer('slow the network of a machine down', 'editMachines', 'networkFaults'),
  'faults.begin:dns': offer('answer no names to a machine', 'editMachines', 'networkFaults'),
  'faults.begin:link': offer('pull the network cable of a machine', 'editMachines'),
  'faults.begin:disk': offer('fill the disk of a machine', 'editMachines', 'portForward'),
  'faults.begin:clock': offer('let the clock of a machine jump', 'editMachines', 'portForward'),
  'faults.begin:process': offer('kill a process of a machine', 'editMachines', 'portForward'),
  'faults.begin:crash': offer('crash a machine', 'editMachines', 'powerMachines'),
  'faults.cure': offer('cure what was broken on purpose', 'editMachines'),
  // Templates are kept on the target, beside the machines.
  'templates.save': offer('keep a template', 'editMachines'),
  'templates.remove': offer('remove a template', 'editMachines'),
  'templates.preview': offer('try a template out', 'createMachines'),
  'templates.create': offer('create a machine from a template', 'createMachines'),
  'templates.saveType': offer('keep an instance type or a preference', 'instanceTypes'),
  'templates.removeType': offer('remove an instance type or a preference', 'instanceTypes'),
  'manifests.check': offer('check a manifest of several objects', 'createMachines'),
  'manifests.apply': offer('apply a manifest of several objects', 'createMachines'),
  'bin.restore': offer('have a deleted machine, disk or network back', 'createMachines'),
  'bin.purge': offer('delete for good', 'deleteMachines'),
  'bin.empty': offer('empty the bin', 'deleteMachines'),
  'organise.change': offer('put machines in order', 'editMachines'),
  'organise.change:startOrder': offer('choose the order after a power cut', 'editMachines', 'startOrder'),
  'storage.remove': offer('delete a disk', 'deleteMachines'),
  'storage.makeImage': offer('make an image of a disk', 'images'),
  'why.cure': offer('cure what is in the way of a machine', 'editMachines'),
  'why.cure:uncordon': offer('let a node take machines again', 'nodes'),
  'why.cure:raiseQuota': offer('raise a quota', 'quotas'),
  'why.cure:softwareMode': offer('let machines run in software mode', 'clusterSettings'),
  'form.apply': offer('change a machine by its form', 'editMachines'),
  'migrations.start': offer('move a running machine to another node', 'migration'),
  'ssh.shell': offer('open a shell in a machine', 'portForward'),
  'pods.watch': offer('see Pods', 'pods'),
  'pods.logs': offer('follow the log of a container', 'podLogs'),
  'pods.readLog': offer('save the log of a container', 'podLogs'),
  'pods.shell': offer('open a shell in a container', 'podShell'),
  'pods.forward': offer('reach a port of a Pod', 'podForward'),
  'pods.checkYaml': offer('check the manifest of a Pod or workload', 'editPods'),
  'pods.applyYaml': offer('change the manifest of a Pod or workload', 'editPods'),
  'pods.scale': offer('choose how many Pods there are', 'editPods'),
  'pods.restart': offer('restart a Pod or workload', 'editPods', 'deletePods'),
  'pods.remove': offer('delete a Pod or workload', 'deletePods'),
  'pods.putBack': offer('put a deleted workload back', 'createPods'),
  'pods.preview': offer('try a new Deployment out', 'createPods'),
  'pods.create': offer('run a container', 'createPods'),
  'cloudInit.write': offer('change the cloud-init of a machine', 'editMachines'),
  'cloudInit.runAgain': offer('let cloud-init run again', 'editMachines'),
} as const satisfies Record<string, Offer>;
export type OfferId = keyof typeof offers;

/** Procedures that only read from a target: no button of theirs is ever disabled for want of a capability. */
export const reading: ReadonlySet<string> = new Set([
  'target.kubeconfig',
  'machines.checkCloudInit',
  'machines.instancetypes',
  'machines.preferences',
  'images.catalogue',
  'images.systems',
  'images.identifyFile',
  'images.identifyAddress',
  'form.read',
  'hardware.choices',
  'hardware.planResize',
  'networks.portHolder',
  'devices.list',
  'devices.plan',
  'templates.types',
  'migrations.nodes',
  'ssh.access',
  'cloudInit.check',
  'clones.plan',
  'transfer.preview',
  'transfer.planMove',
  'foreign.preview',
  'cloudInit.read',
]);
/** Procedures that keep something of Hearth's own, whatever the target. */
export const own: ReadonlySet<string> = new Set([
  'ssh.ownKey',
  'transfer.destinations',
  'transfer.files',
  'transfer.removeFile',
  'transfer.unfinished',
  'transfer.discard',
  'transfer.startUpload',
  'backups.watch',
  'backups.addPlace',
  'backups.removePlace',
  'backups.setPlan',
  'backups.getPoints',
  'backups.restoreSettings',
  'backups.removePoints',
  'backups.verify',
  'backups.unlock',
  'templates.list',
  'templates.get',
  'templates.fromMachine',
  'templates.check',
  'ssh.resize',
  'pods.resize',
  'pods.stopForward',
  'ssh.forgetHostKey',
  'cloudInit.hashPassword',
  'cloudInit.importKeys',
  'cloudInit.saveSnippet',
  'cloudInit.removeSnippet',
]);
/**
 * Domains about Hearth and this computer, or about targets as a whole: none of it is an operation on the current one. Labs
 * say by themselves what a target lacks, each lab of its own (`LabRow.missing`), and are not started without it.
 */
export const ownDomains: ReadonlySet<string> = new Set([
  'app', 'settings', 'host', 'targets', 'appliances', 'tasks', 'audit', 'notifications', 'commands', 'support', 'search', 'labs', 'classroom', 'recordings', 'undo', 'sets', 'boxes', 'ownBox', 'access',
]); // prettier-ignore

/** Why a target cannot do it and what helps; undefined when it can. `capabilities` is empty until the target has answered. */
export function whyNot(
  capabilities: readonly Capability[],
  id: OfferId,
): { reason: string; remedy: string } | undefined {
  const { needs, oneOf = [] }: Offer = offers[id];
  const lacking = (wanted: CapabilityId): Capability | undefined => {
    const found = capabilities.find((each) => each.id === wanted);
    return found?.supported ? undefined : (found ?? { id: wanted, supported: false });
  };
  const lacks = oneOf.map(lacking);
  const missing =
    needs.map(lacking).find(Boolean) ?? (lacks.length > 0 && lacks.every(Boolean) ? lacks.at(-1) : undefined);
  if (!missing) return undefined;
  return {
    reason: missing.reason ?? 'The target has not answered yet.',
    remedy: missing.remedy ?? 'Hearth keeps trying.',
  };
}
