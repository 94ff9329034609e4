import type { Contract } from './contract.ts';

/** Calls of the contract that begin a task, by their path. */
type BeginsTask<R, P extends string = ''> = {
  [K in keyof R & string]: R[K] extends { readonly type: 'call'; readonly output?: infer O }
    ? 'taskId' extends keyof NonNullable<O>
      ? `${P}${K}`
      : never
    : R[K] extends { readonly type: string }
      ? never
      : BeginsTask<R[K], `${P}${K}.`>;
}[keyof R & string];

const secret = 'Its form may hold passwords, which are not kept.';
const sudo = 'It asks for the administrator’s password.';
const lookFirst = 'What it changed before has to be looked at first.';

/**
 * What a task that failed or was stopped needs to be tried again from the list: `true` where the same call with the same input
 * does it, else why not. The compiler asks for a row for each call that begins a task.
 */
export const tryAgain: Readonly<Record<BeginsTask<Contract>, true | string>> = {
  'targets.createKind': true,
  'targets.deleteKind': true,
  'appliances.install': sudo,
  'appliances.act': sudo,
  'appliances.restore': sudo,
  'appliances.dropBackup': sudo,
  'appliances.upgrade': sudo,
  'appliances.uninstall': sudo,
  'appliances.join': sudo,
  'appliances.makeBundle': true,
  'machines.createSeveral': secret,
  'snapshots.take': true,
  'snapshots.restore': true,
  'snapshots.remove': true,
  'clones.start': true,
  'transfer.export': true,
  'transfer.move': 'It goes on where it was from the page Import, or is given up there.',
  'transfer.resume': true,
  'transfer.import': true,
  'images.addFromCatalogue': true,
  'images.addFromUrl': true,
  'images.addFromFile': true,
  'images.buildStarter': true,
  'images.startUpload': 'The bytes are in the browser: choose the file again, it goes on where it was.',
  'backups.run': true,
  'backups.restore': true,
  'backups.removePoints': true,
  'backups.verify': true,
  'sets.apply': true,
  'migrations.start': true,
  'storage.makeImage': true,
  'templates.create': secret,
  'manifests.apply': secret,
  'faults.begin': lookFirst,
  'faults.cure': true,
  'labs.start': true,
  'labs.end': true,
  'labs.export': true,
  'labs.keep': 'The file that was looked at is gone: choose it again.',
  'labs.act': lookFirst,
  'labs.rewind': true,
  'labs.solve': lookFirst,
  'classroom.answer': lookFirst,
  'tasks.tryAgain': 'What it began is in the list itself.',
  'support.make': true,
  'boxes.act': lookFirst,
  'ownBox.act': lookFirst,
  'boxes.build': true,
  'boxes.write': sudo,
  'boxes.verify': sudo,
  'boxes.scan': true,
  'boxes.saveLogs': true,
  'boxes.update': lookFirst,
  'boxes.join': lookFirst,
};
export const canTryAgain = (procedure: string): boolean =>
  Object.hasOwn(tryAgain, procedure) && tryAgain[procedure as keyof typeof tryAgain] === true;
