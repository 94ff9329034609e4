import { z } from 'zod';
import type { SpaceForecast } from '../../contract/metrics.ts';
import { readJson, writeJson } from '../json-file.ts';
import type { Log } from '../log.ts';
import { createLiveValue } from '../target/live-value.ts';
import type { LiveValue } from '../target/live-value.ts';

const hour = 3_600_000;
const day = 24 * hour;
/** How long a look counts, and how far apart two are that are kept. */
const keepMs = 14 * day;
const everyMs = hour;
/** Fewer days or looks tell nothing of the days to come. */
const leastSpan = 3 * day;
const leastLooks = 12;
/** Days beyond which nobody plans. */
const farthest = 365;
/** Share of the disk that came free at once: somebody made room, and what was before says nothing any more. */
const madeRoom = 0.02;

export interface SpaceLook {
  /** Milliseconds since 1970. */
  at: number;
  /** Bytes. */
  free: number;
}

/**
 * Days until a disk is full by the trend of its free space; undefined where there is too little to tell by, or it does not fill.
 * The slope is the median of the slopes between all pairs of looks (Theil-Sen), which one large file does not move. Pure.
 */
export function daysLeft(looks: readonly SpaceLook[], total: number, now: number): number | undefined {
  const past = looks.filter(({ at }) => at <= now && at > now - keepMs).toSorted((a, b) => a.at - b.at);
  const room = past.findLastIndex(({ free }, n) => n > 0 && free - (past[n - 1]?.free ?? free) > total * madeRoom);
  const trend = past.slice(Math.max(0, room));
  const [first] = trend;
  const last = trend.at(-1);
  if (!first || !last || trend.length < leastLooks || last.at - first.at < leastSpan) return undefined;
  const slopes: number[] = [];
  for (const [n, one] of trend.entries())
    for (const other of trend.slice(n + 1))
      if (other.at - one.at >= 6 * hour) slopes.push((other.free - one.free) / (other.at - one.at));
  slopes.sort((a, b) => a - b);
  const slope = slopes[Math.floor(slopes.length / 2)] ?? 0;
  if (slope >= 0) return undefined;
  const days = last.free / -slope / day;
  return days > farthest ? undefined : Math.floor(days);
}

const fileSchema = z.object({ version: z.literal(1), looks: z.array(z.object({ at: z.number(), free: z.number() })) });

export interface SpaceHistory {
  readonly forecast: LiveValue<SpaceForecast>;
  /** What was seen just now; kept once an hour. */
  add(room: { free: number; total: number }): Promise<void>;
}

/** Free space of Hearth's own disk over the last days, in a file of its own. */
export async function openSpaceHistory(options: { file: string; log: Log; now?: () => number }): Promise<SpaceHistory> {
  const { file, log, now = Date.now } = options;
  let looks: SpaceLook[] = (await readJson(file, fileSchema, log))?.looks ?? [];
  const forecast = createLiveValue<SpaceForecast>({});
  return {
    forecast,
    async add({ free, total }) {
      const at = now();
      const last = looks.at(-1);
      // A clock that was set back: what is said to come later is not known yet.
      const known = looks.filter((look) => look.at <= at && look.at > at - keepMs);
      const fresh = !last || known.length !== looks.length || at - last.at >= everyMs;
      const days = daysLeft([...known, { at, free }], total, at);
      if (days !== forecast.value.daysLeft || forecast.value.total === undefined || fresh)
        forecast.set({ free, total, ...(days !== undefined && { daysLeft: days }) });
      if (!fresh) return;
      looks = [...known, { at, free }];
      await writeJson(file, { version: 1, looks }).catch((error: unknown) => log.debug({ err: error }, 'free space could not be noted')); // prettier-ignore
    },
  };
}
