import { writeSync } from 'node:fs';
import { runHelper } from '../../../main/backend/boxes/sticks/helper/run.ts';

// The helper with one thing more: loop devices count as sticks.
process.exitCode = await runHelper(process.argv.slice(2), {
  stdin: process.stdin,
  policy: { loops: true },
  tell: (event) => void writeSync(1, `${JSON.stringify(event)}\n`),
});
