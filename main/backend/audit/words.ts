import type { AuditEntry } from '../../contract/audit.ts';
import type { FaultWish } from '../../contract/faults.ts';
import type { UndoKind } from '../../contract/undo.ts';
import { faultWords } from '../faults/words.ts';

/** Procedures that only read, by the last part of their name. Whatever else is a call changes something. */
const reading =
  /^(info|logs|text|look|lookAt|health|images|imageFacts|report|recheck|kubeconfig|kind|test|sshProbe|preflight|plan|preview\w*|\w*Preview|check\w*|catalogue|instancetypes|preferences|serialLog|screenshot|find|list|get[A-Z]?\w*|read\w*|state|status|describe\w*|systems|identify\w*|inspect\w*|compare\w*|estimate\w*|options|layouts|snippets|versions|diff|render\w*|validate\w*)$/;
/** Those whose name says otherwise. */
const writes = new Set(['notifications.test']);
/** Of a window's terminal, not of what it shows. */
const sizes = new Set(['ssh.resize', 'pods.resize']);

export function isReading(procedure: string): boolean {
  if (sizes.has(procedure)) return true;
  return !writes.has(procedure) && reading.test(procedure.slice(procedure.lastIndexOf('.') + 1));
}

type Input = Record<string, unknown>;
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const actions: Record<string, string> = {
  start: 'Start', stop: 'Shut down', forceStop: 'Power off', restart: 'Restart', forceRestart: 'Restart at once',
  pause: 'Pause', unpause: 'Resume', reset: 'Reset', softReboot: 'Restart the guest of', delete: 'Delete',
}; // prettier-ignore
const cures: Record<string, string> = {
  power: 'start or stop the machine', stopMachine: 'shut another machine down', setMemory: 'give the machine other memory',
  importAgain: 'import a disk again', changePort: 'use another port', createNetwork: 'make the missing network',
  moveInterface: 'put it on another network', createSecret: 'make the missing secret', useSecret: 'use another secret',
  uncordon: 'let the node take machines', raiseQuota: 'raise the quota', bootFrom: 'start from another disk', eject: 'take the disc out',
  softwareMode: 'use software mode', removeSnapshot: 'give the snapshot up', removeRestore: 'give the restore up',
  useStorageClass: 'use another storage class',
}; // prettier-ignore
const undone: Record<UndoKind, string> = {
  snippet: 'a snippet is back', template: 'a template is back', type: 'an instance type or a preference is back', schedule: 'a schedule of snapshots is back',
  'backup-plan': 'a plan of backups is back', 'backup-place': 'a place of backups is back', target: 'a target is back', user: 'a person is back',
}; // prettier-ignore
const boxActions: Record<string, string> = {
  'choose-disk': 'erase a disk and install', 'stop-countdown': 'stop the countdown', try: 'try it without installing',
  'back-to-install': 'go back to installing', name: 'set its name', network: 'try a network', 'keep-network': 'keep the network', 'leave-network': 'leave its network as it is',
  account: 'set who signs in', 'install-appliance': 'set up its cluster', 'skip-appliance': 'go on without a cluster',
  'finish-setup': 'end the setup', 'bring-again': 'bring along what failed', reboot: 'restart', 'power-off': 'shut down', update: 'update', 'roll-back': 'go back to the former version',
  'factory-reset': 'factory reset', join: 'join another cluster', 'new-code': 'show a new code', revoke: 'revoke a paired app',
}; // prettier-ignore
const boxAction = (action: unknown): string => boxActions[text((action as Input | undefined)?.['do']) ?? ''] ?? 'act';
/** What a click was, in plain words. Nothing of the input but names and choices: it may hold secrets. */
const words: Record<string, string | ((input: Input) => string)> = {
  'settings.update': (input) => `Change settings: ${Object.keys(input).filter((key) => input[key] !== undefined).join(', ')}`,
  'host.overrideAccelerator': (input) => `Choose the accelerator: ${text(input['accelerator']) ?? ''}`,
  'snapshots.schedule': (input) => (input['schedule'] === null ? 'End the schedule of snapshots' : 'Set a schedule of snapshots'),
  'backups.addPlace': (input) => `Add a place for backups: ${text(input['name']) ?? ''}`,
  'backups.removePlace': 'Forget a place for backups',
  'backups.setPlan': (input) => (input['plan'] === null ? 'End a plan of backups' : 'Set a plan of backups'),
  'backups.run': 'Back machines up',
  'backups.restore': (input) => `Restore ${text(input['name']) ?? ''} from a backup`,
  'backups.restoreSettings': 'Restore the settings from a backup',
  'backups.removePoints': 'Delete points of backups',
  'backups.verify': 'Check a place for backups',
  'backups.unlock': 'Unlock a place for backups',
  'sets.export': 'Export everything into a folder',
  'sets.apply': 'Apply a folder',
  'sets.follow': 'Follow a folder',
  'sets.forget': 'Follow a folder no more',
  'sets.applyNow': 'Apply what is followed',
  'targets.use': 'Switch to another target',
  'targets.rename': 'Rename a target',
  'targets.forget': 'Forget a target',
  'targets.addCluster': 'Add a cluster by its kubeconfig',
  'targets.createKind': 'Create a kind cluster',
  'targets.deleteKind': 'Delete a kind cluster',
  'appliances.install': 'Install an appliance',
  'appliances.act': (input) => `Appliance: ${text(input['action']) ?? 'act'}`,
  'appliances.uninstall': 'Uninstall an appliance',
  'appliances.upgrade': (input) => `Upgrade ${text(input['part']) ?? ''} to ${text(input['to']) ?? ''}`,
  'appliances.restore': 'Restore an appliance from a backup',
  'appliances.dropBackup': 'Delete a backup of an appliance',
  'appliances.join': 'Make a machine a node',
  'appliances.joinOffer': 'Create a token for a node to join',
  'appliances.makeBundle': 'Create an offline bundle',
  'appliances.forgetHostKey': 'Forget a host key',
  'boxes.pair': (input) => `Pair with the box at ${text(input['address']) ?? ''}${input['code'] === undefined ? ' by the secret of a stick' : ' by its code'}`,
  'boxes.forget': 'Forget a box',
  'boxes.act': (input) => `Box: ${boxAction(input['action'])}`,
  'boxes.scan': 'Look for boxes in the network',
  'boxes.saveLogs': 'Save the logs of a box',
  'boxes.update': 'Update a box',
  'boxes.adopt': 'Take the cluster of a box as a target',
  'boxes.joinTicket': 'Create a ticket for another box to join',
  'boxes.join': 'Make a box a node of another one',
  'boxes.wake': 'Wake a box',
  'boxes.verify': 'Read a stick again',
  'ownBox.offerUpdate': 'This box: begin to send a new version',
  'ownBox.takeUpdate': 'This box: check the version that was sent',
  'ownBox.dropUpdate': 'This box: give up a version that was sent',
  'ownBox.act': (input) => `This box: ${boxAction(input['action'])}`,
  'tasks.cancel': 'Stop a task',
  'tasks.tryAgain': 'Try a task again',
  'tasks.dismiss': 'Forget an ended task',
  'machines.create': 'Create a machine',
  'machines.createSeveral': (input) => `Create machines ${text(input['pattern']) ?? ''}`,
  'machines.act': (input) => `${actions[text(input['action']) ?? ''] ?? 'Act on'} a machine`,
  'machines.applyYaml': 'Apply YAML to a machine',
  'machines.addForward': (input) => `Forward a port to guest port ${String(input['guestPort'])}`,
  'machines.removeForward': 'Remove a forwarded port',
  'consoles.vnc': 'Open the screen of a machine',
  'consoles.serial': 'Open the serial console of a machine',
  'map.testLine': (input) => `Test a line to port ${String(input['port'])}`,
  'pods.shell': 'Open a shell in a container',
  'pods.forward': (input) => `Forward a port of this computer to port ${String(input['port'])} of a Pod`,
  'pods.stopForward': 'Close a port that leads to a Pod',
  'pods.applyYaml': 'Apply YAML to a Pod or workload',
  'pods.scale': (input) => `Scale a workload to ${String(input['replicas'])}`,
  'pods.restart': 'Restart a Pod or workload',
  'pods.remove': 'Delete a Pod or workload',
  'pods.putBack': 'Put a deleted workload back',
  'undo.back': (input) => `Undo: ${undone[input['kind'] as UndoKind] ?? 'what was taken away'}`,
  'pods.create': 'Run a container',
  'ssh.shell': 'Log in to a machine over SSH',
  'images.addFromCatalogue': 'Add an image from the catalogue',
  'images.addFromUrl': 'Add an image from an address',
  'images.addFromFile': 'Add an image from a file',
  'images.startUpload': 'Upload an image',
  'images.buildStarter': 'Build the starter image',
  'images.remove': 'Delete an image',
  'images.rename': 'Rename an image',
  'images.setSystem': 'Say which system an image holds',
  'why.cure': (input) => `Cure: ${cures[text((input['cure'] as Input | undefined)?.['type']) ?? ''] ?? 'what is in the way'}`,
  'faults.begin': (input) => `Break: ${faultWords(input['wish'] as FaultWish)}`,
  'faults.cure': 'Cure what was broken on purpose',
  'boxes.write': (input) => `Write the stick of a box: ${text((input['place'] as Input | undefined)?.['path']) ?? ''}`,
  'boxes.build': 'Build the image of a box',
  'boxes.addImage': 'Add an image of a box',
  'labs.start': 'Start a lab',
  'labs.end': 'End a lab',
  'labs.next': (input) => (input['skip'] === true ? 'Skip a step of a lab' : 'Go on to the next step of a lab'),
  'labs.hint': 'Show a hint of a lab',
  'labs.act': (input) => `Press a button of a lab: ${text(input['block']) ?? ''}`,
  'labs.type': 'Type into a machine of a lab',
  'labs.rewind': (input) => `Take a lab back to the step ${text(input['step']) ?? ''}`,
  'labs.solve': 'Let a script solve a step of a lab',
  'labs.playDemo': 'Let a lab play itself',
  'labs.paceDemo': (input) => `Pace of the demonstration of a lab: ${text(input['pace']) ?? ''}`,
  'labs.steerDemo': (input) => `Demonstration of a lab: ${text(input['command']) ?? ''}`,
  'labs.import': 'Check the file of a lab',
  'labs.keep': 'Import a lab',
  'labs.export': 'Write a lab into a file',
  'labs.remove': 'Delete a lab',
  'labs.restore': 'Restore a deleted lab',
  'labs.purge': 'Delete a lab for good',
  'classroom.open': 'Open a class',
  'classroom.close': 'End the class',
  'classroom.code': (input) => (input['show'] === true ? 'Show a new code for the class' : 'Take the code of the class back'),
  'classroom.remove': 'Remove a seat of the class',
  'classroom.tell': 'Tell a seat of the class something',
  'classroom.sendBack': (input) => `Push a seat back to the step ${text(input['step']) ?? ''}`,
  'classroom.sendLab': (input) => `Send a seat the lab ${text(input['lab']) ?? ''}`,
  'classroom.join': (input) => `Join the class at ${text(input['address']) ?? ''}`,
  'classroom.leave': 'Leave the class',
  'classroom.help': 'Ask the teacher for help',
  'classroom.answer': (input) => (input['accept'] === true ? 'Do what the teacher asks' : 'Decline what the teacher asks'),
  'classroom.console': 'Open the console of a seat',
  'classroom.takeBack': 'Take a console back from the teacher',
  'recordings.start': 'Begin to record',
  'recordings.stop': 'End a recording',
  'recordings.mark': 'Mark a moment of a recording',
  'recordings.rename': 'Rename a recording',
  'recordings.remove': 'Delete a recording',
  'recordings.restore': 'Restore a recording',
  'recordings.export': 'Download a recording',
  'recordings.import': 'Bring a recording in',
  'notifications.update': 'Change notifications',
  'notifications.test': 'Send a test to the webhook',
  'commands.replay': 'Run commands again',
  'commands.clear': 'Forget the list of commands',
  'support.make': 'Create a support bundle',
  'access.add': (input) => `Add a user with the role ${text(input['role']) ?? ''}`,
  'access.setRole': (input) => `Give a user the role ${text(input['role']) ?? ''}`,
  'access.setPassword': 'Set another password of a user',
  'access.remove': 'Remove a user',
  'access.signOutUser': 'Sign a user out everywhere',
  'access.setQuota': (input) => `Set the quota of ${text(input['role']) ? `the role ${text(input['role'])}` : 'a user'}: ${limitsIn(input['limits'])}`,
  'access.changePassword': 'Change one’s own password',
  'access.signOut': (input) => (input['everywhere'] === true ? 'Sign out everywhere' : 'Sign out'),
}; // prettier-ignore

/** Memory and disk in bytes, as they were set. */
const limitsIn = (limits: unknown): string =>
  Object.entries((limits ?? {}) as Input)
    .map(([kind, value]) => `${kind} ${typeof value === 'number' ? value : 'without limit'}`)
    .join(', ') || 'nothing set';

const kindsOf: Record<string, string> = {
  machines: 'VirtualMachine', images: 'Image', appliances: 'Appliance', targets: 'Target', tasks: 'Task',
  consoles: 'VirtualMachine', ssh: 'VirtualMachine', why: 'VirtualMachine', lifecycle: 'VirtualMachine', hardware: 'VirtualMachine', faults: 'VirtualMachine',
  pods: 'Pod', boxes: 'Box', ownBox: 'Box', labs: 'Lab', recordings: 'Recording', access: 'User',
}; // prettier-ignore

/** `snapshots.takeNow` -> "Snapshots: take now". */
const plain = (procedure: string): string => {
  const [domain = '', ...rest] = procedure.split('.');
  const spaced = rest.join(' ').replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `${domain.charAt(0).toUpperCase()}${domain.slice(1)}: ${spaced}`;
};

/** What a call is and what it is about, in words for the history and the list of commands. Pure. */
export function describe(
  procedure: string,
  input: unknown,
): { what: string; object?: NonNullable<AuditEntry['object']> } {
  const given: Input = typeof input === 'object' && input !== null ? (input as Input) : {};
  const known = words[procedure];
  const what = typeof known === 'function' ? known(given) : (known ?? plain(procedure));
  const domain = procedure.split('.')[0] ?? '';
  const nested = ['machine', 'object', 'ref', 'image', 'vm', 'source'].flatMap((key) =>
    typeof given[key] === 'object' && given[key] !== null ? [given[key] as Input] : [],
  );
  for (const ref of [given, ...nested]) {
    const name = text(ref['name']) ?? text(ref['id']) ?? (domain === 'labs' ? text(ref['lab']) : undefined);
    const namespace = text(ref['namespace']);
    if (name === undefined) continue;
    return {
      what,
      object: {
        kind: (domain === 'pods' ? text(given['kind']) : undefined) ?? kindsOf[domain] ?? domain,
        ...(namespace && { namespace }),
        name: name.slice(0, 253),
      },
    };
  }
  return { what };
}
