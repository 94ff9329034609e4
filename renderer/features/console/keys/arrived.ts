import type { Layout, Layouts, Typed } from './layout.ts';

/** One character that is another one in the guest. */
export interface Difference {
  typed: string;
  /** '' where none came. */
  arrived: string;
}
export type Seen =
  | { state: 'same'; places: number }
  /** It is there, with other characters in it. `places`: how often. */
  | { state: 'other'; differences: Difference[]; places: number }
  /** Nothing like it is there: a password, a picture, an editor that draws for itself. */
  | { state: 'unseen' };

/** What a text screen shows; a cell that cannot be read is U+FFFD. */
export interface Shown {
  rows: readonly string[];
  /** Cells of a row; a longer line goes on in the next one. */
  cols: number;
}
const unreadable = '\uFFFD';
/** Share of a text that has to be there for the rest of it to be called different. */
const likeness = 0.6;
/** Shorter texts stand everywhere by chance. */
const shortest = 3;

/** Whether a line of what was typed stands on the screen, however it was broken into rows. Of several places the last one counts. Pure. */
export function seenOn({ rows, cols }: Shown, line: string): Seen {
  const text = [...line];
  if (text.length < shortest) return { state: 'unseen' };
  const cells = rows.map((row) => [...row]);
  let best: { differences: Difference[]; unread: number } | undefined;
  let places = 0;
  const most = Math.floor(text.length * (1 - likeness));
  for (const row of cells.keys())
    for (let column = 0; column < Math.min(cols, Math.max(1, cells[row]?.length ?? 0)); column += 1) {
      const found = compare(cells, cols, row, column, text, best?.differences.length ?? most);
      if (!found) continue;
      places = found.differences.length === best?.differences.length ? places + 1 : 1;
      best = found;
    }
  if (!best || best.unread * 2 > text.length) return { state: 'unseen' };
  return best.differences.length === 0
    ? { state: 'same', places }
    : { state: 'other', differences: best.differences, places };
}

/** Whether what was found stood there before the line was typed: an earlier line, of which there are not more now. Pure. */
export function stoodThere(before: Shown, line: string, now: Seen): boolean {
  const earlier = seenOn(before, line);
  if (earlier.state === 'unseen' || now.state === 'unseen' || earlier.places < now.places) return false;
  const arrived = (seen: typeof now): string => (seen.state === 'same' ? '' : seen.differences.map((each) => each.arrived).join('\n')); // prettier-ignore
  return earlier.state === now.state && arrived(earlier) === arrived(now);
}

/** A sign that every font has, and draws as nothing else. */
const isPlain = (sign: string): boolean => /^[ -~]$/.test(sign);

function compare(cells: readonly string[][], cols: number, row: number, column: number, text: readonly string[], most: number): { differences: Difference[]; unread: number } | undefined {
  const differences: Difference[] = [];
  let unread = 0;
  for (const [n, typed] of text.entries()) {
    const at = column + n;
    // Rows come without their last blanks.
    const arrived = cells[row + Math.floor(at / cols)]?.[at % cols] ?? ' ';
    // What a console's font lacks it draws as something like it, and one glyph may be several signs.
    if (arrived === unreadable || (arrived !== typed && !isPlain(typed))) unread += 1;
    else if (arrived !== typed) {
      differences.push({ typed, arrived: arrived === ' ' ? '' : arrived });
      if (differences.length > most) return undefined;
    }
  }
  return { differences, unread };
} // prettier-ignore

/** X11's keysyms of dead keys have a combining character in these layouts. */
const isMark = (sign: string): boolean => /^\p{M}$/u.test(sign);
const alone: Readonly<Record<string, string>> = { '\u0302': '^', '\u0300': '`', '\u0303': '~' };

/** What a guest with this layout makes of presses that were meant for another one. Pure. */
export function typedIn(layout: Layout, characters: Typed['characters']): string {
  let text = '';
  let mark = '';
  for (const keys of characters.flat()) {
    const { code } = keys.at(-1) ?? {};
    if (code === 'Enter' || code === 'Tab') {
      text += code === 'Enter' ? '\n' : '\t';
      continue;
    }
    const held = new Set(keys.slice(0, -1).map((each) => each.code));
    const level = (held.has('ShiftLeft') ? 1 : 0) + (held.has('AltRight') ? 2 : 0);
    const sign = layout.keys[code ?? '']?.[level] ?? '';
    if (isMark(sign)) mark = sign;
    else if (sign === ' ' && mark !== '') [text, mark] = [text + (alone[mark] ?? mark), ''];
    else [text, mark] = [text + (sign + mark).normalize('NFC'), ''];
  }
  return text;
}

/** The layout by which the guest would show what it shows: the first of those that explain it wholly. Pure. */
export function layoutOf(layouts: Layouts, chosen: string, characters: Typed['characters'], shown: Shown): string | undefined {
  return Object.keys(layouts).find((name) => {
    const layout = layouts[name];
    return name !== chosen && layout !== undefined && seenOn(shown, typedIn(layout, characters)).state === 'same';
  });
} // prettier-ignore

/** A terminal's output as lines: without what moves the cursor or colours, and what a shell writes to wrap its line. Pure. */
export const plainLines = (output: string): string[] =>
  output
    // oxlint-disable-next-line no-control-regex -- they are what is taken out
    .replaceAll(/\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[()][0-9A-Za-z]|[=>])/g, '')
    .replaceAll(/ \r(?!\n)/g, '')
    .replaceAll('\r', '')
    .split('\n');
