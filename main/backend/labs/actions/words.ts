import { stringify } from 'yaml';
import type { LabAction } from '../../../contract/labs/actions.ts';

const cut = (text: string): string[] => text.split('\n').slice(0, 60);

/** An action as the lines of commands that do the same, for whoever wants to know what a button does. Pure. */
export function actionLines(action: LabAction, namespace: string): string[] {
  const at = `-n ${namespace}`;
  const { apply, patch, power, type, ssh, snapshot, restore, clone, move, fault, cure, wait } = action;
  if (apply)
    return [`kubectl apply ${at} -f - <<'END'`, ...cut(apply.map((object) => stringify(object).trimEnd()).join('\n---\n')), 'END']; // prettier-ignore
  if (patch) return [`kubectl patch ${at} ${patch.kind.toLowerCase()} ${patch.name} --type merge -p '${JSON.stringify(patch.patch)}'`]; // prettier-ignore
  if (action.delete) return [`kubectl delete ${at} ${action.delete.kind.toLowerCase()} ${action.delete.name}`];
  if (power) return [powerLine(power, at)];
  if (type) return cut(type.text.trim());
  if (ssh) return cut(ssh.command.trim());
  if (snapshot) return [`# a snapshot "${snapshot.name}" of ${snapshot.machine}${snapshot.memory ? ' with its memory' : ''}`]; // prettier-ignore
  if (restore) return [`# ${restore.machine} back to its snapshot "${restore.snapshot}"`];
  if (clone) return [`# ${clone.count === 1 ? 'a clone' : `${clone.count} clones`} of ${clone.machine}: ${clone.name}`];
  if (move) return [`# the card ${move.interface} of ${move.machine} to the network ${move.network}`];
  if (fault) return [`# break ${fault.machine}: ${faultKind(fault)}`];
  if (cure) return [`# cure ${cure.machine ?? 'all machines'}`];
  if (action.export)
    return [`hearth export ${action.export.machine} ${action.export.file}.hearth-vm --namespace ${namespace}`];
  if (action.import)
    return [
      `hearth import ${action.import.file}.hearth-vm --name ${action.import.machine}${action.import.identity === 'same' ? ' --same' : ''}${action.import.start ? ' --start' : ''} --namespace ${namespace}`,
    ];
  if (action.importDisk) return importLines(action.importDisk, at);
  if (wait) return [wait.time === undefined ? '# wait until it is so' : `sleep ${wait.time}`];
  return [];
}

const faultKind = ({ machine: _machine, hidden, ...wish }: NonNullable<LabAction['fault']>): string =>
  hidden ? 'something to find' : Object.entries(wish).map(([kind, how]) => `${kind} ${JSON.stringify(how)}`).join(', '); // prettier-ignore

const importLines = ({ machine, port, path, disk, size }: NonNullable<LabAction['importDisk']>, at: string): string[] => [
  `virtctl port-forward ${at} vmi/${machine} 8080:${port} &`,
  `curl -o ${path.slice(path.lastIndexOf('/') + 1)} http://127.0.0.1:8080${path}`,
  `virtctl image-upload dv ${disk} ${at} --size ${size} --image-path ${path.slice(path.lastIndexOf('/') + 1)}`,
]; // prettier-ignore

const virtctl: Record<string, string> = {
  start: 'start', stop: 'stop', forceStop: 'stop --grace-period 0 --force', restart: 'restart', forceRestart: 'restart --grace-period 0 --force',
  pause: 'pause vm', unpause: 'unpause vm', reset: 'reset', softReboot: 'soft-reboot',
}; // prettier-ignore
const powerLine = ({ machine, action }: NonNullable<LabAction['power']>, at: string): string => {
  const [verb = '', ...rest] = (virtctl[action] ?? action).split(' ');
  const noun = rest[0] === 'vm' ? `vm ${machine}` : [machine, ...rest].join(' ');
  return `virtctl ${verb} ${noun} ${at}`;
};

/** What an action is, in a few words for a task. Pure. */
export function actionTitle(action: LabAction): string {
  if (action.say !== undefined) return action.say.slice(0, 80);
  const { apply, patch, power, type, ssh, snapshot, restore, clone, move, fault, cure } = action;
  if (apply) return `Apply ${apply.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(', ')}`.slice(0, 80);
  if (patch) return `Change ${patch.kind} ${patch.name}`;
  if (action.delete) return `Delete ${action.delete.kind} ${action.delete.name}`;
  if (power) return `${power.action} ${power.machine}`;
  if (type) return `Type into ${type.machine}`;
  if (ssh) return `Run a command in ${ssh.machine}`;
  if (snapshot) return `Snapshot ${snapshot.name} of ${snapshot.machine}`;
  if (restore) return `${restore.machine} back to ${restore.snapshot}`;
  if (clone) return `Clone ${clone.machine}`;
  if (move) return `Move ${move.interface} of ${move.machine}`;
  if (fault) return `Break ${fault.machine}: ${faultKind(fault)}`;
  if (cure) return `Cure ${cure.machine ?? 'all machines'}`;
  if (action.export) return `Export ${action.export.machine}`;
  if (action.import) return `Import ${action.import.machine}`;
  if (action.importDisk) return `Make the disk ${action.importDisk.disk}`;
  return 'Wait';
}
