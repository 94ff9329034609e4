import type { FaultKind, FaultWish } from '../../contract/faults.ts';

/** Seconds as people say them: "1 h", "90 s", "2 days". Pure. */
export function span(seconds: number): string {
  const size = Math.abs(seconds);
  for (const [unit, name] of [[86_400, 'day'], [3600, 'hour'], [60, 'minute']] as const)
    if (size >= unit && size % unit === 0) return `${size / unit} ${name}${size === unit ? '' : 's'}`; // prettier-ignore
  return `${size} s`;
}
const rate = (kbit: number): string => (kbit >= 1000 ? `${kbit / 1000} Mbit/s` : `${kbit} kbit/s`);
const ways = { in: ' to the machine', out: ' from the machine', both: ' each way' } as const;
const place = (nic: string | undefined): string => (nic === undefined ? '' : ` on ${nic}`);

const speak: { [Kind in FaultKind]: (fault: NonNullable<FaultWish[Kind]>) => string } = {
  loss: (of) => `${of.percent} % of packets${ways[of.way]} lost${place(of.interface)}`,
  delay: (of) => `packets wait ${of.ms} ms${of.jitter > 0 ? ` ± ${of.jitter} ms` : ''}${ways[of.way]}${place(of.interface)}`,
  rate: (of) => `no more than ${rate(of.kbit)}${ways[of.way]}${place(of.interface)}`,
  dns: () => 'names are not answered',
  link: (of) => `network cable out${place(of.interface)}`,
  disk: (of) => `disk filled to ${of.percent} %`,
  clock: (of) => `clock ${span(of.seconds)} ${of.seconds < 0 ? 'behind' : 'ahead'}`,
  process: (of) => ({ KILL: `process ${of.name} killed`, TERM: `process ${of.name} asked to end`, STOP: `process ${of.name} stopped` })[of.signal],
  crash: (of) => (of.how === 'panic' ? 'kernel panic' : 'power gone'),
}; // prettier-ignore

/** A fault in words. Pure. */
export function faultWords(wish: FaultWish): string {
  const [kind] = Object.keys(wish) as FaultKind[];
  const words = kind && wish[kind] ? (speak[kind] as (fault: unknown) => string)(wish[kind]) : '';
  return words.charAt(0).toUpperCase() + words.slice(1);
}
