import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Whether this computer has a bridge of that name (Linux; elsewhere never). */
export const hasBridge = (name: string): boolean =>
  /^[\w.-]{1,15}$/.test(name) && !/^\.+$/.test(name) && existsSync(join('/sys/class/net', name, 'bridge'));
