import { resolve } from 'node:path';
import { placeOfKind } from '../contract/opened-file.ts';

/**
 * Place that shows the file which a program was started with (a double click); undefined where there is none that Hearth opens.
 * Nothing else is taken from a command line: no addresses, no options, no scheme of our own is registered with the system.
 * `folder`: where the program was started. Pure.
 */
export function placeOfArguments(args: readonly string[], folder: string): string | undefined {
  const file = args.slice(1).findLast((arg) => !arg.startsWith('-') && !/^[a-z][a-z0-9+.-]+:\/\//i.test(arg));
  if (file === undefined || /\p{Cc}/u.test(file)) return undefined;
  const path = resolve(folder, file);
  const place = placeOfKind(path);
  return place === undefined ? undefined : place + Buffer.from(path).toString('base64url');
}
