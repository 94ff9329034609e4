import type { TaskHandle } from '../../tasks/tasks.ts';
import { sizeWords } from './drives/words.ts';
import type { Progress } from './write/progress.ts';

/** Steps of writing a drive, in words. */
export const writeSteps = {
  image: 'Look at the image',
  root: 'Ask for the administrator',
  unmount: 'Take the drive out of use',
  check: 'Look whether the drive is as large as it says',
  write: 'Write',
  verify: 'Read back and compare',
  finish: 'Finish',
} as const;

/** Where each stage begins and how much of the whole it is, about. */
const shares: Record<Progress['stage'], [from: number, share: number]> = {
  check: [0, 0.02],
  'full-check': [0, 0.02],
  write: [0.02, 0.55],
  verify: [0.57, 0.42],
};
const steps: Record<Progress['stage'], string> = {
  check: writeSteps.check,
  'full-check': writeSteps.check,
  write: writeSteps.write,
  verify: writeSteps.verify,
};

/** Tells a task what the writer tells. With `alone` the stage is the whole of it. */
export function progressToTask(task: TaskHandle, alone = false): (progress: Progress) => void {
  let step = '';
  return ({ stage, done, total, rate, secondsLeft, bottleneck }) => {
    if (steps[stage] !== step) task.step((step = steps[stage]));
    const [from, share] = alone ? [0, 1] : shares[stage];
    const part = total > 0 ? done / total : 1;
    task.update({
      progress: Math.min(1, from + share * part),
      detail: [
        `${sizeWords(done)} of ${sizeWords(total)}`,
        `${(rate / 1e6).toFixed(rate < 1e7 ? 1 : 0)} MB/s`,
        ...(bottleneck ? [bottleneck === 'image' ? 'waiting for the image' : 'waiting for the drive'] : []),
      ].join(', '),
      secondsLeft,
    });
  };
}
