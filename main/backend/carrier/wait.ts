/** A wait as people say it: whole minutes, or seconds up to a minute and a half. */
export function waitOf(ms: number): { unit: 'minutes' | 'seconds'; n: number } {
  return ms > 90_000 ? { unit: 'minutes', n: Math.ceil(ms / 60_000) } : { unit: 'seconds', n: Math.ceil(ms / 1000) };
}
/** The same in English. */
export function waitText(ms: number): string {
  const { unit, n } = waitOf(ms);
  return `${n} ${n === 1 ? unit.slice(0, -1) : unit}`;
}
