import type { AuditEntry } from '../../contract/audit.ts';

/** Procedures that only read, by the last part of their name. Whatever else is a call changes something. */
const reading =
  /^(info|logs|look|lookAt|health|images|imageFacts|report|recheck|kubeconfig|kind|test|sshProbe|preflight|plan|preview\w*|\w*Preview|check\w*|catalogue|instancetypes|preferences|serialLog|screenshot|find|list|get[A-Z]?\w*|read\w*|state|status|describe\w*|inspect\w*|compare\w*|estimate\w*|options|layouts|snippets|versions|diff|render\w*|validate\w*)$/;
/** Those whose name says otherwise. */
const writes = new Set(['notifications.test']);

export function isReading(procedure: string): boolean {
  return !writes.has(procedure) && reading.test(procedure.slice(procedure.lastIndexOf('.') + 1));
}

type Input = Record<string, unknown>;
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const actions: Record<string, string> = {
  start: 'Start', stop: 'Shut down', forceStop: 'Power off', restart: 'Restart', forceRestart: 'Restart at once',
  pause: 'Pause', unpause: 'Go on with', reset: 'Reset', softReboot: 'Reboot the guest of', delete: 'Delete',
}; // prettier-ignore
const cures: Record<string, string> = {
  power: 'start or stop the machine', stopMachine: 'shut another machine down', setMemory: 'give the machine other memory',
  importAgain: 'import a disk again', changePort: 'use another port', createNetwork: 'make the missing network',
  moveInterface: 'put it on another network', createSecret: 'make the missing secret', useSecret: 'use another secret',
  uncordon: 'let the node take machines', raiseQuota: 'raise the quota', bootFrom: 'start from another disk', eject: 'take the disc out',
  softwareMode: 'use software mode', removeSnapshot: 'give the snapshot up', removeRestore: 'give the restore up',
  useStorageClass: 'use another storage class',
}; // prettier-ignore
const boxActions: Record<string, string> = {
  'choose-disk': 'erase a disk and install', 'stop-countdown': 'stop the countdown', try: 'try it without installing',
  'back-to-install': 'go back to installing', name: 'set its name', network: 'try a network', 'keep-network': 'keep the network',
  account: 'set who signs in', 'install-appliance': 'set up its cluster', 'skip-appliance': 'go on without a cluster',
  'finish-setup': 'end the setup', reboot: 'restart', 'power-off': 'shut down', update: 'update', 'roll-back': 'go back to the former version',
  'factory-reset': 'factory reset', join: 'join another cluster', 'new-code': 'show a new code', revoke: 'revoke a paired app',
}; // prettier-ignore
const boxAction = (action: unknown): string => boxActions[text((action as Input | undefined)?.['do']) ?? ''] ?? 'act';
/** What a click was, in plain words. Nothing of the input but names and choices: it may hold secrets. */
const words: Record<string, string | ((input: Input) => string)> = {
  'settings.update': (input) => `Change settings: ${Object.keys(input).filter((key) => input[key] !== undefined).join(', ')}`,
  'host.overrideAccelerator': (input) => `Choose the accelerator: ${text(input['accelerator']) ?? ''}`,
  'targets.use': 'Switch to another target',
  'targets.rename': 'Rename a target',
  'targets.forget': 'Forget a target',
  'targets.addCluster': 'Add a cluster by its kubeconfig',
  'targets.createKind': 'Make a kind cluster',
  'targets.deleteKind': 'Delete a kind cluster',
  'appliances.install': 'Install an appliance',
  'appliances.act': (input) => `Appliance: ${text(input['action']) ?? 'act'}`,
  'appliances.uninstall': 'Uninstall an appliance',
  'appliances.upgrade': (input) => `Upgrade ${text(input['part']) ?? ''} to ${text(input['to']) ?? ''}`,
  'appliances.restore': 'Restore an appliance from a backup',
  'appliances.dropBackup': 'Delete a backup of an appliance',
  'appliances.join': 'Make a machine a node',
  'appliances.joinOffer': 'Make a token for a node to join',
  'appliances.makeBundle': 'Make an offline bundle',
  'appliances.forgetHostKey': 'Forget a host key',
  'boxes.pair': (input) => `Pair with the box at ${text(input['address']) ?? ''}${input['code'] === undefined ? ' by the secret of a stick' : ' by its code'}`,
  'boxes.forget': 'Forget a box',
  'boxes.act': (input) => `Box: ${boxAction(input['action'])}`,
  'boxes.scan': 'Look for boxes in the network',
  'boxes.saveLogs': 'Save the logs of a box',
  'boxes.update': 'Update a box',
  'boxes.adopt': 'Take the cluster of a box as a target',
  'boxes.joinTicket': 'Make a ticket for another box to join',
  'boxes.join': 'Make a box a node of another one',
  'boxes.wake': 'Wake a box',
  'boxes.verify': 'Read a stick again',
  'ownBox.act': (input) => `This box: ${boxAction(input['action'])}`,
  'tasks.cancel': 'Stop a task',
  'tasks.dismiss': 'Forget an ended task',
  'machines.create': 'Create a machine',
  'machines.act': (input) => `${actions[text(input['action']) ?? ''] ?? 'Act on'} a machine`,
  'machines.applyYaml': 'Apply YAML to a machine',
  'machines.addForward': (input) => `Forward a port to guest port ${String(input['guestPort'])}`,
  'machines.removeForward': 'Take a forwarded port away',
  'images.addFromCatalogue': 'Add an image from the catalogue',
  'images.addFromUrl': 'Add an image from an address',
  'images.addFromFile': 'Add an image from a file',
  'images.startUpload': 'Upload an image',
  'images.buildStarter': 'Build the starter image',
  'images.remove': 'Delete an image',
  'images.rename': 'Rename an image',
  'why.cure': (input) => `Cure: ${cures[text((input['cure'] as Input | undefined)?.['type']) ?? ''] ?? 'what is in the way'}`,
  'boxes.write': (input) => `Write the stick of a box: ${text((input['place'] as Input | undefined)?.['path']) ?? ''}`,
  'boxes.build': 'Build the image of a box',
  'boxes.addImage': 'Add an image of a box',
  'notifications.update': 'Change notifications',
  'notifications.test': 'Send a test to the webhook',
  'commands.replay': 'Run commands again',
  'commands.clear': 'Forget the list of commands',
  'support.make': 'Make a support bundle',
}; // prettier-ignore

const kindsOf: Record<string, string> = {
  machines: 'VirtualMachine', images: 'Image', appliances: 'Appliance', targets: 'Target', tasks: 'Task',
  consoles: 'VirtualMachine', why: 'VirtualMachine', lifecycle: 'VirtualMachine', hardware: 'VirtualMachine',
  boxes: 'Box', ownBox: 'Box',
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
    const name = text(ref['name']) ?? text(ref['id']);
    const namespace = text(ref['namespace']);
    if (name === undefined) continue;
    return {
      what,
      object: { kind: kindsOf[domain] ?? domain, ...(namespace && { namespace }), name: name.slice(0, 253) },
    };
  }
  return { what };
}
