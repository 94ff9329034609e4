import type { UninstallPreview } from '../../contract/appliance.ts';
import { ProblemError } from '../../contract/problem.ts';
import { defaultDataDir } from '../../backend/paths.ts';
import { applianceId } from '../../backend/provision/record.ts';
import { exit, exitText, readOptions } from '../command.ts';
import type { Command } from '../command.ts';
import { confirm } from './ask.ts';
import { follow } from './follow.ts';
import { readPlace, readSudo } from './place.ts';
import { openSession } from './session.ts';
import { onAppliance, workHelp, workOptions } from './work.ts';
import type { WorkValues } from './work.ts';

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
    const known = onAppliance(values, async ({ session, appliance, on, context, follow }) => {
      const preview = await session.appliances.uninstallPreview(
        { id: appliance.id, ...(on.place && { place: on.place }) },
        context,
      );
      if (values.list) {
        process.stdout.write(values.json ? `${JSON.stringify(preview)}\n` : previewText(preview));
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
    try {
      return await known;
    } catch (error) {
      const code = error instanceof ProblemError ? error.problem.code : undefined;
      if (values.list || values.appliance !== undefined || (code !== 'no-appliance' && code !== 'other-place'))
        throw error;
      return downByLedger(values);
    }
  },
};

/** A node that joined another machine's appliance, or one whose record was lost: the ledger there knows what to undo. */
async function downByLedger(values: WorkValues & { 'keep-disks': boolean }): Promise<number> {
  const session = await openSession(values['data-dir'] ?? defaultDataDir());
  try {
    const place = await readPlace(session, values);
    const where = place.type === 'local' ? 'this computer' : place.host;
    const ask = `Hearth remembers no appliance on ${where}. Undo all that its ledger there lists?`;
    if (!values.yes && !(await confirm(ask, '--yes'))) return exit.interrupted;
    const context = { signal: new AbortController().signal };
    const { elevation } = await session.appliances.preflight({ place }, context);
    const sudo = await readSudo(elevation, place, values);
    const { taskId } = await session.appliances.uninstall(
      {
        id: applianceId(place),
        place,
        ...(sudo !== undefined && { sudo }),
        machines: 0,
        keepDisks: values['keep-disks'],
      },
      context,
    );
    return await follow(session, taskId, values);
  } finally {
    await session.close();
  }
}

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
