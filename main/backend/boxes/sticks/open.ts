import { join } from 'node:path';
import type { Enrolment } from '../../../contract/box/settings.ts';
import type { StickLook } from '../../../contract/box/sticks.ts';
import type { ContractHandlers } from '../../../contract/contract.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { Log } from '../../log.ts';
import { assetsFolder } from '../../paths.ts';
import type { Tasks } from '../../tasks/tasks.ts';
import { readTrustedKeys } from '../image/keys.ts';
import { thisPlatform } from './drives/this-platform.ts';
import { watchDrives } from './drives/watch.ts';
import type { ImageBuilder } from './image-builder.ts';
import { stickImages } from './images.ts';
import { localElevation } from './elevation.ts';
import { checkWishes, newInstallId, newSettings } from './settings.ts';
import { writeSteps } from './tell.ts';
import { problemOf } from './verdict.ts';
import { driveOf, lookAtPlace, writeToDrive, writeToFile } from './work.ts';
import type { WorkParts } from './work.ts';

export interface SticksOptions {
  /** Hearth's data directory. */
  root: string;
  tasks: Tasks;
  log: Log;
  /** Makes the one-time secret of a stick; `drop` forgets it when the stick was not written after all. */
  enrolments: {
    make(how: { days: number; installId: string }): Promise<Enrolment>;
    drop(secret: string): Promise<void>;
  };
  /** Instead of this computer's own (tests). */
  builder?: ImageBuilder;
  /** A terminal is at hand: sudo may ask there. */
  terminal?: boolean;
  /** Only tests give these. */
  change?: Partial<WorkParts>;
}

type StickName = 'drives' | 'images' | 'addImage' | 'build' | 'check' | 'write' | 'verify' | 'look';
export type StickHandlers = Pick<ContractHandlers['boxes'], StickName>;

/** Looks of verifications that are remembered. */
const keep = 20;

/** Sticks: which drives there are, which images, writing and reading them. */
export function createSticks(options: SticksOptions): { handlers: StickHandlers } {
  const { root, tasks, log, enrolments } = options;
  // What builds is loaded when it is asked for: most people get their image from elsewhere.
  const builder = async (): Promise<ImageBuilder> =>
    options.builder ?? (await import('./builder.ts')).localBuilder(root);
  const folder = join(root, 'boxes', 'images');
  const keys = () => readTrustedKeys([join(assetsFolder, 'box', 'keys'), join(root, 'boxes', 'keys')]);
  const images = stickImages({ folder, file: join(root, 'boxes', 'images.json'), keys, log });
  const parts: WorkParts = {
    platform: thisPlatform(),
    place: localElevation(root, log),
    ...(options.terminal && { terminal: true }),
    ...options.change,
  };
  const looks = new Map<string, StickLook>();

  const handlers: StickHandlers = {
    drives: (_input, { signal }) => watchDrives(parts.platform, parts.policy ?? {}, signal),
    async images() {
      const whyNot = await (await builder()).whyNot();
      return { images: await images.list(), canBuild: whyNot === undefined, ...(whyNot !== undefined && { whyNot }) };
    },
    addImage: async ({ path }) => images.add(path),
    async build({ bundle }) {
      const building = await builder();
      const whyNot = await building.whyNot();
      if (whyNot !== undefined)
        throw new ProblemError({
          code: 'box-build-impossible',
          title: 'Images cannot be built here',
          detail: whyNot,
          fix: 'Build it on another computer (`hearth usb build`), then add the file here.',
        });
      const { id } = tasks.start({ type: 'box-image', title: 'Build the image of a box' }, (task) =>
        building.build({ folder, bundle }, task),
      );
      return { taskId: id };
    },
    check: async ({ wishes }) => ({ fields: checkWishes(wishes) }),
    async write({ image: path, place, wishes, enrol, fullCheck, sudo }) {
      // What a form can be told at once is told at once.
      newSettings(wishes);
      const image = await images.open(path);
      const drive = place.type === 'drive' ? await driveOf(parts, place, image.note.size) : undefined;
      const title = drive ? `Write ${drive.name} (${drive.path})` : 'Write the image of a stick to a file';
      const { id } = tasks.start(
        {
          type: 'stick-write',
          title,
          steps: drive ? Object.values(writeSteps) : [writeSteps.write, writeSteps.verify],
        },
        async (task) => {
          const installId = newInstallId();
          const enrolment = enrol && (await enrolments.make({ days: enrol.days, installId }));
          try {
            const settings = newSettings(wishes, enrolment, installId);
            const order = { image, settings, fullCheck, password: sudo };
            if (drive) await writeToDrive(parts, drive, order, task);
            else if (place.type === 'file') await writeToFile(place, order, task);
          } catch (error) {
            // Nobody will ever start from this stick: its secret must not wait for anybody.
            if (enrolment)
              await enrolments.drop(enrolment.secret).catch((cause: unknown) => {
                log.warn({ err: cause }, 'the secret of a stick that was not written could not be forgotten yet');
              });
            throw error;
          }
        },
      );
      return { taskId: id };
    },
    async verify({ place, sudo }) {
      const { id } = tasks.start({ type: 'stick-verify', title: `Read ${place.path} again` }, async (task) => {
        const originals = (await images.list()).filter(({ problem }) => !problem).map((each) => each.path);
        const look = await lookAtPlace(parts, place, { originals, keys: await keys(), password: sudo }, task);
        looks.set(task.id, look);
        for (const old of [...looks.keys()].slice(0, -keep)) looks.delete(old);
        const problem = problemOf(look);
        if (problem) throw problem;
      });
      return { taskId: id };
    },
    look: async ({ taskId }) => looks.get(taskId),
  };
  return { handlers };
}
