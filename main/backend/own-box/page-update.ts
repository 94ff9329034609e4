import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { link, mkdir, rm, stat, statfs } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { UpdateOffer } from '../../contract/box/boxes.ts';
import { boxImageNoteSchema } from '../../contract/box/manifest.ts';
import { ProblemError } from '../../contract/problem.ts';
import { openSessions } from '../images/sessions.ts';
import type { Sessions } from '../images/sessions.ts';
import { createTus, uploadIdOf, uploadPath } from '../images/tus.ts';
import type { TusDoor } from '../images/tus.ts';
import { writeFileAtomic } from '../json-file.ts';
import type { Log } from '../log.ts';
import { privateFolder } from '../paths.ts';
import { turns } from '../shared-file.ts';
import type { AgentClient } from './agent-client.ts';
import { anotherComes, noRoom, tooLarge, usualLimits } from './incoming.ts';
import type { IncomingLimits } from './incoming.ts';
import type { BoxPlaces } from './places.ts';

/** An update that a browser sends: it goes on at its byte after a cut, and lies where the agent takes it once it is whole. */
export interface PageUpdate {
  /** Throws what the agent says of the `.json`, `update-too-large`, `disk-full`, and `box-busy` while bytes of one come. */
  offer(note: string): Promise<UpdateOffer>;
  /** Throws `update-unfinished` and `image-damaged`. */
  take(uploadId: string): Promise<void>;
  drop(uploadId: string): Promise<void>;
  /** Bytes by tus; false when they belong to nothing of this. */
  upload(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** Room for what an app sends: one image is enough for a disk. Throws `box-busy` while bytes of one come. */
  clear(): Promise<void>;
}

/** Milliseconds without a byte after which nobody sends any more; a connection that goes on by itself is quicker. */
const quietMs = 3000;

export function createPageUpdate(options: {
  places: BoxPlaces;
  agent: Pick<AgentClient, 'ask'>;
  /** An app sends one. */
  receiving: () => boolean;
  log: Log;
  limits?: IncomingLimits | undefined;
}): PageUpdate {
  const { places, agent, receiving, log, limits = usualLimits } = options;
  interface Opened {
    sessions: Sessions;
    tus: TusDoor;
  }
  let opening: Promise<Opened> | undefined;
  const open = (): Promise<Opened> => {
    opening ??= (async () => {
      await mkdir(places.incoming, { recursive: true, mode: 0o700 });
      await privateFolder(places.uploads);
      const sessions = await openSessions(places.uploads, log);
      for (const { id } of await sessions.expired()) await sessions.remove(id);
      return { sessions, tus: createTus(sessions, places.uploads, log) };
    })();
    opening.catch(() => (opening = undefined)); // whoever asked has the error
    return opening;
  };
  /** When a request or the newest byte came. */
  let moved = -Infinity;
  const notMoving = (): void => {
    if (receiving() || performance.now() - moved < quietMs) throw anotherComes();
  };
  /** What was found out still holds when it is acted on. */
  const inTurn = turns();
  /** Checked by the agent, which alone knows what it would believe. */
  const check = async (text: string): Promise<Pick<UpdateOffer, 'facts' | 'file'> & { sha256: string }> => {
    await mkdir(places.incoming, { recursive: true, mode: 0o700 });
    await writeFileAtomic(places.note, text);
    try {
      const facts = await agent.ask({ do: 'check-update', path: places.note });
      const { file, sha256 } = boxImageNoteSchema.parse(JSON.parse(text)).image;
      return { facts, file, sha256 };
    } finally {
      await rm(places.note, { force: true });
    }
  };
  const need = async (uploadId: string) => {
    const { sessions } = await open();
    const session = sessions.get(uploadId);
    if (session) return { sessions, session };
    throw new ProblemError({
      code: 'upload-unknown',
      title: 'This upload is not known (any more)',
      detail: 'It was given up, or another image was sent meanwhile.',
      fix: 'Choose the image again.',
    });
  };
  return {
    offer: (note) =>
      inTurn(async () => {
        const { facts, file, sha256 } = await check(note);
        if (facts.size > limits.largest) throw tooLarge(facts.size, limits.largest);
        const { sessions } = await open();
        notMoving();
        // Another image was begun or sent: there may not be room for two.
        const known = sessions.ofImage(sha256);
        for (const { id } of sessions.all()) if (id !== known?.id) await sessions.remove(id);
        if (!known) await rm(places.update, { force: true });
        const received = known ? await sessions.received(known.id) : 0;
        const { bavail, bsize } = await statfs(places.uploads);
        if (bavail * bsize < facts.size - received + limits.reserve) throw noRoom(facts.size, bavail * bsize);
        const { id } = known ?? (await sessions.add({ name: sha256, fileName: file, size: facts.size }));
        return { facts, file, uploadId: id, endpoint: uploadPath, received };
      }),
    take: (uploadId) =>
      inTurn(async () => {
        const { sessions, session } = await need(uploadId);
        const received = await sessions.received(uploadId);
        if (received < session.size) throw unfinished(received, session.size);
        const file = sessions.file(uploadId);
        if ((await digest(file)) !== session.name) {
          await sessions.remove(uploadId);
          throw damaged(session.fileName);
        }
        await rm(places.update, { force: true });
        // A second name for the same bytes: whoever has to send it once more finds it here.
        await link(file, places.update);
      }),
    drop: (uploadId) =>
      inTurn(async () => {
        const { sessions } = await need(uploadId);
        if ((await stat(sessions.file(uploadId)).catch(() => undefined))?.nlink === 2) await rm(places.update, { force: true });
        await sessions.remove(uploadId);
        moved = -Infinity;
      }),
    async upload(request, response) {
      const { sessions, tus } = await open();
      const id = uploadIdOf(request) ?? '';
      if (!sessions.get(id)) return false;
      const comes = (): void => void (moved = performance.now());
      if (request.method !== 'HEAD') comes();
      const quiet = tus.follow(id, comes);
      try {
        await tus.handle(request, response);
      } finally {
        quiet();
      }
      return true;
    },
    clear: () =>
      inTurn(async () => {
        notMoving();
        if (!existsSync(places.uploads)) return; // no browser ever sent one
        const { sessions } = await open();
        for (const { id } of sessions.all()) await sessions.remove(id);
      }),
  };
} // prettier-ignore

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

const unfinished = (received: number, size: number): ProblemError =>
  new ProblemError({
    code: 'update-unfinished',
    title: 'The image is not here yet',
    detail: `${received} of ${size} bytes have come.`,
    fix: 'Send it again; it goes on where it stopped.',
    kind: 'denied',
  });
const damaged = (file: string): ProblemError =>
  new ProblemError({
    code: 'image-damaged',
    title: 'This image is damaged',
    detail: `${file} is not the file that was signed: its SHA-256 is another one. Nothing was kept of it.`,
    cause: 'It was cut short or changed after it was built: a bad copy, or a failing drive.',
    fix: 'Get the image and its .json again, both from the same place.',
    kind: 'denied',
  });
