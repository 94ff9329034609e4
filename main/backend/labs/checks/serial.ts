import { failed, passed, refOf } from './look-types.ts';
import type { Looker } from './look-types.ts';
import { textMisfit } from './text-test.ts';
import { plainText } from './terminal-text.ts';

/** What the serial console said, as far as it is kept. It is there after the machine is off, too. */
export const lookAtSerial: Looker<'serial'> = async ({ machine, since, ...test }, context) => {
  const mark = since === 'step' ? context.mark(machine) : undefined;
  const { text } = await context.consoles.serialText(refOf(context, machine), mark);
  const misfit = await textMisfit(plainText(text), test, `The serial console of ${machine}`);
  return misfit === undefined ? passed : failed(misfit);
};
