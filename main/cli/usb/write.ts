import { resolve } from 'node:path';
import { driveRefused } from '../../backend/boxes/sticks/drives/problems.ts';
import type { StickPlace } from '../../contract/box/sticks.ts';
import { ProblemError } from '../../contract/problem.ts';
import { firstLine } from '../appliance/ask.ts';
import { exit, readOptions, UsageError } from '../command.ts';
import { confirmErase, findDrive } from './drive.ts';
import { followStick, print } from './follow.ts';
import { openUsbSession } from './session.ts';
import type { UsbSession } from './session.ts';
import { readWishes, wishOptions } from './settings.ts';

const context = { signal: new AbortController().signal };
const placeOptions = {
  file: { type: 'string' },
  json: { type: 'boolean', default: false },
  'data-dir': { type: 'string' },
  'password-stdin': { type: 'boolean', default: false },
} as const;

/** The drive of the arguments, or `--file`. */
function readTarget(args: string[]): { drive: string | undefined; rest: string[] } {
  const [first, ...rest] = args;
  return first !== undefined && !first.startsWith('--') ? { drive: first, rest } : { drive: undefined, rest: args };
}

/** Writes an image and its settings to a drive, or to a plain file. */
export async function write(args: string[]): Promise<number> {
  const { drive: path, rest } = readTarget(args);
  const values = readOptions(rest, {
    ...placeOptions,
    ...wishOptions,
    image: { type: 'string' },
    overwrite: { type: 'boolean', default: false },
    yes: { type: 'string' },
    typed: { type: 'string' },
    'full-check': { type: 'boolean', default: false },
    'enrol-days': { type: 'string', default: '7' },
    'no-enrol': { type: 'boolean', default: false },
  });
  if ((path === undefined) === (values.file === undefined)) throw new UsageError('name one drive, or --file FILE');
  const days = Number(values['enrol-days']);
  if (!Number.isInteger(days) || days < 1 || days > 30) throw new UsageError('--enrol-days must be from 1 to 30');
  const wishes = await readWishes(values);
  const session = await openUsbSession(values['data-dir']);
  try {
    const image = values.image === undefined ? await newestImage(session) : resolve(values.image);
    const place = await readPlace(session, path, values);
    const sudo = values['password-stdin'] ? await firstLine('the password') : undefined;
    const { taskId } = await session.sticks.write(
      {
        image,
        place,
        wishes,
        fullCheck: values['full-check'],
        ...(!values['no-enrol'] && { enrol: { days } }),
        ...(sudo !== undefined && { sudo }),
      },
      context,
    );
    const code = await followStick(session, taskId, values.json);
    if (code === exit.ok && !values.json)
      process.stderr.write(`\n${place.type === 'drive' ? 'The stick is written and was read back. It can be unplugged.' : `${place.path} is written and was read back.`}\n`); // prettier-ignore
    return code;
  } finally {
    await session.close();
  }
}

async function readPlace(
  session: UsbSession,
  path: string | undefined,
  values: { file?: string | undefined; overwrite: boolean; yes?: string | undefined; typed?: string | undefined },
): Promise<StickPlace> {
  if (path === undefined) return { type: 'file', path: resolve(values.file ?? ''), overwrite: values.overwrite };
  const drive = await findDrive(session, path);
  // Refused before anybody is asked to type its name.
  if (drive.refused) throw driveRefused(drive.name, drive.refused.why);
  const typed = await confirmErase(drive, values);
  return { type: 'drive', path, key: drive.key, ...(typed !== undefined && { typed }) };
}

async function newestImage({ sticks }: UsbSession): Promise<string> {
  const { images, canBuild } = await sticks.images({}, context);
  const newest = images.find(({ problem }) => !problem);
  if (newest) return newest.path;
  throw new ProblemError({
    code: 'image-not-there',
    title: 'There is no image of a box yet',
    detail: 'None was built or added here.',
    fix: canBuild ? 'Build one with `hearth usb build`, or say --image FILE.' : 'Say --image FILE.',
  });
}

/** Reads a stick, or an image in a file, again; exit code 1 when it is damaged or foreign. */
export async function verify(args: string[]): Promise<number> {
  const { drive: path, rest } = readTarget(args);
  const values = readOptions(rest, placeOptions);
  if ((path === undefined) === (values.file === undefined)) throw new UsageError('name one drive, or --file FILE');
  const session = await openUsbSession(values['data-dir']);
  try {
    const place: StickPlace =
      path === undefined
        ? { type: 'file', path: resolve(values.file ?? ''), overwrite: false }
        : { type: 'drive', path, key: (await findDrive(session, path)).key };
    const sudo = values['password-stdin'] ? await firstLine('the password') : undefined;
    const { taskId } = await session.sticks.verify({ place, ...(sudo !== undefined && { sudo }) }, context);
    let code: number = exit.failed;
    try {
      code = await followStick(session, taskId, values.json);
    } finally {
      const look = await session.sticks.look({ taskId }, context);
      if (look && values.json) print({ event: 'look', ...look });
      else if (look)
        process.stdout.write(
          `\n${look.verdict}: ${look.why}\n${look.image ? `Hearth ${look.image.version} of ${look.image.builtAt}, ${look.image.base}, signed by ${look.image.signedBy}\n` : ''}`,
        );
    }
    return code;
  } finally {
    await session.close();
  }
}
