import { createHost } from '../backend/host/host.ts';
import { assetsFolder, dataPaths, defaultDataDir, privateFolder } from '../backend/paths.ts';
import { exitText, readOptions } from './command.ts';
import type { Command } from './command.ts';
import { doctorExitCode, doctorText } from './doctor.ts';

export const doctorCommand: Command = {
  usage: `Usage: hearth doctor [--json] [--data-dir DIR]

Runs every host check and the accelerator trial anew.

  --json          print the checks as JSON: [{id, title, status, detail, fix, commands}]
  --data-dir DIR  the folder whose disk is looked at (default: $HEARTH_DATA_DIR, else the XDG data folder)

${exitText}
`,
  async run(args) {
    const values = readOptions(args, { json: { type: 'boolean', default: false }, 'data-dir': { type: 'string' } });
    const { root } = dataPaths(values['data-dir'] ?? defaultDataDir());
    await privateFolder(root);
    const report = await createHost({ dataDir: root, assets: assetsFolder, override: () => 'auto' }).recheck();
    process.stdout.write(values.json ? `${JSON.stringify(report.checks, undefined, 2)}\n` : doctorText(report));
    return doctorExitCode(report);
  },
};
