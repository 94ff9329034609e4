import { t } from './text.ts';

/** Dials whose steps grow: each place stands for one of these. */
export const delays = [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000] as const;
export const jitters = [0, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] as const;
export const rates = [8, 16, 32, 64, 128, 256, 512, 1000, 2000, 5000, 10_000, 50_000, 100_000] as const;
const spans = [
  ['minutes', 300],
  ['hour', 3600],
  ['day', 86_400],
  ['month', 30 * 86_400],
  ['year', 365 * 86_400],
] as const;
/** Seconds, from far behind to far ahead. */
export const jumps: readonly number[] = [...spans.map(([, seconds]) => -seconds).toReversed(), ...spans.map(([, seconds]) => seconds)]; // prettier-ignore

/** The place of a value, or of the one next to it. Pure. */
export const placeOf = (scale: readonly number[], value: number): number =>
  scale.reduce((best, each, at) => (Math.abs(each - value) < Math.abs((scale[best] ?? 0) - value) ? at : best), 0);

export const percent = (value: number): string => t('unit.percent', { n: value });
export const milliseconds = (value: number): string =>
  value >= 1000 ? t('unit.s', { n: value / 1000 }) : t('unit.ms', { n: value });
export const kbits = (value: number): string =>
  value >= 1000 ? t('unit.mbit', { n: value / 1000 }) : t('unit.kbit', { n: value });
export function jump(seconds: number): string {
  const [name] = spans.find(([, size]) => size === Math.abs(seconds)) ?? ['minutes'];
  return t(seconds < 0 ? 'clock.behind' : 'clock.ahead', { span: t(`clock.${name}`) });
}
