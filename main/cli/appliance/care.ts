import { applianceActionSchema } from '../../contract/appliance.ts';
import { exit, exitText, readOptions, UsageError } from '../command.ts';
import type { Command } from '../command.ts';
import { confirm } from './ask.ts';
import { lookedAt } from './pick.ts';
import { statusText } from './status-text.ts';
import { onAppliance, workHelp, workOptions } from './work.ts';

/** The one word (or the words) that stand before the options. */
function takeWords(args: string[], names: string[]): { words: string[]; rest: string[] } {
  const words: string[] = [];
  let rest = args;
  while (words.length < names.length && rest[0] !== undefined && !rest[0].startsWith('-')) {
    words.push(rest[0]);
    rest = rest.slice(1);
  }
  if (words.length < names.length) throw new UsageError(`${names[words.length] ?? 'a word'} is missing`);
  return { words, rest };
}

export const statusCommand: Command = {
  usage: `Usage: hearth status [OPTION ...]

How the appliance stands: readiness rung by rung, versions, certificates, backups, nodes, known troubles.

${workHelp}
${exitText} Not ready: 1.
`,
  run: (args) => {
    const values = readOptions(args, workOptions);
    return onAppliance(values, async ({ session, appliance: remembered }) => {
      const appliance = await lookedAt(session, remembered);
      process.stdout.write(values.json ? `${JSON.stringify(appliance)}\n` : statusText(appliance));
      return appliance.state === 'running' ? exit.ok : exit.failed;
    });
  },
};

export const applianceCommand: Command = {
  usage: `Usage: hearth appliance ${applianceActionSchema.options.join('|')} [OPTION ...]

\`stop\` ends the virtual machines on it too.

${workHelp}
${exitText}
`,
  async run(args) {
    const { words, rest } = takeWords(args, ['what to do']);
    const action = applianceActionSchema.safeParse(words[0]);
    if (!action.success)
      throw new UsageError(`"${words[0] ?? ''}" is none of ${applianceActionSchema.options.join(', ')}`);
    const values = readOptions(rest, workOptions);
    return onAppliance(values, async ({ session, appliance, on, context, follow }) => {
      const ask = `Stop ${appliance.name}, and every virtual machine on it?`;
      if (action.data === 'stop' && !values.yes && !(await confirm(ask, '--yes'))) return exit.interrupted;
      return follow(await session.appliances.act({ ...on, action: action.data }, context));
    });
  },
};

export const backupCommand: Command = {
  usage: `Usage: hearth backup [OPTION ...]

Copies the datastore, the token and the configuration; k3s is stopped meanwhile, virtual machines run on. The disks of VMs
are not part of it.

${workHelp}
${exitText}
`,
  run: (args) => {
    const values = readOptions(args, workOptions);
    return onAppliance(values, async ({ session, on, context, follow }) =>
      follow(await session.appliances.act({ ...on, action: 'backup' }, context)),
    );
  },
};

export const restoreCommand: Command = {
  usage: `Usage: hearth restore NAME [OPTION ...]

Goes back to a backup (\`hearth status\` lists them). What is there now is kept as a backup of its own.

${workHelp}
${exitText}
`,
  async run(args) {
    const { words, rest } = takeWords(args, ['the name of a backup']);
    const values = readOptions(rest, workOptions);
    return onAppliance(values, async ({ session, appliance, on, context, follow }) => {
      const ask = `Put ${appliance.name} back to ${words[0] ?? ''}?`;
      if (!values.yes && !(await confirm(ask, '--yes'))) return exit.interrupted;
      return follow(await session.appliances.restore({ ...on, backup: words[0] ?? '' }, context));
    });
  },
};

export const upgradeCommand: Command = {
  usage: `Usage: hearth upgrade [PART VERSION] [OPTION ...]

Without PART: lists what may be upgraded. PART is k3s, kubevirt or cdi. A backup is made first; what fails is rolled back.

${workHelp}
${exitText}
`,
  async run(args) {
    const listing = args[0] === undefined || args[0].startsWith('-');
    const { words, rest } = listing ? { words: [], rest: args } : takeWords(args, ['the part', 'the version']);
    const values = readOptions(rest, workOptions);
    return onAppliance(values, async ({ session, appliance, on, context, follow }) => {
      if (listing) {
        const lines = appliance.upgrades.map(({ part, from, to, note }) => `${part} ${from} -> ${to}  ${note}`);
        process.stdout.write(
          values.json
            ? `${JSON.stringify(appliance.upgrades)}\n`
            : `${lines.join('\n') || 'Everything is up to date.'}\n`,
        );
        return exit.ok;
      }
      const [part, to = ''] = words;
      if (part !== 'k3s' && part !== 'kubevirt' && part !== 'cdi')
        throw new UsageError(`"${part ?? ''}" is none of k3s, kubevirt, cdi`);
      if (!values.yes && !(await confirm(`Upgrade ${part} of ${appliance.name} to ${to}?`, '--yes')))
        return exit.interrupted;
      return follow(await session.appliances.upgrade({ ...on, part, to }, context));
    });
  },
};
