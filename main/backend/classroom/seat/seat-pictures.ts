import type { SeatPicture } from '../../../contract/class-seat.ts';
import type { Picture } from '../../../contract/consoles.ts';
import type { ContractHandlers } from '../../../contract/contract.ts';
import type { LabNow } from './lab-now.ts';
import { thumbnail } from './thumbnail.ts';

/** Small pictures of the first machines of the lab that run, until aborted; of others when those change. */
export async function* seatPictures(
  now: Pick<LabNow, 'lab' | 'machine'>,
  consoles: Pick<ContractHandlers['consoles'], 'pictures'>,
  { machines: most, everyMs }: { machines: number; everyMs: number },
  signal: AbortSignal,
): AsyncGenerator<SeatPicture[]> {
  const running = (): string[] => (now.lab.value?.machines ?? []).filter((each) => each.running).map(({ name }) => name).slice(0, most); // prettier-ignore
  while (!signal.aborted) {
    const names = running();
    const over = new AbortController();
    const both = AbortSignal.any([signal, over.signal]);
    // Other machines: begin anew.
    const watching = (async () => {
      for await (const _lab of now.lab.watch(both)) if (running().join() !== names.join()) return over.abort();
    })();
    const refs = names.flatMap((name) => now.machine(name) ?? []);
    try {
      if (refs.length === 0) await aborted(both);
      else
        for await (const pictures of consoles.pictures({ machines: refs, everyMs }, { signal: both }))
          yield await Promise.all(pictures.map(small));
    } finally {
      over.abort();
      await watching;
    }
  }
}

async function small({ name, at, png, problem }: Picture): Promise<SeatPicture> {
  if (png === undefined) return { machine: name, at, problem: (problem ?? '').slice(0, 300) };
  try {
    const made = await thumbnail(png);
    return { machine: name, at, ...(made === undefined ? { problem: 'too large' } : { png: made }) };
  } catch (error) {
    return { machine: name, at, problem: (error instanceof Error ? error.message : String(error)).slice(0, 300) };
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
