import type { AgentPlaces } from '../places.ts';
import { must, putFile, textOf } from './commands.ts';
import type { Run } from './commands.ts';

/** /etc/default/keyboard by keyboard(5); `layout`: `de` or, with a variant, `ch+fr`. */
export function keyboardText(layout: string): string {
  const [name = 'us', variant = ''] = layout.split('+');
  return `XKBMODEL="pc105"\nXKBLAYOUT="${name}"\nXKBVARIANT="${variant}"\nXKBOPTIONS=""\nBACKSPACE="guess"\n`;
}

const chosen = (text: string): string =>
  ['XKBLAYOUT', 'XKBVARIANT'].map((name) => new RegExp(`^${name}="?([^"\n]*)`, 'm').exec(text)?.[1] ?? '').join('+');

export async function setKeyboard(places: AgentPlaces, run: Run, layout: string): Promise<void> {
  const path = places.at('/etc/default/keyboard');
  const wanted = keyboardText(layout);
  if (chosen((await textOf(path)) ?? '') === chosen(wanted)) return;
  await putFile(path, wanted);
  await must(run, 'The keyboard', ['setupcon', '--force', '--save'], { timeoutMs: 60_000 });
}
