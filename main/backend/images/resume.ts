import { pick } from '../target/pick.ts';
import type { ImageList } from './list.ts';
import { annotation, imageStatus } from './row.ts';
import type { ImageWork } from './work.ts';

/** Takes up the tasks of imports that the target went on with while Hearth was not running. Uploads go on by themselves. */
export async function resumeImports(list: ImageList, work: ImageWork): Promise<void> {
  for (const volume of await list.volumes()) {
    const name = volume.metadata.name ?? '';
    const byTarget = pick(volume, 'spec', 'source', 'http') !== undefined || annotation(volume, 'import-from-path');
    if (!byTarget || work.taskOf(name) || imageStatus(volume, true).state !== 'importing') continue;
    await work.forgetInterrupted(name);
    const title = `Add ${annotation(volume, 'display-name') ?? name}`;
    work.run(name, { type: 'image-import', title, steps: ['Import'] }, async (task) => {
      task.step('Import', 'Going on after a restart of Hearth');
      await work.finish(name, task);
    });
  }
}
