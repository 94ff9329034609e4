import { askControl } from '../backend/control.ts';
import { dataPaths, defaultDataDir } from '../backend/paths.ts';
import { openInBrowser, placeOfFile, signInAddress } from './browser.ts';
import { exit, exitText, readOptionsAndNames, UsageError } from './command.ts';
import type { Command } from './command.ts';

export const openCommand: Command = {
  usage: `Usage: hearth open [--data-dir DIR]
       hearth open --browser [--data-dir DIR] [FILE]

Prints an address that signs a browser on this computer in. It works once and for fifteen minutes.

  --browser       starts Hearth where it does not run (it goes on running), and opens the address in the browser
  FILE            a lab (.hearthlab, .yaml) or a machine (.hearth-vm): shown there before anything is kept of it
  --data-dir DIR  where everything is kept (default: $HEARTH_DATA_DIR, else the XDG data folder)

${exitText} Without --browser, Hearth does not run: 1.
`,
  async run(args) {
    const { values, names } = readOptionsAndNames(args, {
      'data-dir': { type: 'string' },
      browser: { type: 'boolean', default: false },
    });
    const dataDir = values['data-dir'] ?? defaultDataDir();
    if (names.length > (values.browser ? 1 : 0))
      throw new UsageError(values.browser ? 'one file at a time' : 'a FILE is opened with --browser');
    if (!values.browser) {
      const { url } = await askControl(dataPaths(dataDir).control, 'sign-in');
      process.stdout.write(`${url}\n`);
      return exit.ok;
    }
    // What stands behind # stays in the browser, and survives the sign-in.
    const place = names[0] === undefined ? '' : `#${await placeOfFile(names[0])}`;
    const address = `${await signInAddress(dataDir)}${place}`;
    if (!(await openInBrowser(address)))
      process.stdout.write(`There is no program here that opens a browser. Open this address:\n${address}\n`);
    return exit.ok;
  },
};
