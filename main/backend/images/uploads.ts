import { statfs } from 'node:fs/promises';
import type { z } from 'zod';
import type { startUploadSchema, UploadTicket } from '../../contract/image.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { Log } from '../log.ts';
import { kinds } from '../target/kinds.ts';
import type { OpenTarget } from '../target/target.ts';
import type { TaskHandle } from '../tasks/tasks.ts';
import { isReady, transferText } from './follow.ts';
import { insideMarks, lookIntoFile } from './inside.ts';
import type { ImageList } from './list.ts';
import { imageNamespace, kindOfName, systemMarks } from './manifest.ts';
import { pushFile } from './push.ts';
import { imageRow, imageStatus } from './row.ts';
import type { Sessions, UploadSession } from './sessions.ts';
import { guessByName } from './systems/guess.ts';
import { chosenSystem } from './systems/handlers.ts';
import { uploadPath } from './tus.ts';
import type { TusDoor } from './tus.ts';
import type { ImageWork } from './work.ts';
import { monotonic } from '../../contract/monotonic.ts';

const steps = ['Receive', 'Send to the target'];
const spare = 64 * 1024 ** 2;

export interface Uploads {
  start(input: z.infer<typeof startUploadSchema>): Promise<UploadTicket>;
  /** Goes on with what was under way when Hearth ended; forgets what nobody wants any more. */
  resume(): Promise<void>;
  /** Removes images and bytes of uploads that were left alone for a week. */
  expire(): Promise<void>;
  remove(imageName: string): Promise<void>;
}

/** Browser uploads: bytes are kept here first, so that they survive reloads and restarts, then go to the target. */
export function createUploads(parts: {
  target: OpenTarget;
  list: ImageList;
  work: ImageWork;
  sessions: Sessions;
  tus: TusDoor;
  folder: string;
  log: Log;
}): Uploads {
  const { target, list, work, sessions, tus } = parts;

  const run = (session: UploadSession): string => {
    const known = work.taskOf(session.name);
    if (known) return known;
    const spec = { type: 'image-upload', title: `Upload ${session.fileName}`, steps };
    const doIt = async (task: TaskHandle): Promise<void> => {
      try {
        task.step('Receive');
        await receive(session, task);
        await recognise(session);
        task.step('Send to the target');
        await pushFile(target, list, session.name, sessions.file(session.id), task);
        await sessions.remove(session.id);
      } catch (error) {
        // What the target refused will not get better; what only broke off keeps its bytes for another try.
        const volume = await list.volume(session.name);
        if (volume && imageStatus(volume, true).state === 'failed') await sessions.remove(session.id);
        throw error;
      }
    };
    return work.run(session.name, spec, doIt, () => sessions.remove(session.id)).taskId;
  };

  /** Once its bytes are here, a disc or disk says more than its name; what a person chose stays. */
  const recognise = async ({ id, name, fileName }: UploadSession): Promise<void> => {
    const volume = await list.volume(name);
    const known = volume && imageRow(volume, { working: true, usedBy: [] });
    if (!known) return;
    const { system, inside } = await lookIntoFile(sessions.file(id), fileName);
    const chosen = known.system?.from === 'person' || (known.preference !== undefined && !known.system);
    const marks = chosen || !system || system.from === 'name' ? undefined : systemMarks(system);
    if (!marks && !inside) return;
    const annotations = { ...marks?.annotations, ...(inside && insideMarks(inside)) };
    const metadata = { ...(marks && { labels: marks.labels }), annotations };
    await target.client.patch(kinds.dataVolumes, { namespace: imageNamespace, name }, { metadata });
  };

  /** Resolves when all bytes of an upload are here. */
  const receive = async (session: UploadSession, task: TaskHandle): Promise<void> => {
    let from = await sessions.received(session.id);
    let since = monotonic();
    await new Promise<void>((resolve, reject) => {
      let stop = (): void => undefined;
      const abort = (): void => {
        stop();
        reject(new DOMException('cancelled', 'AbortError'));
      };
      const tell = (received: number): void => {
        const passed = monotonic() - since;
        const rate = received > from && passed > 500 ? ((received - from) / passed) * 1000 : undefined;
        if (passed > 5000) [from, since] = [received, monotonic()];
        task.update({ progress: received / session.size, ...transferText(received, session.size, rate) });
        if (received < session.size) return;
        stop();
        task.signal.removeEventListener('abort', abort);
        resolve();
      };
      stop = tus.follow(session.id, tell);
      task.signal.addEventListener('abort', abort, { once: true });
      if (task.signal.aborted) abort();
      else tell(from);
    });
    task.update({ progress: undefined, detail: undefined, secondsLeft: undefined });
  };

  return {
    async start(input) {
      const { name, fileName, size, lastModified } = input;
      const before = sessions.ofImage(name);
      const same =
        before?.size === size &&
        before.fileName === fileName &&
        (before.lastModified ?? lastModified) === (lastModified ?? before.lastModified);
      const volume = await list.volume(name);
      if (before && same && volume && !isReady(volume))
        return { uploadId: before.id, taskId: run(before), endpoint: uploadPath };
      if (before && !volume) await sessions.remove(before.id);
      await work.free(name);
      await requireSpace(parts.folder, size);
      const { displayName, preference } = input;
      const session = await sessions.add({ name, fileName, size, ...(lastModified !== undefined && { lastModified }) });
      try {
        await work.create(
          {
            name,
            displayName: displayName ?? fileName,
            origin: fileName,
            source: { type: 'upload' },
            kind: kindOfName(fileName),
            system: input.system === undefined ? guessByName(fileName) : chosenSystem(input.system),
            ...(preference && { preference }),
          },
          AbortSignal.timeout(30_000),
        );
      } catch (error) {
        await sessions.remove(session.id);
        throw error;
      }
      return { uploadId: session.id, taskId: run(session), endpoint: uploadPath };
    },
    async resume() {
      for (const session of sessions.all()) {
        const volume = await list.volume(session.name);
        if (volume && !isReady(volume)) {
          await work.forgetInterrupted(session.name);
          run(session);
        } else await sessions.remove(session.id);
      }
    },
    async expire() {
      for (const session of await sessions.expired()) {
        parts.log.info({ image: session.name, file: session.fileName }, 'an abandoned upload is forgotten');
        await work.stop(session.name);
        await sessions.remove(session.id);
        await work.discard(session.name);
      }
    },
    async remove(imageName) {
      const session = sessions.ofImage(imageName);
      if (session) await sessions.remove(session.id);
    },
  };
}

/** The bytes are kept here until the target has them, and the target of this computer needs as much again. */
async function requireSpace(folder: string, size: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const needed = 2 * size + spare;
  if (free >= needed) return;
  const gib = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
  throw new ProblemError({
    code: 'not-enough-space',
    title: 'There is not enough room for this upload',
    detail: `It needs ${gib(needed)} for a moment (the file and its converted copy); ${gib(free)} are free in ${folder}.`,
    fix: 'Free some space, or use the file in place where it is on this computer.',
  });
}
