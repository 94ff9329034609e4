import { t } from './text.ts';

/** What is wrong with the name of a new disk; undefined when nothing is. */
export function nameProblem(name: string, taken: readonly string[]): string | undefined {
  if (taken.includes(name)) return t('attach.taken');
  return /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name) ? undefined : t('attach.bad');
}
