import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { SystemGuess } from '../../../contract/image-system.ts';
import { readDisc } from './disc.ts';
import { guessByDisc, guessByName } from './guess.ts';

/** The system on a file of this computer: by its header if it is a disc, else by its name. Throws what reading throws. */
export async function identifyFile(path: string, fileName = basename(path)): Promise<SystemGuess | undefined> {
  const file = await open(path, 'r');
  try {
    const disc = await readDisc(async (offset, length) => {
      const buffer = Buffer.alloc(length);
      const { bytesRead } = await file.read(buffer, 0, length, offset);
      return buffer.subarray(0, bytesRead);
    });
    return (disc && guessByDisc(disc, fileName)) ?? guessByName(fileName);
  } finally {
    await file.close();
  }
}

/** The system by an address: by the name of the file at its end. */
export function identifyAddress(url: string): SystemGuess | undefined {
  const last = new URL(url).pathname.split('/').findLast(Boolean) ?? '';
  try {
    return guessByName(decodeURIComponent(last));
  } catch {
    return guessByName(last);
  }
}
