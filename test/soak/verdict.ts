/** What grew from the second third of a run to its last, and whether that is still flat. */
export interface Slope {
  what: string;
  unit: string;
  /** Medians of the second and of the last third; the first is warming up. */
  middle: number;
  last: number;
  /** How much more the last may be, in the unit. */
  allowed: number;
  flat: boolean;
}
export interface Tolerance {
  what: string;
  unit: string;
  /** Share of the middle that the last third may be higher. */
  share: number;
  /** At least this much, in the unit: small figures jump. */
  least: number;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const [low, high] = [sorted[half - 1], sorted[half]];
  if (high === undefined) return NaN;
  return sorted.length % 2 === 0 && low !== undefined ? (low + high) / 2 : high;
};

/** Median of the last third against the median of the second third. Fewer than nine samples tell nothing: not flat. */
export function slopeOf(samples: readonly number[], { what, unit, share, least }: Tolerance): Slope {
  const third = Math.floor(samples.length / 3);
  const middle = median(samples.slice(third, 2 * third));
  const last = median(samples.slice(2 * third));
  const allowed = Math.max(least, middle * share);
  return { what, unit, middle, last, allowed, flat: samples.length >= 9 && last - middle <= allowed };
}

/** What is there at the end and was not before, apart from what `known` says is kept on purpose. */
export function leftOver(
  before: readonly string[],
  after: readonly string[],
  known: (name: string) => string | undefined = () => undefined,
): { leaked: string[]; kept: ReadonlyMap<string, number> } {
  const old = new Map<string, number>();
  for (const name of before) old.set(name, (old.get(name) ?? 0) + 1);
  const leaked: string[] = [];
  const kept = new Map<string, number>();
  for (const name of after) {
    const count = old.get(name) ?? 0;
    if (count > 0) {
      old.set(name, count - 1);
      continue;
    }
    const why = known(name);
    if (why === undefined) leaked.push(name);
    else kept.set(why, (kept.get(why) ?? 0) + 1);
  }
  return { leaked, kept };
}
