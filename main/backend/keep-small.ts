import { setFlagsFromString } from 'node:v8';

/**
 * Tells V8 to keep the heap near what is alive instead of letting it grow for speed: the backend mostly waits, and runs for
 * weeks beside machines that want the memory. Before anything else is loaded: what is compiled until then stays as it is.
 */
export const keepSmall = (): void => setFlagsFromString('--optimize-for-size');
