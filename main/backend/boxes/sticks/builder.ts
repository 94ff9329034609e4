import { join } from 'node:path';
import { asProblem } from '../../../contract/problem.ts';
import { buildImage } from '../image/build.ts';
import { buildSteps } from '../image/build-types.ts';
import { checkPrograms } from '../image/programs.ts';
import type { ImageBuilder } from './image-builder.ts';

/** Builds images on this computer, signed with a key of its own that this Hearth trusts from then on. `root`: the data directory. */
export const localBuilder = (root: string): ImageBuilder => ({
  async whyNot() {
    try {
      await checkPrograms();
      return undefined;
    } catch (error) {
      const { detail, fix } = asProblem(error);
      return fix ? `${detail} ${fix}` : detail;
    }
  },
  async build({ folder, bundle }, task) {
    task.expect(buildSteps);
    await buildImage(
      { out: folder, key: join(root, 'boxes', 'keys', 'hearth-box.key'), ...(bundle !== undefined && { bundle }) },
      ({ step, detail, fraction, kept }) => {
        task.step(step, kept ? 'kept from a build before' : undefined);
        task.update({ detail, progress: (buildSteps.indexOf(step) + (fraction ?? 0)) / buildSteps.length });
      },
      task.signal,
    );
  },
});
