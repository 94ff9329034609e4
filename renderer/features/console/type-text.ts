import type RFB from '@novnc/novnc';
import { press, typeText } from './keys.ts';
import type { Key } from './keys.ts';

/** A PS/2 keyboard's queue holds 16 bytes: faster than this and characters get lost. */
const pause = 15;

export function sendChord(rfb: RFB, keys: Key[]): void {
  for (const { key, down } of press(keys)) rfb.sendKey(key.keysym, key.code, down);
}

/** Types a text, key by key; stops when aborted. */
export async function sendText(
  rfb: RFB,
  text: string,
  signal: AbortSignal,
  progress: (done: number) => void,
): Promise<void> {
  const strokes = typeText(text);
  for (const [at, keys] of strokes.entries()) {
    if (signal.aborted) return;
    sendChord(rfb, keys);
    if (at % 20 === 0) progress(at);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  progress(strokes.length);
}
