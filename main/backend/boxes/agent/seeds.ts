import type { BoxWishes, Enrolment } from '../../../contract/box/settings.ts';
import { agentPlaces } from './places.ts';

export interface SeedFile {
  /** Below the root of the installed system, e.g. /var/lib/hearth/agent/wishes.json. */
  path: string;
  text: string;
}

/**
 * What the installer writes onto the disk (mode 0600, root) so that the installed box knows its wishes, and can still be
 * paired by the stick's secret where that was not used yet.
 */
export function seedFiles({ wishes, enrolment }: { wishes: BoxWishes; enrolment?: Enrolment }): SeedFile[] {
  const places = agentPlaces('/');
  const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
  return [
    { path: places.wishes, text: json(wishes) },
    ...(enrolment ? [{ path: places.enrolment, text: json(enrolment) }] : []),
  ];
}
