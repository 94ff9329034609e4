import { statfsSync } from 'node:fs';
import type { Log } from '../kube/context.ts';
import { Reserve } from '../machine/vmi/reserve.ts';

/** With less than this free an engine that starts may not be able to write what it has to, in bytes. */
const little = 8 * 2 ** 20;

/** At start: where the disk is full the space that is kept aside is given up. Returns plain words about it, if it is. */
export function giveWay(root: string, log: Log): string | undefined {
  const { bavail, bsize } = statfsSync(root);
  if (bavail * bsize >= little) return undefined;
  new Reserve(root, log).give();
  const text = `The disk of the data folder is full (${root}). What is there can be read and running machines go on, but changes may not be saved until there is space again. Free some space.`;
  log.warn({ root, free: bavail * bsize }, text);
  return text;
}
