import { runningInstance } from './instance.ts';
import { failed, passed, refOf } from './look-types.ts';
import type { Looker } from './look-types.ts';
import { textMisfit } from './text-test.ts';

/** Text on the screen, read by its glyphs: no agent and no network is needed. */
export const lookAtScreen: Looker<'screen'> = async ({ machine, ...test }, context, signal) => {
  const { off } = await runningInstance(context, machine, signal);
  if (off !== undefined) return failed(off);
  const { rows, unreadable } = await context.consoles.screenText(refOf(context, machine), signal);
  const misfit = await textMisfit(rows.join('\n'), test, `The screen of ${machine}`);
  if (misfit === undefined) return passed;
  // Another font, or a picture: then nothing can be said of the text.
  const foreign = unreadable > 0 && rows.join('').replaceAll(/[\s\uFFFD]/g, '').length < unreadable;
  return failed(foreign ? `${misfit} Most of it is no text that can be read.` : misfit);
};
