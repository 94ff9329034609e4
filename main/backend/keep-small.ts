import { setFlagsFromString } from 'node:v8';
import { allocator } from '../contract/allocator.ts';

/**
 * Tells V8 to keep the heap near what is alive instead of letting it grow for speed: the backend mostly waits, and runs for
 * weeks beside machines that want the memory. Before anything else is loaded: what is compiled until then stays as it is.
 */
export function keepSmall(): void {
  setFlagsFromString('--optimize-for-size');
  // It is in effect since the process began; programs of others are not to inherit it.
  for (const name of Object.keys(allocator)) delete process.env[name];
}
