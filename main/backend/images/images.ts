import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, join } from 'node:path';
import type { ContractHandlers } from '../../contract/contract.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { Log } from '../log.ts';
import { assetsFolder, privateFolder } from '../paths.ts';
import type { DataPaths } from '../paths.ts';
import type { SettingsStore } from '../settings.ts';
import { kinds } from '../target/kinds.ts';
import type { OpenTarget } from '../target/target.ts';
import type { Tasks } from '../tasks/tasks.ts';
import { catalogueEntry, readCatalogue } from './catalogue.ts';
import { resolveChecksum } from './checksum.ts';
import { lookIntoFile } from './inside.ts';
import { createImageList } from './list.ts';
import { checkLocalFile } from './local-file.ts';
import { imageNamespace, kindOfName, notInLibrary, specOfEntry } from './manifest.ts';
import { pushFile } from './push.ts';
import { resumeImports } from './resume.ts';
import { openSessions } from './sessions.ts';
import { startStarter } from './starter-task.ts';
import { chosenSystem, systemHandlers } from './systems/handlers.ts';
import { identifyAddress } from './systems/identify.ts';
import { createTus } from './tus.ts';
import { createUploads } from './uploads.ts';
import { createWork } from './work.ts';

/** The image library of one target: what pages call, the upload endpoint, and its end. */
export interface ImagesDoor {
  handlers: ContractHandlers['images'];
  /** tus 1.0 under /upload. */
  upload: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Whether this upload was announced here. */
  hasUpload(id: string): boolean;
  /** Call before the tasks end, so that work under way goes on at the next start instead of being undone. */
  close(): Promise<void>;
  /** Ends the tasks that still run; nothing on the target is undone after `close`. */
  halt(): Promise<void>;
}

const day = 24 * 3600 * 1000;

export async function openImages(options: {
  target: OpenTarget;
  tasks: Tasks;
  settings: SettingsStore;
  paths: DataPaths;
  log: Log;
}): Promise<ImagesDoor> {
  const { target, tasks, settings, paths, log } = options;
  await privateFolder(paths.uploads);
  const list = createImageList(target);
  const work = createWork(target, tasks, list, log);
  const sessions = await openSessions(paths.uploads, log);
  const tus = createTus(sessions, paths.uploads, log);
  const uploads = createUploads({ target, list, work, sessions, tus, folder: paths.uploads, log });
  /** Whether the target sees the files of this computer; a target that just started is waited for. */
  const localFiles = async (): Promise<boolean> => {
    for await (const { state } of target.state.watch(AbortSignal.timeout(10_000))) if (state === 'ready') break;
    return target.state.value.capabilities.some(({ id, supported }) => id === 'localFiles' && supported);
  };

  // The target may not answer yet: what was under way goes on once it does.
  const reattach = async (): Promise<void> => {
    await uploads.resume();
    await resumeImports(list, work);
    await uploads.expire();
  };
  const forgetting = setInterval(() => {
    uploads.expire().catch((error: unknown) => log.warn({ err: error }, 'abandoned uploads could not be removed'));
  }, day);
  forgetting.unref();
  const stop = list.whenLoaded(() => {
    reattach().catch((error: unknown) => log.warn({ err: error }, 'unfinished imports could not be taken up again'));
  });

  const handlers: ContractHandlers['images'] = {
    catalogue: () => readCatalogue(assetsFolder),
    watch: (_input, { signal }) => list.watch(signal),
    async addFromCatalogue({ id }) {
      const entry = await catalogueEntry(assetsFolder, id);
      if (entry.kind === 'starter' || !entry.url) return handlers.buildStarter({}, { signal: neverAborted });
      const { url, mirrors } = entry;
      await work.free(entry.id);
      return work.run(
        entry.id,
        { type: 'image-import', title: `Add ${entry.name}`, steps: ['Checksum', 'Import'] },
        async (task) => {
          task.step('Checksum');
          const checksum = await resolveChecksum(entry, task.signal);
          task.step('Import', checksum ? undefined : 'The publisher states no checksum');
          await work.create(
            specOfEntry(entry, { type: 'http', url, mirrors, ...(checksum && { checksum }) }),
            task.signal,
          );
          await work.finish(entry.id, task);
        },
      );
    },
    async addFromUrl(input) {
      const fileName = basename(new URL(input.url).pathname) || input.url;
      await work.free(input.name);
      const { name, url, mirrors, displayName, checksum, preference, defaultUser, catalogueId } = input;
      const system = input.system === undefined ? identifyAddress(url) : chosenSystem(input.system);
      await work.create(
        {
          name,
          displayName: displayName ?? fileName,
          origin: url,
          source: { type: 'http', url, mirrors, ...(checksum && { checksum: checksum.toLowerCase() }) },
          kind: kindOfName(fileName),
          system,
          ...(preference && { preference }),
          ...(defaultUser && { defaultUser }),
          ...(catalogueId && { catalogueId }),
        },
        AbortSignal.timeout(30_000),
      );
      return work.run(
        name,
        { type: 'image-import', title: `Add ${displayName ?? fileName}`, steps: ['Import'] },
        async (task) => {
          task.step('Import');
          await work.finish(name, task);
        },
      );
    },
    async addFromFile({ path, mode, name, displayName, preference, system: chosen }) {
      const file = await checkLocalFile(path);
      const found = await lookIntoFile(file.path, basename(path));
      const system = chosen === undefined ? found.system : chosenSystem(chosen);
      await work.free(name);
      const local = await localFiles();
      if (mode === 'in-place' && !local)
        throw new ProblemError({
          code: 'local-files-not-shared',
          title: 'The file cannot be used in place',
          detail: 'This target does not see the files of this computer.',
          fix: 'Choose to copy it: the file is then uploaded.',
        });
      await work.create(
        {
          name,
          displayName: displayName ?? basename(path),
          origin: path,
          source: local ? { type: 'path', path: file.path, mode } : { type: 'upload' },
          kind: kindOfName(path),
          system,
          inside: found.inside,
          ...(preference && { preference }),
        },
        AbortSignal.timeout(30_000),
      );
      return work.run(
        name,
        { type: 'image-import', title: `Add ${displayName ?? basename(path)}`, steps: ['Import'] },
        async (task) => {
          task.step('Import');
          if (local) await work.finish(name, task);
          else await pushFile(target, list, name, file.path, task);
        },
      );
    },
    ...systemHandlers(target),
    startUpload: (input) => uploads.start(input),
    async buildStarter() {
      const entry = await catalogueEntry(assetsFolder, 'starter');
      return startStarter({ entry, target, list, work, settings, localFiles, cacheDir: join(paths.root, 'starter') });
    },
    async remove({ namespace, name }) {
      if (namespace !== imageNamespace) throw notInLibrary(namespace, name);
      const users = await list.usersOf(name);
      if (users.length > 0)
        throw new ProblemError({
          code: 'image-in-use',
          title: 'The image is in use',
          detail: `${users.length === 1 ? 'This machine was' : 'These machines were'} made from it: ${users.join(', ')}.`,
          fix: 'Delete these machines first, or keep the image.',
          kind: 'denied',
        });
      await work.stop(name);
      await work.discard(name);
      await uploads.remove(name);
    },
    async rename({ namespace, name, displayName }) {
      if (namespace !== imageNamespace) throw notInLibrary(namespace, name);
      const patch = { metadata: { annotations: { 'hearth.dev/display-name': displayName } } };
      await target.client.patch(kinds.dataVolumes, { namespace, name }, patch);
    },
  };
  return {
    handlers,
    upload: (request, response) => tus.handle(request, response),
    hasUpload: (id) => sessions.get(id) !== undefined,
    halt: () => work.halt(),
    async close() {
      work.closing();
      clearInterval(forgetting);
      stop();
      list.close();
    },
  };
}

const neverAborted = new AbortController().signal;
