import { resolve } from 'node:path';
import { defaultDataDir } from '../../backend/paths.ts';
import { exit, exitText, readOptions, UsageError } from '../command.ts';
import type { Command } from '../command.ts';
import { follow } from './follow.ts';
import { openSession } from './session.ts';
import { readSettings, settingsHelp, settingsOptions } from './settings.ts';

export const bundleCommand: Command = {
  usage: `Usage: hearth bundle FILE [--check] [OPTION ...]

Makes one file with everything an appliance needs, on a computer with the internet, for one without:
\`hearth up --bundle FILE\`.

  --check                 look whether FILE is whole; names what is missing or damaged
  --kind                  with what a throwaway kind cluster needs
  --json                  one JSON object a line on stdout
  --data-dir DIR          where Hearth keeps its things (default: $HEARTH_DATA_DIR, else the XDG data folder)
${settingsHelp}
${exitText}
`,
  async run(args) {
    const [file, ...rest] = args;
    if (file === undefined || file.startsWith('-')) throw new UsageError('the name of the file is missing');
    const values = readOptions(rest, {
      ...settingsOptions,
      check: { type: 'boolean', default: false },
      kind: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'data-dir': { type: 'string' },
    });
    const path = resolve(file);
    const session = await openSession(values['data-dir'] ?? defaultDataDir());
    const context = { signal: new AbortController().signal };
    try {
      const report = await session.appliances.preflight({ place: { type: 'local' } }, context);
      const settings = await readSettings(values, report);
      if (values.check) {
        const { complete, missing, damaged, size } = await session.appliances.checkBundle({ path, settings }, context);
        process.stdout.write(
          values.json
            ? `${JSON.stringify({ complete, missing, damaged, size })}\n`
            : `${complete ? `${path} is whole` : [...missing.map((name) => `missing: ${name}`), ...damaged.map((name) => `damaged: ${name}`)].join('\n')}\n`,
        );
        return complete ? exit.ok : exit.failed;
      }
      const { taskId } = await session.appliances.makeBundle({ path, settings, kind: values.kind }, context);
      return await follow(session, taskId, values);
    } finally {
      await session.close();
    }
  },
};
