import { setFlagsFromString } from 'node:v8';
import { allocator } from '../contract/allocator.ts';

/**
 * Tells V8 to keep the heap near what is alive instead of letting it grow for speed: the backend mostly waits, and runs for
 * weeks beside machines that want the memory. Its second compiler, Maglev, is enough for that: the third one's work takes memory
 * and gains nothing here. Code that was not called for two collections goes, and is compiled again when it is. Before anything
 * else is loaded: what is compiled until then stays as it is. `npm run bench -- thousands thousands-page` shows what comes of it.
 */
export function keepSmall(): void {
  for (const flag of ['--optimize-for-size', '--no-turbofan', '--bytecode-old-age=2']) setFlagsFromString(flag);
  // It is in effect since the process began; programs of others are not to inherit it.
  for (const name of Object.keys(allocator)) delete process.env[name];
}
