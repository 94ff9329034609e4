import { describe, expect, it } from 'vitest';
import { layoutOf, plainLines, seenOn, typedIn } from '../../../renderer/features/console/keys/arrived.ts';
import type { Shown } from '../../../renderer/features/console/keys/arrived.ts';
import type { Key } from '../../../renderer/features/console/keys/key.ts';
import { loadLayouts, typeWith } from '../../../renderer/features/console/keys/layout.ts';
import { plainVerified, typeVerified } from '../../../renderer/features/console/keys/verified.ts';

const layouts = await loadLayouts();
const instantly = (): Promise<void> => Promise.resolve();
const layout = (name: string) => layouts[name] ?? expect.fail(`no layout ${name}`);
const typed = (name: string, text: string) => typeWith(layout(name), text).characters;

/** A text console as a guest with that layout draws it, from the keys that come. */
function guest(
  name: string,
  options: { cols?: number; height?: number; hidden?: boolean; loses?: (n: number) => boolean } = {},
) {
  const { cols = 80, height = 25, loses = () => false } = options;
  let { hidden = false } = options;
  const down: Key[] = [];
  const lines = ['guest login: ada', '$ '];
  const entered: string[] = [];
  let line = '';
  let keys = 0;
  return {
    entered,
    hide: (): void => void (hidden = true),
    /** Ctrl+C: the line stays on the screen, and a new one begins. */
    giveUp(): void {
      lines[lines.length - 1] += `${line}^C`;
      lines.push('$ ');
      line = '';
    },
    sendKey(keysym: number, code: string | null, isDown: boolean): void {
      const at = down.findIndex((key) => key.code === code);
      if (!isDown) return void (at >= 0 && down.splice(at, 1));
      down.push({ keysym, code });
      if (/^(Shift|Alt|Control|Meta)/.test(code ?? '') || loses((keys += 1))) return;
      const text = typedIn(layout(name), [[[...down]]]);
      if (text === '\n') {
        entered.push(line);
        lines[lines.length - 1] += hidden ? '' : line;
        lines.push('$ ');
        line = '';
      } else line += text;
    },
    sent: instantly,
    look: (): Promise<Shown> => {
      const all = [...lines.slice(0, -1), (lines.at(-1) ?? '') + (hidden ? '' : line)];
      const rows = all.flatMap((each) => each.match(new RegExp(`.{1,${cols}}`, 'g')) ?? ['']);
      return Promise.resolve({ rows: rows.slice(-height).map((row) => row.trimEnd()), cols });
    },
  };
}
const send = (to: ReturnType<typeof guest>, chosen: string, text: string) =>
  typeVerified(to, typed(chosen, text), layouts, chosen, {
    signal: new AbortController().signal, pace: 'normal', progress: () => undefined, wait: instantly, look: () => to.look(),
  }); // prettier-ignore

describe('a text that was typed into a screen', () => {
  it('is seen to have arrived, all 2,000 characters, over rows and lines', async () => {
    const line = 'The quick brown fox; jumps over {13} lazy dogs | grep -c "x" > /tmp/y # Zoe ';
    const text = line.repeat(27).slice(0, 2000);
    const one = guest('us');
    expect(await send(one, 'us', `${text}\n`)).toEqual({ typed: 2001, seen: 2001, differences: [] });
    expect(one.entered).toEqual([text]);
    const lines = `${text.replaceAll(';', '\n')}\n`;
    const many = guest('de', { cols: 100, height: 37 });
    const { seen, typed: count, differences } = await send(many, 'de', lines);
    expect([differences, count]).toEqual([[], lines.length]);
    expect(seen).toBeGreaterThan(lines.length * 0.98);
    expect(many.entered.join('\n')).toBe(lines.trimEnd());
  });
  it('in another layout is noticed before its Enter, with the characters that differ and the layout there', async () => {
    const there = guest('us');
    const result = await send(there, 'de', 'crazy lazy: zip -y\nrm -rf /\n');
    expect(there.entered).toEqual([]);
    expect(result).toMatchObject({ typed: 18, seen: 0, layout: 'us' });
    expect(result.differences).toContainEqual({ typed: 'z', arrived: 'y' });
    expect(result.differences).toContainEqual({ typed: ':', arrived: '>' });
    const back = await send(guest('de'), 'us', 'crazy lazy: zip -y\n');
    expect([back.layout, back.differences.length > 3]).toEqual([expect.stringMatching(/^(de|at)/), true]);
  });
  it('that a guest lost keys of is told with what is missing', async () => {
    const { differences } = await send(guest('us', { loses: (n) => n === 17 }), 'us', 'echo one two three four');
    expect(differences.length).toBeGreaterThan(0);
    expect(differences.at(-1)).toEqual({ typed: 'r', arrived: '' });
  });
  it('of which nothing is to be seen (a password) is typed to its end, and nothing is said of it', async () => {
    const there = guest('us', { hidden: true });
    expect(await send(there, 'us', 'correct-horse\n')).toEqual({ typed: 14, seen: 0, differences: [] });
    expect(there.entered).toEqual(['correct-horse']);
  });
  it('is not taken for a line like it that stood there before, unless that came once more', async () => {
    const line = 'echo abcdefghij klmnop > /tmp/one';
    const hides = guest('us');
    await send(hides, 'us', `${line}\n`);
    hides.hide();
    const like = line.replace('abc', 'xbc');
    expect(await send(hides, 'us', `${like}\n`)).toEqual({ typed: like.length + 1, seen: 0, differences: [] });
    expect(hides.entered).toEqual([line, like]);
    // The same mistake twice is told twice: the guest has the US layout, and its first line was deleted unsent.
    const there = guest('us');
    const first = await send(there, 'de', 'crazy lazy: zip -y\n');
    there.giveUp();
    const again = await send(there, 'de', 'crazy lazy: zip -y\n');
    expect(again).toEqual(first);
    expect(first.layout).toBe('us');
  });
  it('whose cells cannot be read counts neither way', () => {
    expect(seenOn({ rows: ['$ ls \uFFFDtmp'], cols: 80 }, 'ls /tmp')).toMatchObject({ state: 'same' });
    expect(seenOn({ rows: ['\uFFFD'.repeat(80)], cols: 80 }, 'ls /tmp')).toEqual({ state: 'unseen' });
    expect(seenOn({ rows: ['something else'], cols: 80 }, 'ls /tmp')).toEqual({ state: 'unseen' });
    // The console's font has no acute accent, and one glyph for sharp s and beta.
    expect(seenOn({ rows: ["$ echo ' groβ z"], cols: 80 }, 'echo ´ groß z')).toMatchObject({ state: 'same' });
    expect(seenOn({ rows: ["$ echo ' groβ y"], cols: 80 }, 'echo ´ groß z')).toMatchObject({ state: 'other' });
  });
});

it.each(['us', 'gb', 'de', 'fr', 'es', 'it', 'ch', 'se', 'dk', 'be', 'pt', 'br', 'pl', 'cz'].filter((name) => layouts[name]))(
  'what is typed for %s reads back in a guest with it, and is told from another one',
  (name) => {
    const text = 'az{}[]()<>|\\/;:.,?!@#$%&*+-="\'^`~_ QWYM 0123456789';
    const { characters, unmappable } = typeWith(layout(name), text);
    const left = [...text].filter((sign) => unmappable.every(({ character }) => character !== sign)).join('');
    expect(typedIn(layout(name), characters)).toBe(left);
    const shown = { rows: [`$ ${left}`], cols: 100 };
    for (const other of ['us', 'de', 'fr'].filter((each) => each !== name)) {
      const meant = typeWith(layout(other), text).characters;
      const there = { rows: [`$ ${typedIn(layout(name), meant)}`], cols: 100 };
      const found = layoutOf(layouts, other, meant, there);
      expect(found && typedIn(layout(found), meant)).toBe(typedIn(layout(name), meant));
    }
    expect(seenOn(shown, left)).toMatchObject({ state: 'same' });
  },
); // prettier-ignore

describe('a text that was sent into a terminal', () => {
  it('is compared with its echo, without colours and what a shell writes to wrap', async () => {
    const text = 'echo "a long line that wraps"; ls --color\nsecond line';
    const echo = '\u001B[32mada@x\u001B[0m:~$ echo "a long line  \rthat wraps"; ls --color\r\n\u001B]0;title\u0007ada$ second line';
    expect(plainLines(echo)[1]).toBe('ada$ second line');
    const target = { input: () => undefined, sent: instantly };
    const options = { signal: new AbortController().signal, progress: () => undefined, wait: instantly };
    const whole = echo;
    expect(await plainVerified(target, text, { ...options, output: () => Promise.resolve(whole) })).toEqual({ typed: 53, seen: 52, differences: [] });
    const wrong = await plainVerified(target, text, { ...options, output: () => Promise.resolve(whole.replace('second', 'secund')) });
    expect(wrong.differences).toEqual([{ typed: 'o', arrived: 'u' }]);
  });
}); // prettier-ignore
