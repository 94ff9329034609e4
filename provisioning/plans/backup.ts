import type { Plan, RootStep } from '../plan.ts';
import { shortWords } from '../words.ts';
import { rungs } from './rungs.ts';
import { handover, startSteps, step } from './steps.ts';

/** Names of backups: letters, digits, dots and dashes; they become file names. */
export const isBackupName = (name: string): boolean =>
  /^[a-z0-9](?:[a-z0-9.-]{0,78}[a-z0-9])?$/.test(name) && !name.includes('..');

/** Datastore, token, certificates and configuration as one file of root; k3s stands still meanwhile, virtual machines do not. */
export const backupPlan = (name: string): Plan =>
  plan(
    'backup',
    [backupStep(name)],
    `Back up the datastore, the token and the configuration as “${name}”. Virtual machines run on; their disks are not in it.`,
  );

/** What the cluster knew then; virtual machines made since are forgotten, their disks stay as files. */
export const restorePlan = (name: string, uid: number): Plan => ({
  ...plan(
    'restore',
    [
      step('restore', `Bring back the backup ${name}`, { kind: 'restore', name }),
      ...startSteps('server'),
      handover(uid),
    ],
    `Bring the appliance back to the backup “${name}”.`,
    [
      {
        tone: 'warning',
        text: 'What was made since is forgotten by the cluster. Contents of disks are as they are now.',
      },
    ],
  ),
  cluster: rungs('port', 'ca', 'readyz', 'node', 'core', 'kubevirt', 'cdi'),
});

export const dropBackupPlan = (name: string): Plan =>
  plan(
    'drop-backup',
    [step('drop-backup', `Delete the backup ${name}`, { kind: 'drop-backup', name })],
    `Delete the backup “${name}”.`,
  );

export const backupStep = (name: string): RootStep => {
  if (!isBackupName(name)) throw new RangeError(`not a name for a backup: ${JSON.stringify(name)}`);
  return step('backup', `Back up as ${name}`, { kind: 'backup', name });
};

const plan = (
  purpose: string,
  root: readonly RootStep[],
  summary: string,
  notes: Plan['words']['notes'] = [],
): Plan => ({
  purpose,
  downloads: [],
  root,
  cluster: [],
  words: shortWords(root, { summary, seconds: 60, notes }),
});
