import type { ApplianceSettings } from '../../contract/appliance.ts';
import type { Download } from '../../../provisioning/plan.ts';
import { bundleDownloads } from '../../../provisioning/downloads.ts';
import type { Tasks } from '../tasks/tasks.ts';
import type { Fetcher } from './fetch/fetcher.ts';
import type { RunLogs } from './log-lines.ts';
import { fetchOptions } from './plan-run.ts';

/** What a bundle holds: everything an install of these versions could need, for the kind of processor this computer has. */
export function bundleFiles(settings: ApplianceSettings, kind: boolean): Download[] {
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
  return bundleDownloads(settings, arch).filter(({ name }) => kind || !name.startsWith('kind-'));
}

/** Makes a bundle as a task: one file that another computer installs from without the internet. */
export function makeBundle(
  parts: { tasks: Tasks; fetcher: Fetcher; logs: RunLogs; folder: string },
  input: { path: string; settings: ApplianceSettings; kind: boolean },
): { taskId: string } {
  const { id: taskId } = parts.tasks.start(
    { type: 'appliance-bundle', title: 'Create an offline bundle', steps: ['Fetch the files and write the bundle'] },
    async (task) => {
      const log = parts.logs.open(task.id, parts.folder);
      try {
        task.step('Fetch the files and write the bundle');
        const { size } = await parts.fetcher.makeBundle(input.path, bundleFiles(input.settings, input.kind), {
          ...fetchOptions({ ...input.settings, bundle: undefined }),
          signal: task.signal,
          onProgress(done, total, current) {
            task.update({ progress: total > 0 ? Math.min(1, done / total) : 0, detail: current });
          },
          onNote: (text) => log.add('info', text),
        });
        log.add('info', `${input.path}: ${size} bytes.`);
        task.update({ detail: `${input.path}, ${Math.round(size / 1024 / 1024)} MiB` });
      } finally {
        await log.end();
      }
    },
  );
  return { taskId };
}
