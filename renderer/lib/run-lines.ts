import type { RunLine } from '../../main/contract/appliance.ts';

/** Enough for every run seen; a crash loop must not fill the page's memory. */
const most = 5_000;
const same = (a: RunLine, b: RunLine): boolean => a.at === b.at && a.text === b.text && a.step === b.step;

/** Lines of a run and those that came: after a lost connection the first message repeats all that were said. */
export function appendLines(lines: readonly RunLine[], more: readonly RunLine[]): readonly RunLine[] {
  const [first] = more;
  if (!first) return lines;
  const repeated = lines.findIndex((line) => same(line, first));
  const all = [...(repeated < 0 ? lines : lines.slice(0, repeated)), ...more];
  return all.length > most ? all.slice(-most) : all;
}
