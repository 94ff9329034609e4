import { modifiers, press } from './key.ts';
import type { Key } from './key.ts';
import type { Typed } from './layout.ts';

/** What typing needs of a screen: noVNC's `sendKey`, and when all that was sent has been taken. */
export interface KeyTarget {
  sendKey(keysym: number, code: string | null, down: boolean): void;
  /** Resolves when nothing waits to be sent any more. */
  sent(): Promise<void>;
}

/**
 * Milliseconds for one press or release. QEMU itself keeps 10 ms between key events of a screen, and drops what comes
 * while 1024 of them wait, so being faster only loses keys (QEMU's ui/input.c and `-vnc key-delay-ms`).
 */
export const paces = { normal: 12, slow: 40 } as const;
export type Pace = keyof typeof paces;

export function sendChord(target: Pick<KeyTarget, 'sendKey'>, keys: readonly Key[]): void {
  for (const { key, down } of press(keys)) target.sendKey(key.keysym, key.code, down);
}

/** Lets go of everything that could be held down. */
export function releaseAll(target: Pick<KeyTarget, 'sendKey'>): void {
  for (const key of modifiers) target.sendKey(key.keysym, key.code, false);
}

/**
 * Types what `typeWith` made of a text, character by character, never faster than the other side takes it. Stops between
 * two characters when aborted and lets go of all modifiers. Resolves with the number of characters typed.
 */
export async function typeKeys(
  target: KeyTarget,
  characters: Typed['characters'],
  options: {
    signal: AbortSignal;
    pace: Pace;
    progress: (done: number) => void;
    /** Milliseconds: replaced by tests. */
    wait?: (ms: number) => Promise<void>;
  },
): Promise<number> {
  const { signal, pace, progress, wait = pause } = options;
  let done = 0;
  try {
    for (const strokes of characters) {
      if (signal.aborted) break;
      for (const keys of strokes) sendChord(target, keys);
      const events = strokes.reduce((sum, keys) => sum + 2 * keys.length, 0);
      await Promise.all([target.sent(), wait(events * paces[pace])]);
      done += 1;
      progress(done);
    }
  } finally {
    releaseAll(target);
  }
  return done;
}

const chunk = 32;
const chunkMs = 10;

/** Sends a text into a terminal as it is, in small pieces: a guest's line discipline holds 4 KiB and drops the rest. */
export async function typePlain(
  target: { input(text: string): void; sent(): Promise<void> },
  text: string,
  options: { signal: AbortSignal; progress: (done: number) => void; wait?: (ms: number) => Promise<void> },
): Promise<number> {
  const { signal, progress, wait = pause } = options;
  const characters = [...text.replaceAll(/\r\n?|\n/g, '\r')];
  let done = 0;
  while (done < characters.length && !signal.aborted) {
    target.input(characters.slice(done, done + chunk).join(''));
    done = Math.min(characters.length, done + chunk);
    await Promise.all([target.sent(), wait(chunkMs)]);
    progress(done);
  }
  return done;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
