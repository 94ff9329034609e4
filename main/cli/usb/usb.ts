import { writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { runHelper } from '../../backend/boxes/sticks/helper/run.ts';
import { sizeWords } from '../../backend/boxes/sticks/drives/words.ts';
import { exit, exitText, readOptions, UsageError } from '../command.ts';
import type { Command } from '../command.ts';
import { drivesNow, driveText } from './drive.ts';
import { followStick, print } from './follow.ts';
import { openUsbSession } from './session.ts';
import { wishHelp } from './settings.ts';

const context = { signal: new AbortController().signal };
const common = { json: { type: 'boolean', default: false }, 'data-dir': { type: 'string' } } as const;

async function list(args: string[]): Promise<number> {
  const values = readOptions(args, common);
  const session = await openUsbSession(values['data-dir']);
  try {
    const drives = await drivesNow(session);
    if (values.json) print({ drives });
    else process.stdout.write(drives.map(driveText).join('') || 'No drives.\n');
    return exit.ok;
  } finally {
    await session.close();
  }
}

async function images(args: string[]): Promise<number> {
  const values = readOptions(args, { ...common, add: { type: 'string' } });
  const session = await openUsbSession(values['data-dir']);
  try {
    const added = values.add === undefined ? undefined : await session.sticks.addImage({ path: resolve(values.add) }, context); // prettier-ignore
    const all = await session.sticks.images({}, context);
    if (values.json) print(all);
    else
      for (const { path, facts, problem } of all.images)
        process.stdout.write(
          `${path}\n  ${facts ? `Hearth ${facts.version}, ${sizeWords(facts.size)}, ${facts.base}, ${facts.payload}, signed by ${facts.signedBy}` : `${problem?.title}: ${problem?.detail}`}\n`,
        );
    if (added?.problem && !values.json) process.stderr.write(`${added.problem.title}: ${added.problem.detail}\n`);
    return added?.problem ? exit.failed : exit.ok;
  } finally {
    await session.close();
  }
}

async function build(args: string[]): Promise<number> {
  const values = readOptions(args, { ...common, bundle: { type: 'string' } });
  const session = await openUsbSession(values['data-dir']);
  try {
    const bundle = values.bundle === undefined ? {} : { bundle: resolve(values.bundle) };
    const { taskId } = await session.sticks.build(bundle, context);
    return await followStick(session, taskId, values.json);
  } finally {
    await session.close();
  }
}

const subcommands: Record<string, (args: string[]) => Promise<number>> = {
  list,
  images,
  build,
  write: async (args) => (await import('./write.ts')).write(args),
  verify: async (args) => (await import('./write.ts')).verify(args),
  helper: (args) =>
    runHelper(args, { stdin: process.stdin, tell: (event) => void writeSync(1, `${JSON.stringify(event)}\n`) }),
};

export const usbCommand: Command = {
  usage: `Usage: hearth usb list
       hearth usb images [--add FILE]
       hearth usb build [--bundle FILE]
       hearth usb write DRIVE|--file FILE [--image FILE] [OPTION ...]
       hearth usb verify DRIVE|--file FILE

Makes a USB stick from which a computer becomes a box of this Hearth. Only what can be unplugged is written, never what this
computer runs from; everything that is written is read back and compared.

  DRIVE                   e.g. /dev/sdb, from \`hearth usb list\`
  --file FILE             a plain file instead of a drive, for other tools; --overwrite replaces one that is there
  --image FILE            a hearth-box-VERSION.img with its .json (default: the newest known)
  --yes SERIAL            erase the drive with this serial number (its path, if it has none) without asking
  --typed GB              the size of a drive of more than 256 GB, with --yes
  --full-check            write and read the whole drive first: finds drives that lie about their size; takes long
  --enrol-days N          the box trusts this Hearth without a code for N days (1 to 30, default 7); --no-enrol: a code
${wishHelp}  --password-stdin        the administrator's password comes as the first line of stdin
  --json                  JSON on stdout, one object a line
  --data-dir DIR          where Hearth keeps its things (default: $HEARTH_DATA_DIR, else the XDG data folder)

${exitText}
`,
  async run([verb = '', ...args]) {
    const run = Object.hasOwn(subcommands, verb) ? subcommands[verb] : undefined;
    if (!run) throw new UsageError(`"${verb}" is none of ${Object.keys(subcommands).join(', ')}`);
    return run(args);
  },
};
