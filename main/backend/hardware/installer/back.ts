import type { When } from '../../../contract/hardware.ts';
import type { ObjectRef } from '../../../contract/machine-ref.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { changeMachine } from '../../networks/change-machine.ts';
import { isNotFound } from '../../target/kube-error.ts';
import { kinds } from '../../target/kinds.ts';
import type { OpenTarget } from '../../target/target.ts';
import { isRunning } from '../disks.ts';
import { pickList } from '../../target/pick.ts';
import { addDrive, setDisc } from '../template.ts';
import { ejectedAnnotation, ejectedOf, note } from './mark.ts';

/** Puts the disc of an installer in again, where it then stays; without `back` only the note of it goes. Throws Problems. */
export async function settleEjected(target: OpenTarget, ref: ObjectRef, back: boolean): Promise<When> {
  const vm = await target.client.get(kinds.virtualMachines, ref.namespace, ref.name);
  const ejected = ejectedOf(vm);
  if (back && ejected) {
    await target.client.get(kinds.persistentVolumeClaims, ref.namespace, ejected.claim).catch((error: unknown) => {
      if (isNotFound(error)) throw gone(ejected.claim);
      throw error;
    });
    if (pickList(vm, 'spec', 'template', 'spec', 'volumes').some((each) => each['name'] === ejected.drive)) throw taken(ejected.drive); // prettier-ignore
  }
  await changeMachine(target, ref, (draft) => {
    const now = ejectedOf(draft);
    if (!now) return false;
    const drives = pickList(draft, 'spec', 'template', 'spec', 'domain', 'devices', 'disks');
    if (back && !drives.some((each) => each['name'] === now.drive)) addDrive(draft, now.drive);
    if (back) setDisc(draft, now.drive, now.claim);
    note(draft, ejectedAnnotation, undefined);
  });
  return back && (await isRunning(target, ref)) ? 'restart' : 'now';
}

const gone = (claim: string): ProblemError =>
  new ProblemError({
    code: 'disc-gone',
    title: 'The disc is gone',
    detail: `${claim} was deleted since it was taken out.`,
    fix: 'Put the image into the drive anew: Insert disc.',
    kind: 'denied',
  });
const taken = (drive: string): ProblemError =>
  new ProblemError({
    code: 'drive-not-empty',
    title: 'There is another disc in the drive',
    detail: `${drive} has another disc by now.`,
    fix: 'Eject that one first.',
    kind: 'denied',
  });
