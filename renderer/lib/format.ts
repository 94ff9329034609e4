import en from '../../assets/locales/en/format.json' with { type: 'json' };
import { localeTag } from './language.ts';
import { texts } from './text.ts';

const t = texts('format', en);
const tag = localeTag();
const decimal = new Intl.NumberFormat(tag, { maximumFractionDigits: 1, useGrouping: false });
const whole = new Intl.NumberFormat(tag);
/** 1234567 -> "1,234,567". */
export const number = (value: number): string => whole.format(value);
/** Names as people sort them: "vm-2" before "vm-10". */
export const byName: (a: string, b: string) => number = new Intl.Collator(tag, { numeric: true, sensitivity: 'base' })
  .compare;

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** 1536 -> "1.5 KiB". At most three digits before the point, one after it below 10 (and only where it tells something). */
export function bytes(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  let scaled = Math.abs(value);
  let unit = 0;
  while (scaled >= 999.5 && unit < units.length - 1) {
    scaled /= 1024;
    unit += 1;
  }
  const digits = unit > 0 && scaled < 10 ? decimal.format(scaled) : String(Math.round(scaled));
  return `${value < 0 ? '-' : ''}${digits} ${units[unit] ?? ''}`;
}
export const rate = (bytesPerSecond: number | undefined): string =>
  bytesPerSecond === undefined ? '–' : `${bytes(bytesPerSecond)}/s`;

/** 0.256 -> "26 %". */
export const percent = (share: number | undefined): string =>
  share === undefined || !Number.isFinite(share) ? '–' : t('percent', { n: Math.round(share * 100) });

/** Seconds -> "42 s", "3 min 5 s", "2 h 10 min", "4 d 3 h". */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return t('seconds', { n: s });
  if (s < 3600) return join(t('minutes', { n: Math.floor(s / 60) }), s % 60, 'seconds');
  if (s < 86_400) return join(t('hours', { n: Math.floor(s / 3600) }), Math.floor((s % 3600) / 60), 'minutes');
  return join(t('days', { n: Math.floor(s / 86_400) }), Math.floor((s % 86_400) / 3600), 'hours');
}
const join = (big: string, small: number, unit: 'seconds' | 'minutes' | 'hours'): string =>
  small === 0 ? big : t('both', { big, small: t(unit, { n: small }) });

/** Milliseconds -> "96 ms" or "1.3 s". */
export const milliseconds = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : t('seconds', { n: decimal.format(ms / 1000) });

/** ISO 8601 -> "just now", "5 min ago", "3 h ago", "2 d ago". */
export function ago(iso: string | undefined, now: number): string {
  const at = iso === undefined ? Number.NaN : Date.parse(iso);
  if (Number.isNaN(at)) return '–';
  const seconds = Math.round((now - at) / 1000);
  if (seconds < 10) return t('now');
  return t('ago', { time: coarse(seconds) });
}
/** Like `duration`, with the largest unit only. */
export function coarse(seconds: number): string {
  if (seconds < 60) return t('seconds', { n: Math.max(0, Math.round(seconds)) });
  if (seconds < 3600) return t('minutes', { n: Math.floor(seconds / 60) });
  if (seconds < 86_400) return t('hours', { n: Math.floor(seconds / 3600) });
  return t('days', { n: Math.floor(seconds / 86_400) });
}

const exact = new Intl.DateTimeFormat(tag, {
  dateStyle: 'medium',
  timeStyle: 'medium',
  hourCycle: 'h23',
});
/** For tooltips and detail views. */
export const dateTime = (iso: string | undefined): string => {
  const at = iso === undefined ? Number.NaN : Date.parse(iso);
  return Number.isNaN(at) ? '–' : exact.format(at);
};
const dayName = new Intl.DateTimeFormat(tag, { weekday: 'long' });
/** 0 is Sunday. */
export const weekday = (day: number): string => dayName.format(new Date(2023, 0, 1 + day));
const clock = new Intl.DateTimeFormat(tag, { timeStyle: 'short', hourCycle: 'h23' });
export const timeOfDay = (iso: string): string => clock.format(Date.parse(iso));

const seconds = new Intl.DateTimeFormat(tag, { timeStyle: 'medium', hourCycle: 'h23' });
/** ISO 8601 -> the time of day with seconds, for logs. */
export const clockTime = (iso: string): string =>
  Number.isNaN(Date.parse(iso)) ? '' : seconds.format(Date.parse(iso));
/** A place on a time axis: with seconds where places are less than a minute apart. Milliseconds since 1970. */
export const axisTime = (at: number, stepMs: number): string => (stepMs < 60_000 ? seconds : clock).format(at);

/** 2, 4 GiB -> "2 vCPU, 4 GiB". */
export const machineSize = (cpus: number, memory: number): string => `${cpus} vCPU, ${bytes(memory)}`;

const sizePattern = /^\s*(\d+(?:[.,]\d+)?)\s*([kmgtp]?)(i?b?)\s*$/i;
/** "20 GiB", "512M", "1.5g" -> bytes (always powers of 1024); undefined when it is no size. */
export function parseBytes(text: string): number | undefined {
  const match = sizePattern.exec(text);
  if (!match) return undefined;
  const power = ['', 'k', 'm', 'g', 't', 'p'].indexOf((match[2] ?? '').toLowerCase());
  return Math.round(Number((match[1] ?? '').replace(',', '.')) * 1024 ** power);
}
