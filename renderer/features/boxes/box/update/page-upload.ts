import { useSyncExternalStore } from 'react';
import type { UpdateOffer } from '../../../../../main/contract/box/boxes.ts';
import type { Api } from '../../../../../main/contract/contract.ts';
import { asProblem, ProblemError } from '../../../../../main/contract/problem.ts';
import type { Problem } from '../../../../../main/contract/problem.ts';
import { sendUpload } from '../../../../lib/send-upload.ts';
import { t } from '../text.ts';

/** How far an image is on its way from this browser to the box. */
export interface Sending {
  state: 'none' | 'asking' | 'offered' | 'sending' | 'checking' | 'ready';
  offer?: UpdateOffer;
  image?: File;
  /** 0..1 */
  sent: number;
  /** Bytes a second. */
  rate?: number;
  problem?: Problem;
}
const none: Sending = { state: 'none', sent: 0 };
/** Bytes; a note is some kilobytes. */
const noteLimit = 256 * 1024;

let now: Sending = none;
let over: AbortController | undefined;
const listeners = new Set<() => void>();
function set(next: Sending): void {
  now = next;
  for (const each of listeners) each();
}
const without = ({ problem: _former, ...rest }: Sending): Sending => rest;

/** Which of the chosen files are the image and its note; throws what is missing, in words. Pure. */
export function sortFiles(files: readonly File[]): { image: File; note: File } {
  const note = files.find(({ name }) => /\.json$/i.test(name));
  const image = files.find((file) => file !== note && !/\.json$/i.test(file.name));
  const missing = (title: string): ProblemError =>
    new ProblemError({ code: 'upload-incomplete', title, detail: t('upload.both'), kind: 'denied' });
  if (!note) throw missing(t('upload.noNote'));
  if (!image) throw missing(t('upload.noImage'));
  if (note.size > noteLimit) throw missing(t('upload.badNote', { name: note.name }));
  return { image, note };
}
/** Whether this is the file that the note tells of; the name may be another one. */
function checkImage(image: File, { facts, file }: UpdateOffer): void {
  if (image.size === facts.size) return;
  throw new ProblemError({
    code: 'image-damaged',
    title: t('upload.otherSize'),
    detail: t('upload.otherSizeText', { name: image.name, size: image.size, file, wanted: facts.size }),
    fix: t('upload.both'),
    kind: 'denied',
  });
}

/** One upload a window: it goes on while other pages are looked at. */
export const pageUpload = {
  /** The box is asked whether it would take this. */
  async choose(api: Api, files: readonly File[]): Promise<void> {
    if (now.state === 'sending' || now.state === 'checking') return;
    set({ ...none, state: 'asking' });
    try {
      const { image, note } = sortFiles(files);
      const offer = await api.ownBox.offerUpdate({ note: await note.text() });
      checkImage(image, offer);
      set({ state: 'offered', offer, image, sent: offer.received / offer.facts.size });
    } catch (error) {
      set({ ...none, problem: asProblem(error) });
    }
  },
  /** Sends it; resolves with whether it lies ready on the box. */
  async send(api: Api): Promise<boolean> {
    const { offer, image } = now;
    if (!offer || !image || now.state === 'sending' || now.state === 'checking') return false;
    over = new AbortController();
    const { signal } = over;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener('beforeunload', warn);
    const begun = Date.now();
    let from: number | undefined;
    try {
      set({ ...without(now), state: 'sending' });
      await sendUpload(offer, image, signal, (sent) => {
        from ??= sent;
        const seconds = (Date.now() - begun) / 1000;
        if (!signal.aborted)
          set({ ...now, sent, ...(seconds > 1 && { rate: ((sent - from) * image.size) / seconds }) });
      });
      set({ ...now, state: 'checking', sent: 1 });
      await api.ownBox.takeUpdate({ uploadId: offer.uploadId });
      if (signal.aborted) return false;
      set({ ...now, state: 'ready' });
      return true;
    } catch (error) {
      const problem = problemOf(error);
      // The box kept nothing of it: it is chosen anew.
      const gone = problem.code === 'image-damaged' || problem.code === 'upload-unknown';
      if (!signal.aborted) set({ ...(gone ? none : { ...without(now), state: 'offered' }), problem });
      return false;
    } finally {
      removeEventListener('beforeunload', warn);
    }
  },
  /** Gives it up; what the box has of it goes. */
  async drop(api: Api): Promise<void> {
    const { offer } = now;
    over?.abort();
    set(none);
    if (offer) await api.ownBox.dropUpdate({ uploadId: offer.uploadId }).catch(() => undefined); // it goes by itself in a week
  },
  forget: (): void => set(none),
};
export const sending = (): Sending => now;
export const usePageUpload = (): Sending =>
  useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, sending);

/** The connection's own errors say nothing to a person. */
function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return {
    code: 'upload-cut',
    title: t('upload.cut'),
    detail: t('upload.cutText'),
    fix: t('upload.cutFix'),
    kind: 'failed',
  };
}
