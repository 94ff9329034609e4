import type { SeatPicture } from '../../../contract/class-seat.ts';
import type { SeatPictures } from '../../../contract/classroom.ts';
import type { LiveValue } from '../../target/live-value.ts';
import type { SeatLink } from './seat-link.ts';

/**
 * The pictures of several seats as one stream, for as long as it is read: seats that come are asked too. A slow reader gets
 * the newest picture of each, never a queue of old ones.
 */
export async function* mergePictures(options: {
  links: () => ReadonlyMap<string, SeatLink>;
  /** Changes when a seat comes or goes. */
  moved: LiveValue<number>;
  /** Of each seat. */
  machines: number;
  signal: AbortSignal;
}): AsyncGenerator<SeatPictures> {
  const { links, moved, machines } = options;
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const news = new Map<string, Map<string, SeatPicture>>();
  const asked = new Set<SeatLink>();
  let wake = (): void => undefined;
  signal.addEventListener('abort', () => wake(), { once: true });

  async function ask(seat: string, link: SeatLink): Promise<void> {
    try {
      for await (const pictures of link.pictures(machines, signal)) {
        const mine = news.get(seat) ?? new Map<string, SeatPicture>();
        for (const picture of pictures) mine.set(picture.machine, picture);
        news.set(seat, mine);
        wake();
      }
    } catch {
      // It does not show any now; it is asked again when it comes back.
    } finally {
      asked.delete(link);
    }
  }
  const following = (async () => {
    for await (const _moved of moved.watch(signal))
      for (const [seat, link] of links()) {
        if (asked.has(link)) continue;
        asked.add(link);
        void ask(seat, link);
      }
  })();
  try {
    while (!signal.aborted) {
      const [next] = news;
      if (next) {
        news.delete(next[0]);
        yield { seat: next[0], pictures: [...next[1].values()] };
      } else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    over.abort();
    await following;
  }
}
