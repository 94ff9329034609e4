import { layoutOf, plainLines, seenOn, stoodThere, typedIn } from './arrived.ts';
import type { Difference, Shown } from './arrived.ts';
import type { Layouts, Typed } from './layout.ts';
import { typeKeys, typePlain } from './typing.ts';
import type { KeyTarget, Pace } from './typing.ts';

/** What became of a text that was typed. */
export interface Outcome {
  /** Characters that were typed; fewer than there were when it was stopped, or broken off because others arrived. */
  typed: number;
  /** Of these, characters that were seen to have arrived as they are. */
  seen: number;
  differences: Difference[];
  /** The layout that explains them. */
  layout?: string;
}
interface Options {
  signal: AbortSignal;
  progress: (done: number) => void;
  /** Milliseconds: replaced by tests. */
  wait?: (ms: number) => Promise<void>;
}

/** Characters after which the guest is looked at: three rows, so that all of it is still there. */
const stretch = 240;
/** A guest shows what it got a moment later: so many looks, so many milliseconds apart. */
const looks = 8;
const lookMs = 250;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Types a text into a screen and looks at what arrived, piece by piece and each before its Enter: with the wrong characters
 * nothing more is typed. What cannot be seen (a password, a picture) is typed all the same. `look`: the screen's text now.
 */
export async function typeVerified(
  target: KeyTarget,
  characters: Typed['characters'],
  layouts: Layouts,
  chosen: string,
  options: Options & { pace: Pace; look: () => Promise<Shown> },
): Promise<Outcome> {
  const { signal, progress, look, wait = pause } = options;
  const layout = layouts[chosen];
  const outcome: Outcome = { typed: 0, seen: 0, differences: [] };
  let earlier = layout && (await look().catch(() => undefined));
  for (const piece of layout ? pieces(characters) : []) {
    const before = outcome.typed;
    const send = (part: Typed['characters'], from: number) => typeKeys(target, part, { ...options, progress: (done) => progress(from + done) }); // prettier-ignore
    outcome.typed += await send(piece.line, before);
    if (signal.aborted || !layout) return outcome;
    const expected = typedIn(layout, piece.line);
    const shown = await settled(look, (now) => seenOn(now, expected).state === 'same', signal, wait);
    // A line that was typed before may be like this one, where this one is not to be seen.
    const stood = (text: string): boolean =>
      Boolean(shown && earlier && stoodThere(earlier, text, seenOn(shown, text)));
    let found = shown && seenOn(shown, expected);
    if (found?.state === 'other' && stood(expected)) found = { state: 'unseen' };
    if (found?.state === 'same') outcome.seen += piece.line.length;
    let layoutThere = shown && found?.state !== 'same' ? layoutOf(layouts, chosen, piece.line, shown) : undefined;
    const other = layoutThere === undefined ? undefined : layouts[layoutThere];
    if (other && stood(typedIn(other, piece.line))) layoutThere = undefined;
    earlier = shown;
    if (found?.state === 'other' || layoutThere !== undefined) {
      const there = layoutThere === undefined ? undefined : layouts[layoutThere];
      outcome.differences = found?.state === 'other' ? found.differences : between(expected, there ? typedIn(there, piece.line) : ''); // prettier-ignore
      return { ...outcome, ...(layoutThere !== undefined && { layout: layoutThere }) };
    }
    if (piece.end.length > 0) {
      outcome.typed += await send(piece.end, outcome.typed);
      outcome.seen += found?.state === 'same' ? piece.end.length : 0;
    }
    if (signal.aborted) return outcome;
  }
  return outcome;
}

/** Sends a text into a terminal and compares what came back. `output`: all that the console said so far. */
export async function plainVerified(
  target: { input(text: string): void; sent(): Promise<void> },
  text: string,
  options: Options & { output: () => Promise<string> },
): Promise<Outcome> {
  const { signal, output, wait = pause } = options;
  const typed = await typePlain(target, text, options);
  if (signal.aborted) return { typed, seen: 0, differences: [] };
  const lines = text.replaceAll(/\r\n?/g, '\n').split('\n');
  const shown = async (): Promise<Shown> => ({ rows: plainLines(await output()).slice(-2 * lines.length - 200), cols: 1e6 }); // prettier-ignore
  const all = (now: Shown): boolean => lines.every((line) => line.length < 3 || seenOn(now, line).state === 'same');
  const now = await settled(shown, all, signal, wait);
  const outcome: Outcome = { typed, seen: 0, differences: [] };
  for (const line of now ? lines : []) {
    const found = now && seenOn(now, line);
    if (found?.state === 'same') outcome.seen += [...line].length;
    if (found?.state === 'other') outcome.differences.push(...found.differences);
  }
  return outcome;
}

/** Lines, and long ones in stretches; the Enter of each stands apart. Pure. */
function pieces(characters: Typed['characters']): { line: Typed['characters']; end: Typed['characters'] }[] {
  const all: { line: Typed['characters'][number][]; end: Typed['characters'] }[] = [{ line: [], end: [] }];
  for (const character of characters) {
    const last = all.at(-1);
    const isEnd = character[0]?.[0]?.code === 'Enter';
    if (last && isEnd) last.end = [character];
    else last?.line.push(character);
    if (isEnd || (last?.line.length ?? 0) >= stretch) all.push({ line: [], end: [] });
  }
  return all.filter(({ line, end }) => line.length + end.length > 0);
}

async function settled(look: () => Promise<Shown>, fine: (now: Shown) => boolean, signal: AbortSignal, wait: (ms: number) => Promise<void>): Promise<Shown | undefined> {
  let last: Shown | undefined;
  for (let n = 0; n < looks && !signal.aborted; n += 1) {
    await wait(lookMs);
    // A screen that cannot be read now (a picture, a lost connection) is one that nothing is seen on.
    last = await look().catch(() => undefined);
    if (last && fine(last)) return last;
  }
  return last;
} // prettier-ignore

const between = (typed: string, arrived: string): Difference[] => {
  const there = [...arrived];
  return [...typed].flatMap((each, n) => (there[n] === each ? [] : [{ typed: each, arrived: there[n] ?? '' }]));
};
