// Loaded into every Node process of the Hearth that is soaked: tells its live heap, so that garbage is not taken for a leak.
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

const folder = process.env['HEARTH_SOAK_PROBE'];
if (folder && isMainThread) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  let rounds = 0;
  // A full collection costs some hundredths of a second: rare enough not to change what is measured.
  const timer = setInterval(() => {
    rounds += 1;
    collect();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    const file = join(folder, `${process.pid}.json`);
    writeFileSync(`${file}.new`, JSON.stringify({ rounds, heapUsed, external, arrayBuffers }));
    renameSync(`${file}.new`, file);
  }, 15_000);
  timer.unref();
}
