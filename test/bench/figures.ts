/** One measured thing beside the bare tool's, from the same run. */
export interface Figure {
  what: string;
  /** Ours and the bare tool's in `unit`; the bare one may be missing where nothing comparable exists. */
  ours: number;
  bare?: number;
  bareName?: string;
  unit: string;
  /** Which way is better decides how the ratio is read. */
  better: 'lower' | 'higher';
  /** The goal on the ratio ours/bare, or on our own figure where there is no bare tool. */
  goal?: { ratio?: number; own?: number };
  note?: string;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
};

const shown = (value: number | undefined): string =>
  value === undefined ? '-' : value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3);

/** Whether the figure reaches its goal; undefined without one. */
export function reached({ ours, bare, better, goal }: Figure): boolean | undefined {
  const within = (value: number, limit: number): boolean => (better === 'lower' ? value <= limit : value >= limit);
  if (goal?.ratio !== undefined && bare) return within(ours / bare, goal.ratio);
  return goal?.own === undefined ? undefined : within(ours, goal.own);
}

/** One line a figure: ours, the bare tool's, the ratio, the goal. */
export function line(figure: Figure): string {
  const { what, ours, bare, bareName, unit, better, goal, note } = figure;
  const sign = better === 'lower' ? '<=' : '>=';
  const ratio = bare ? `ratio ${shown(ours / bare)}` : '';
  const wanted =
    goal?.ratio !== undefined
      ? `goal ${sign} ${goal.ratio}x`
      : goal?.own !== undefined
        ? `goal ${sign} ${goal.own} ${unit}`
        : '';
  const mark = { true: 'ok  ', false: 'MISS', undefined: '    ' }[String(reached(figure)) as 'true'];
  const beside = bare === undefined ? '' : `${bareName ?? 'bare'} ${shown(bare)} ${unit}`;
  return `${mark} ${what.padEnd(52)} ${`${shown(ours)} ${unit}`.padStart(16)}   ${beside.padEnd(34)} ${ratio.padEnd(12)} ${wanted.padEnd(20)} ${note ?? ''}`.trimEnd();
}
