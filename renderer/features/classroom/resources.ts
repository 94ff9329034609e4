import { useEffect, useState } from 'react';
import type { HeldClass, SeatPictures, SeatRow } from '../../../main/contract/classroom.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import { useApi } from '../../lib/connection.ts';
import { foldList, replace } from '../../lib/live-store.ts';
import type { ListResource, Resource } from '../../lib/resources.ts';
import { usePageVisible } from '../console/wall/use-visible.ts';

/** Wrapped: that there is none is a value too. */
export interface Held {
  now?: HeldClass;
}
export const heldClass: Resource<Held, Held> = {
  key: 'class-held',
  source: async function* (api, signal) {
    for await (const now of api.classroom.held({}, { signal })) yield now ? { now } : {};
  },
  fold: replace,
};
export const classSeats: ListResource<SeatRow> = {
  key: 'class-seats',
  source: (api, signal) => api.classroom.seats({}, { signal }),
  fold: foldList<SeatRow>(rowKeys.seat),
};

const pauseMs = 2000;
/** The newest pictures of each seat (or of one, of all its machines) while the page is seen. */
export function useSeatPictures(seat?: string): ReadonlyMap<string, SeatPictures['pictures']> {
  const api = useApi();
  const visible = usePageVisible();
  const [pictures, setPictures] = useState<ReadonlyMap<string, SeatPictures['pictures']>>(new Map());
  useEffect(() => {
    if (!visible) return undefined;
    const stop = new AbortController();
    void (async () => {
      while (!stop.signal.aborted) {
        try {
          for await (const news of api.classroom.pictures(seat === undefined ? {} : { seat }, { signal: stop.signal }))
            setPictures((before) => new Map(before).set(news.seat, merged(before.get(news.seat) ?? [], news.pictures)));
        } catch {
          // The seat's state tells what is wrong; here it is only tried again.
        }
        if (!stop.signal.aborted) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    })();
    return () => stop.abort();
  }, [api, visible, seat]);
  return pictures;
}
const merged = (before: SeatPictures['pictures'], news: SeatPictures['pictures']): SeatPictures['pictures'] => [
  ...before.filter(({ machine }) => !news.some((each) => each.machine === machine)),
  ...news,
];
