import { createInterface } from 'node:readline';
import { sizeWords } from '../../backend/boxes/sticks/drives/words.ts';
import type { StickDrive } from '../../contract/box/sticks.ts';
import { ProblemError } from '../../contract/problem.ts';
import { UsageError } from '../command.ts';
import type { UsbSession } from './session.ts';

/** The drives now. Throws the Problem that kept them from being listed. */
export async function drivesNow({ sticks }: UsbSession): Promise<StickDrive[]> {
  const over = new AbortController();
  try {
    for await (const { drives, problem } of sticks.drives({}, { signal: over.signal })) {
      if (problem) throw new ProblemError(problem);
      return drives;
    }
    return [];
  } finally {
    over.abort();
  }
}

export async function findDrive(session: UsbSession, path: string): Promise<StickDrive> {
  const found = (await drivesNow(session)).find((drive) => drive.path === path);
  if (found) return found;
  throw new ProblemError({
    code: 'stick-gone',
    title: 'There is no such drive',
    detail: `${path} is none of the drives of this computer.`,
    fix: 'See them with `hearth usb list`.',
  });
}

/** One line about a drive, and one about what is on it or why it is refused. */
export const driveText = (drive: StickDrive): string =>
  `${drive.path.padEnd(14)}${sizeWords(drive.size).padStart(8)}  ${drive.name}${drive.serial ? `  (serial ${drive.serial})` : ''}\n` +
  `${' '.repeat(24)}${drive.refused ? `refused: ${drive.refused.why} [${drive.refused.code}]` : drive.content}\n`;

/** What stands for a drive in a script: its serial number, else its path. */
export const nameForScripts = (drive: StickDrive): string => drive.serial || drive.path;

/**
 * Asks for the drive's name (and a large one's size) before it is erased. `yes` and `typed` answer for scripts.
 * The size that was typed, where one is asked for. Throws UsageError; `cancelled` for any other answer.
 */
export async function confirmErase(
  drive: StickDrive,
  { yes, typed }: { yes?: string | undefined; typed?: string | undefined },
): Promise<string | undefined> {
  if (yes !== undefined) {
    if (yes !== nameForScripts(drive))
      throw new UsageError(`--yes names "${yes}", but the drive at ${drive.path} is ${nameForScripts(drive)}`);
    if (drive.typed !== undefined && typed !== drive.typed)
      throw new UsageError(`this drive is large: say --typed ${drive.typed}, its size in GB, as well`);
    return drive.typed;
  }
  if (!process.stdin.isTTY) throw new UsageError(`there is no terminal to ask on; say --yes ${nameForScripts(drive)}`);
  process.stderr.write(`\n${driveText(drive)}\nEverything on it will be erased.\n`);
  await expectAnswer(`Type its name (${drive.name}) to go on: `, drive.name);
  if (drive.typed !== undefined) await expectAnswer(`It is large. Type its size in GB (${drive.typed}): `, drive.typed);
  return drive.typed;
}

async function expectAnswer(question: string, wanted: string): Promise<void> {
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await new Promise<string>((resolve) => {
    asking.once('close', () => resolve(''));
    asking.question(question, (text) => {
      resolve(text);
      asking.close();
    });
  });
  if (answer.trim().toLowerCase() !== wanted.toLowerCase())
    throw new ProblemError({ code: 'cancelled', title: 'Cancelled', detail: 'Nothing was written.', kind: 'cancelled' });
} // prettier-ignore
