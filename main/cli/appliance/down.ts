import type { UninstallPreview } from '../../contract/appliance.ts';
import { exit, exitText, readOptions } from '../command.ts';
import type { Command } from '../command.ts';
import { confirm } from './ask.ts';
import { onAppliance, workHelp, workOptions } from './work.ts';

export const downCommand: Command = {
  usage: `Usage: hearth down [--keep-disks] [OPTION ...]

Takes the appliance away again, step by step by its ledger, and compares the machine with what it was before. Lists the
virtual machines and disks that would go, and asks.

  --list                  only list what would go
  --keep-disks            leave the folder with the disks
${workHelp}
${exitText}
`,
  async run(args) {
    const values = readOptions(args, {
      ...workOptions,
      'keep-disks': { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    });
    return onAppliance(values, async ({ session, appliance, on, context, follow }) => {
      const preview = await session.appliances.uninstallPreview(
        { id: appliance.id, ...(on.place && { place: on.place }) },
        context,
      );
      if (values.list) {
        process.stdout.write(values.json ? `${JSON.stringify(preview, undefined, 2)}\n` : previewText(preview));
        return exit.ok;
      }
      if (!values.yes) {
        process.stderr.write(previewText(preview));
        if (!(await confirm(`Take ${appliance.name} away?`, '--yes'))) return exit.interrupted;
      }
      return follow(
        await session.appliances.uninstall(
          { ...on, machines: preview.machines.length, keepDisks: values['keep-disks'] },
          context,
        ),
      );
    });
  },
};

function previewText({ machines, disks, undo, unknown }: UninstallPreview): string {
  return [
    ...(unknown ? [`The virtual machines cannot be listed: ${unknown}`] : []),
    machines.length === 0 && !unknown ? 'No virtual machines would go.' : '',
    ...machines.map(({ namespace, name, status }) => `goes: VirtualMachine ${namespace}/${name} (${status})`),
    ...disks.map(({ namespace, name, path }) => `goes: disk ${namespace}/${name}${path ? ` (${path})` : ''}`),
    'Undone on the machine:',
    ...undo.map((line) => `  ${line}`),
    '',
  ]
    .filter((line, at, all) => line !== '' || at === all.length - 1)
    .join('\n');
}
