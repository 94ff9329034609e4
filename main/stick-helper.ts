import { writeSync } from 'node:fs';
import { runHelper } from './backend/boxes/sticks/helper/run.ts';

// The one program of Hearth that becomes root for a stick; started by its own words only (helper/contract.ts).
// Whose programs it calls is not for the caller's environment to say, whatever the way to root left of it.
if (process.platform !== 'win32')
  process.env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin', LC_ALL: 'C' };
// Written at once: the last line must be out before it ends.
process.exitCode = await runHelper(process.argv.slice(2), {
  stdin: process.stdin,
  tell: (event) => void writeSync(1, `${JSON.stringify(event)}\n`),
});
