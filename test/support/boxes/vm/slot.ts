import { open } from 'node:fs/promises';
import { findSlot, readSlot } from '../../../../main/backend/boxes/sticks/format/slot.ts';
import { handleTarget } from '../../../../main/backend/boxes/sticks/format/source.ts';

/** The settings on a stick that is a file. */
export async function readOpenSlot(path: string): Promise<unknown> {
  const handle = await open(path, 'r');
  try {
    const source = await handleTarget(handle);
    return await readSlot(source, await findSlot(source));
  } finally {
    await handle.close();
  }
}
