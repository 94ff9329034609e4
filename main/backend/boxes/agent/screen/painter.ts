import type { Screen } from '../parts.ts';
import { render } from './view.ts';
import type { Line } from './text.ts';
import type { View } from './view.ts';

const colours = { title: '1;37;44', strong: '1', bad: '1;31', dim: '90' } as const;
const escape = '\u001B[';

/** Milliseconds after which all is drawn anew: a change of the console's font or driver wipes the screen. */
const renewAfter = 30_000;

/** Draws a view onto a screen, each time only the lines that changed. */
export function createPainter(screen: Screen): { draw(view: View): void } {
  let drawn: string[] = [];
  let size = '';
  let renewed = 0;
  return {
    draw(view) {
      const { columns, rows } = screen.size();
      const lines = render(view, { columns, rows }).map((line) => dressed(line, columns));
      let out = '';
      if (size !== `${columns}x${rows}`) {
        // UTF-8, no cursor, no blanking, a clear screen.
        out += `\u001B%G${escape}?25l${escape}9;0]${escape}0m${escape}2J`;
        renewed = 0;
        size = `${columns}x${rows}`;
      }
      if (view.now - renewed >= renewAfter) {
        drawn = [];
        renewed = view.now;
      }
      for (const [index, line] of lines.entries())
        if (drawn[index] !== line) out += `${escape}${index + 1};1H${escape}0m${line}${escape}0m${escape}K`;
      drawn = lines;
      if (out !== '') screen.write(out);
    },
  };
}

function dressed({ text, tone }: Line, columns: number): string {
  if (!tone) return text;
  const padded = tone === 'title' ? text.padEnd(columns - 1) : text;
  // A code beside the words keeps its plain colours: cameras need the contrast.
  const picture = padded.search(/[█▀▄]/);
  const words = picture < 0 ? padded : padded.slice(0, picture);
  return `${escape}${colours[tone]}m${words}${escape}0m${picture < 0 ? '' : padded.slice(picture)}`;
}
