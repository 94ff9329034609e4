import type { AgentPlaces } from '../places.ts';
import { must, putFile } from './commands.ts';
import type { Run } from './commands.ts';

/** /etc/default/keyboard by keyboard(5); `layout`: `de` or, with a variant, `ch+fr`. */
export function keyboardText(layout: string): string {
  const [name = 'us', variant = ''] = layout.split('+');
  return `XKBMODEL="pc105"\nXKBLAYOUT="${name}"\nXKBVARIANT="${variant}"\nXKBOPTIONS=""\nBACKSPACE="guess"\n`;
}

export async function setKeyboard(places: AgentPlaces, run: Run, layout: string): Promise<void> {
  if (!(await putFile(places.at('/etc/default/keyboard'), keyboardText(layout)))) return;
  await must(run, 'The keyboard', ['setupcon', '--force', '--save'], { timeoutMs: 60_000 });
}
