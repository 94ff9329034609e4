/** Of Node and of browsers alike; the types of neither belong here. */
declare const performance: { readonly timeOrigin: number; now(): number };

/**
 * Milliseconds that count on evenly, whatever happens to the clock of the computer: for how long something takes, waits or
 * is good for. About the time of day when the process began, so that 0 is long ago; no date, and nothing to keep in a file.
 */
export const monotonic = (): number => performance.timeOrigin + performance.now();
