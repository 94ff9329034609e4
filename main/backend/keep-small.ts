import { setFlagsFromString } from 'node:v8';
import { allocator } from '../contract/allocator.ts';

/**
 * Tells V8 to keep the heap near what is alive instead of letting it grow for speed: the backend mostly waits, and runs for
 * weeks beside machines that want the memory. Its second compiler, Maglev, is enough for that; the third one's work takes a
 * tenth of the memory and gains nothing here. Before anything else is loaded: what is compiled until then stays as it is.
 */
export function keepSmall(): void {
  setFlagsFromString('--optimize-for-size');
  setFlagsFromString('--no-turbofan');
  // It is in effect since the process began; programs of others are not to inherit it.
  for (const name of Object.keys(allocator)) delete process.env[name];
}
