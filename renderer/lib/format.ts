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
  const digits = unit > 0 && scaled < 10 ? scaled.toFixed(1).replace(/\.0$/, '') : String(Math.round(scaled));
  return `${value < 0 ? '-' : ''}${digits} ${units[unit] ?? ''}`;
}
export const rate = (bytesPerSecond: number | undefined): string =>
  bytesPerSecond === undefined ? '–' : `${bytes(bytesPerSecond)}/s`;

/** 0.256 -> "26 %". */
export const percent = (share: number | undefined): string =>
  share === undefined || !Number.isFinite(share) ? '–' : `${Math.round(share * 100)} %`;

/** Seconds -> "42 s", "3 min 5 s", "2 h 10 min", "4 d 3 h". */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return join(Math.floor(s / 60), 'min', s % 60, 's');
  if (s < 86_400) return join(Math.floor(s / 3600), 'h', Math.floor((s % 3600) / 60), 'min');
  return join(Math.floor(s / 86_400), 'd', Math.floor((s % 86_400) / 3600), 'h');
}
const join = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;

/** Milliseconds -> "96 ms" or "1.3 s". */
export const milliseconds = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1).replace(/\.0$/, '')} s`;

/** ISO 8601 -> "just now", "5 min ago", "3 h ago", "2 d ago". */
export function ago(iso: string | undefined, now: number): string {
  const at = iso === undefined ? Number.NaN : Date.parse(iso);
  if (Number.isNaN(at)) return '–';
  const seconds = Math.round((now - at) / 1000);
  if (seconds < 10) return 'just now';
  return `${coarse(seconds)} ago`;
}
/** Like `duration`, with the largest unit only. */
export function coarse(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

const exact = new Intl.DateTimeFormat(undefined, {
  dateStyle: 'medium',
  timeStyle: 'medium',
  hourCycle: 'h23',
});
/** For tooltips and detail views. */
export const dateTime = (iso: string | undefined): string => {
  const at = iso === undefined ? Number.NaN : Date.parse(iso);
  return Number.isNaN(at) ? '–' : exact.format(at);
};
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short', hourCycle: 'h23' });
export const timeOfDay = (iso: string): string => clock.format(Date.parse(iso));

const seconds = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' });
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
