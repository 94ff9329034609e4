import { useEffect, useState } from 'react';
import type { Picture } from '../../../../main/contract/consoles.ts';
import type { ObjectRef } from '../../../../main/contract/machine-ref.ts';
import { useApi } from '../../../lib/connection.ts';
import { usePageVisible } from './use-visible.ts';

export const pictureKey = ({ namespace, name }: ObjectRef): string => `${namespace}/${name}`;
const pauseMs = 1000;

/** The newest picture of each machine's screen; nothing is asked for while the page is hidden or `everyMs` is 0. */
export function usePictures(machines: readonly ObjectRef[], everyMs: number): ReadonlyMap<string, Picture> {
  const api = useApi();
  const visible = usePageVisible();
  const [pictures, setPictures] = useState<ReadonlyMap<string, Picture>>(new Map());
  // The text is what matters: a new array of the same machines asks for nothing new.
  const wanted = machines.map(pictureKey).toSorted().join(' ');
  useEffect(() => {
    if (!visible || everyMs === 0 || wanted === '') return undefined;
    const stop = new AbortController();
    const refs = wanted.split(' ').map((key) => {
      const [namespace = '', name = ''] = key.split('/');
      return { namespace, name };
    });
    void follow(
      (signal) => api.consoles.pictures({ machines: refs, everyMs }, { signal }),
      (news) => setPictures((before) => new Map([...before, ...news.map((each) => [pictureKey(each), each] as const)])),
      stop.signal,
    );
    return () => stop.abort();
  }, [api, visible, everyMs, wanted]);
  return pictures;
}

async function follow(
  open: (signal: AbortSignal) => AsyncIterable<Picture[]>,
  got: (news: Picture[]) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const news of open(signal)) got(news);
    } catch {
      // The page's connection banner and each machine's status tell what is wrong; here it is only tried again.
    }
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
