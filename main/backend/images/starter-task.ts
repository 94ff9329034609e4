import type { CatalogueEntry } from '../../contract/image.ts';
import type { SettingsStore } from '../settings.ts';
import type { OpenTarget } from '../target/target.ts';
import type { TaskHandle } from '../tasks/tasks.ts';
import type { ImageList } from './list.ts';
import { imageNamespace, specOfEntry } from './manifest.ts';
import { pushFile } from './push.ts';
import { imageStatus } from './row.ts';
import { buildStarterApart } from './starter/apart.ts';
import { forgetOlder, starterSteps } from './starter/build.ts';
import type { ImageWork, Started } from './work.ts';

const last = 'Into the library';

/** Builds the starter image here (or takes the one that was built before) and puts it into the library. One at a time. */
export async function startStarter(parts: {
  entry: CatalogueEntry;
  target: OpenTarget;
  list: ImageList;
  work: ImageWork;
  settings: SettingsStore;
  cacheDir: string;
  localFiles: () => Promise<boolean>;
}): Promise<Started> {
  const { entry, target, list, work } = parts;
  const name = entry.id;
  const image = { namespace: imageNamespace, name };
  const present = await list.volume(name);
  const running = work.taskOf(name);
  if (running) return { taskId: running, image };
  const state = present && imageStatus(present, false).state;
  return work.run(
    name,
    { type: 'starter-build', title: 'Build the starter image', steps: [...starterSteps, last] },
    async (task) => {
      if (state === 'ready') return;
      const built = await buildStarterApart({
        cacheDir: parts.cacheDir,
        mirror: parts.settings.value.debianMirror,
        signal: task.signal,
        onProgress: (step) => show(task, step),
      });
      task.step(last);
      task.update({ progress: undefined, detail: undefined });
      // What an earlier try left: it is ours, and not ready.
      if (state) {
        await work.discard(name);
        await gone(list, name, task.signal);
      }
      const local = await parts.localFiles();
      const spec = specOfEntry(entry, local ? { type: 'path', path: built.path, mode: 'copy' } : { type: 'upload' });
      const signature =
        built.signature === 'verified' ? 'signature verified' : 'signature not checked: gpgv is not on this computer';
      await work.create(
        { ...spec, origin: `built here from Debian packages (${signature})`, virtualSize: built.virtualSize },
        task.signal,
      );
      if (local) await work.finish(name, task);
      else await pushFile(target, list, name, built.path, task);
      await forgetOlder(parts.cacheDir, built);
    },
  );
}

/** Waits until a deleted image has left the list, so that its name is free. */
function gone(list: ImageList, name: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let stop = (): void => undefined;
    const end = (settle: () => void): void => {
      queueMicrotask(() => stop());
      signal.removeEventListener('abort', abort);
      settle();
    };
    const abort = (): void => end(() => reject(new DOMException('cancelled', 'AbortError')));
    signal.addEventListener('abort', abort, { once: true });
    stop = list.follow(name, (volume) => {
      if (!volume) end(resolve);
    });
  });
}

function show(task: TaskHandle, step: { title: string; fraction?: number; detail?: string }): void {
  task.step(step.title, step.detail);
  // Two of the four steps take the time: packages to 70 %, the disk to 90 %.
  const [from, share] =
    step.title === starterSteps[1] ? [0.1, 0.6] : step.title === starterSteps[2] ? [0.7, 0.2] : [0, 0.1];
  task.update({ progress: from + share * (step.fraction ?? 0), detail: step.detail });
}
