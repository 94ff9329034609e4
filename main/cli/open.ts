import { askControl } from '../backend/control.ts';
import { dataPaths, defaultDataDir } from '../backend/paths.ts';
import { exit, exitText, readOptions } from './command.ts';
import type { Command } from './command.ts';

export const openCommand: Command = {
  usage: `Usage: hearth open [--data-dir DIR]

Prints an address that signs a browser on this computer in. It works once and for fifteen minutes.

${exitText} Hearth does not run: 1.
`,
  async run(args) {
    const values = readOptions(args, { 'data-dir': { type: 'string' } });
    const { url } = await askControl(dataPaths(values['data-dir'] ?? defaultDataDir()).control, 'sign-in');
    process.stdout.write(`${url}\n`);
    return exit.ok;
  },
};
