import type { LabFile } from '../../../contract/labs/file.ts';
import { asProblem } from '../../../contract/problem.ts';
import { imageFacts } from '../../machines/image-facts.ts';
import type { ImageFacts } from '../../machines/manifest.ts';
import type { OpenTarget } from '../../target/target.ts';
import { wishOf } from './build.ts';

/** What is known of the image of each machine; nothing of one that is not there yet. Throws KubeError. */
export async function machineImageFacts(lab: LabFile, target: OpenTarget): Promise<Record<string, ImageFacts>> {
  const none = { values: () => undefined, key: '', reservations: false, machines: {} };
  const all = lab.machines.map(async (machine): Promise<[string, ImageFacts]> => {
    try {
      return [machine.name, await imageFacts(target, wishOf(lab, machine, none))];
    } catch (error) {
      if (asProblem(error).code !== 'image-not-found') throw error;
      return [machine.name, {}];
    }
  });
  return Object.fromEntries(await Promise.all(all));
}
