import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { boxWishesSchema, enrolmentSchema, stickSettingsSchema } from '../../../contract/box/settings.ts';
import type { BoxWishes, Enrolment, StickSettings } from '../../../contract/box/settings.ts';
import { randomIdSchema } from '../../../contract/box/words.ts';
import { asProblem, ProblemError } from '../../../contract/problem.ts';
import type { Problem } from '../../../contract/problem.ts';
import { openFat32 } from '../sticks/format/fat.ts';
import { findSlot, parseSlot, readSlot, slotPath, writeSlot } from '../sticks/format/slot.ts';
import type { Slot } from '../sticks/format/slot.ts';
import type { ByteTarget } from '../sticks/format/source.ts';
import { handleTarget } from '../sticks/format/source.ts';
import type { Medium } from './medium.ts';

/** What a stick says, as far as it can be used. */
export interface StickWords {
  wishes: BoxWishes;
  installId: string;
  enrolment?: Enrolment;
  /** Written back by an installation from this stick. */
  done?: { at: string; disk: string; boxId: string };
  /** There are settings, and every field of them is right. */
  settings: boolean;
  /** They could not be used, so defaults hold; names the fields. */
  problem?: Problem;
}

export const defaultWishes = (): BoxWishes => boxWishesSchema.parse({});

/**
 * Reads the settings of the stick the box was started from; never throws: what cannot be used becomes a problem, and
 * the defaults hold, which erase nothing without being told. A stick without settings was written by another program.
 */
export async function readStickWords(medium: Medium, volume: string | undefined): Promise<StickWords> {
  const none: StickWords = { wishes: defaultWishes(), installId: idOfVolume(volume), settings: false };
  let value: unknown;
  try {
    value = await slotValue(medium);
  } catch (error) {
    return { ...none, problem: asProblem(error) };
  }
  if (value === undefined) return none;
  const checked = stickSettingsSchema.safeParse(value);
  if (checked.success) {
    const { version: _, installId, enrolment, done, ...wishes } = checked.data;
    return { wishes, installId, settings: true, ...(enrolment && { enrolment }), ...(done && { done }) };
  }
  // Its name and its trust are worth keeping where they are whole: so its app still reaches the box and can say what is wrong.
  const part = value as { installId?: unknown; enrolment?: unknown };
  const enrolment = enrolmentSchema.safeParse(part.enrolment).data;
  const fields = Object.fromEntries(
    checked.error.issues.map(({ path, message }) => [path.map(String).join('.') || 'settings', message]),
  );
  return {
    ...none,
    installId: randomIdSchema.safeParse(part.installId).data ?? none.installId,
    ...(enrolment && { enrolment }),
    problem: settingsWrong(fields),
  };
}

/** The same for one stick at every start: from the number of its file system. */
export const idOfVolume = (volume: string | undefined): string =>
  createHash('sha256')
    .update(`hearth-stick ${volume?.toUpperCase() ?? 'unknown'}`)
    .digest('hex')
    .slice(0, 32);

async function slotValue(medium: Medium): Promise<unknown> {
  if (medium.device === undefined) {
    const bytes = await readFile(join(medium.folder, slotPath)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    return bytes && parseSlot(bytes);
  }
  // Over the device: what was written there is not seen through the mounted file system.
  const handle = await open(medium.device, 'r');
  try {
    const source = await handleTarget(handle);
    const fat = await openFat32(source, 0);
    if (!(await fat.find(slotPath))) return undefined;
    return await readSlot(source, await findSlot(source, fat));
  } finally {
    await handle.close();
  }
}

/** Rewrites the settings in place by `change`; nothing happens where there are none. Throws what the slot's code throws. */
export const changeSlot = (
  medium: Medium,
  change: (settings: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> =>
  withSlot(medium, async (target, slot) => {
    const now = await readSlot(target, slot);
    if (typeof now === 'object' && now !== null) await writeSlot(target, slot, change(now as Record<string, unknown>));
  });

/** Overwrites the settings in place, whatever is there. */
export const replaceSlot = (medium: Medium, settings: StickSettings): Promise<void> =>
  withSlot(medium, (target, slot) => writeSlot(target, slot, settings));

async function withSlot(medium: Medium, work: (target: ByteTarget, slot: Slot) => Promise<void>): Promise<void> {
  const handle = await open(medium.device ?? join(medium.folder, slotPath), 'r+');
  try {
    const target = await handleTarget(handle);
    const file = { offset: 0, size: target.size };
    await work(target, medium.device === undefined ? file : await findSlot(target, await openFat32(target, 0)));
  } finally {
    await handle.close();
  }
}

function settingsWrong(fields: Record<string, string>): Problem {
  const named = Object.entries(fields).map(([field, message]) => `${field}: ${message}`);
  return new ProblemError({
    code: 'stick-settings-wrong',
    title: 'The settings on the stick cannot be used',
    detail: named.slice(0, 8).join(' ') + (named.length > 8 ? ` And ${named.length - 8} more.` : ''),
    cause: 'The file was edited by hand, or another version of Hearth wrote it.',
    fix: 'Write the stick anew. Until then the box goes on with its defaults and erases nothing without your word.',
    fields,
  }).problem;
}
