import type { BoxDisk } from '../../../../contract/box/state.ts';
import { bytes, cut, plain, wrap } from './text.ts';
import type { Line } from './text.ts';

/** What a person at the console is at. */
export interface Choosing {
  /** Name of the disk they picked. */
  chosen?: string;
  /** What they typed to confirm it. */
  typed: string;
  /** Why it was not accepted. */
  wrong?: string;
}

/** Disks that have a number at the console: those that may be chosen, and boxes that may be installed anew. */
export const numbered = (disks: readonly BoxDisk[]): BoxDisk[] =>
  disks.filter(({ refused }) => !refused || refused.code === 'hearth-box').slice(0, 9);

/** The disks with their numbers, or the question about the one that was picked. */
export function diskLines(disks: readonly BoxDisk[], choosing: Choosing, width: number): Line[] {
  const chosen = disks.find(({ name }) => name === choosing.chosen);
  if (chosen) return question(chosen, choosing, width);
  const offered = numbered(disks);
  const lines: Line[] = [];
  for (const disk of disks) {
    const number = offered.indexOf(disk) + 1;
    const text = `${number > 0 ? number : '-'}  ${facts(disk)}`;
    lines.push({ text: cut(plain(text), width), ...(number === 0 && { tone: 'dim' as const }) });
    lines.push({ text: cut(plain(`   ${disk.refused?.why ?? disk.content}`), width), tone: 'dim' });
  }
  if (disks.length === 0) lines.push({ text: 'No disk was found.' });
  return lines;
}

function question(disk: BoxDisk, choosing: Choosing, width: number): Line[] {
  const say = (text: string, tone?: Line['tone']): Line[] =>
    wrap(text, width).map((each) => (tone ? { text: each, tone } : { text: each }));
  return [
    ...say(facts(disk), 'strong'),
    ...say(`On it now: ${disk.content}. Everything on it is erased.`, 'bad'),
    ...(disk.hearth ? say(`The box "${disk.hearth.hostName}" on it is installed anew.`, 'bad') : []),
    ...say(`Type the last four letters of its serial number ${disk.serial}:`),
    { text: `> ${plain(choosing.typed)}_`, tone: 'strong' },
    ...(choosing.wrong ? say(choosing.wrong, 'bad') : []),
  ];
}

const facts = ({ name, model, serial, size, transport }: BoxDisk): string =>
  [name, bytes(size), model, transport, `serial ${serial}`].filter(Boolean).join('  ');
