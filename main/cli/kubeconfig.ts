import { readFile } from 'node:fs/promises';
import { ProblemError } from '../contract/problem.ts';
import { dataPaths, defaultDataDir } from '../backend/paths.ts';
import { exit, exitText, readOptions } from './command.ts';
import type { Command } from './command.ts';

export const kubeconfigCommand: Command = {
  usage: `Usage: hearth kubeconfig [--path] [--data-dir DIR]

  --path          print the file's path instead, e.g.: export KUBECONFIG="$(hearth kubeconfig --path)"
  --data-dir DIR  where everything is kept (default: $HEARTH_DATA_DIR, else the XDG data folder)

${exitText} Hearth never ran there: 1.
`,
  async run(args) {
    const values = readOptions(args, { path: { type: 'boolean', default: false }, 'data-dir': { type: 'string' } });
    const { kubeconfig } = dataPaths(values['data-dir'] ?? defaultDataDir());
    let text: string;
    try {
      text = await readFile(kubeconfig, 'utf8');
    } catch (error) {
      throw new ProblemError(
        {
          code: 'no-kubeconfig',
          title: 'There is no kubeconfig yet',
          detail: `${kubeconfig}: ${error instanceof Error ? error.message : String(error)}`,
          fix: 'Start Hearth once (`npm start` or `hearth serve`): it writes the file.',
        },
        { cause: error },
      );
    }
    process.stdout.write(values.path ? `${kubeconfig}\n` : text);
    return exit.ok;
  },
};
