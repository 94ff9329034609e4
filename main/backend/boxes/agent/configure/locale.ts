import { stat } from 'node:fs/promises';
import { ProblemError } from '../../../../contract/problem.ts';
import type { AgentPlaces } from '../places.ts';
import { must, putFile } from './commands.ts';
import type { Run } from './commands.ts';

/** Texts in the chosen language where the image has them; always UTF-8. A language alone takes glibc's usual country. */
export function localeText(language: string): string {
  const lang = language.includes('_') ? `${language}.UTF-8` : 'C.UTF-8';
  return `LANG=${lang}\nLANGUAGE=${language}\n`;
}

/** Sets the clock's zone. Throws `time-zone-unknown` when the tz database of the image has no such zone. */
export async function setTimeZone(places: AgentPlaces, run: Run, timeZone: string): Promise<void> {
  const zone = await stat(places.at(`/usr/share/zoneinfo/${timeZone}`)).catch(() => undefined);
  if (!zone?.isFile())
    throw new ProblemError({
      code: 'time-zone-unknown',
      title: 'There is no such time zone',
      detail: `The box knows no ${timeZone}.`,
      fix: 'Choose one of the tz database, such as Europe/Berlin.',
      fields: { timeZone: 'Not in the tz database of the box.' },
    });
  // Both are what timedatectl writes; it is not asked, so that this also works before D-Bus is there.
  await putFile(places.at('/etc/timezone'), `${timeZone}\n`);
  await must(run, 'The time zone', ['ln', '-sfn', `/usr/share/zoneinfo/${timeZone}`, places.at('/etc/localtime')]);
}

export async function setLanguage(places: AgentPlaces, language: string): Promise<void> {
  // The second is what systemd reads.
  for (const path of ['/etc/default/locale', '/etc/locale.conf']) await putFile(places.at(path), localeText(language));
}
