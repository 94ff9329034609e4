import { uptime } from 'node:os';

/** Date of the moment when this computer's uptime was 0, as the clock said when this process began. */
const origin = Date.now() - uptime() * 1000;

/**
 * Milliseconds since 1970 by the clock as it was when this process began, counted on evenly: a clock that is set ends no
 * session and no wait early and makes none longer. Unlike `monotonic` it goes on while the computer sleeps.
 */
export const steadyNow = (): number => origin + uptime() * 1000;

/**
 * For taking away what is old: no later than either clock says. A clock that was set ahead while Hearth runs (by years, where a
 * battery is empty) throws nothing away before its time.
 */
export const cautiousNow = (): number => Math.min(Date.now(), steadyNow());
