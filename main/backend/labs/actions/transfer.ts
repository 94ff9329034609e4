import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { LabAction } from '../../../contract/labs/actions.ts';
import { labLabel } from '../../../contract/labs/words.ts';
import { exportMachineSchema, importMachineSchema } from '../../../contract/transfer.ts';
import { privateFolder } from '../../paths.ts';
import { kinds } from '../../target/kinds.ts';
import type { TaskHandle } from '../../tasks/tasks.ts';
import { fileSource, importMachine, undoImport } from '../../transfer/read-in.ts';
import { Records } from '../../transfer/records.ts';
import type { ExportRecord } from '../../transfer/records.ts';
import { discardExport, noteExport, writeMachineFile } from '../../transfer/write.ts';
import type { ActionContext } from './context.ts';

type What<Kind extends keyof LabAction> = NonNullable<LabAction[Kind]>;

/** Machine files of a run; they go with its folder. */
const exportsOf = ({ folder }: ActionContext): string => join(folder, 'exports');
const pathOf = (context: ActionContext, file: string): string => join(exportsOf(context), `${file}.hearth-vm`);

/** The machine as it is now; a file of this name from before is replaced once the new one is whole. */
export async function exportMachine({ machine, file }: What<'export'>, context: ActionContext, task: TaskHandle): Promise<void> {
  const { namespace, lab, log, workspace } = context;
  const { target } = workspace;
  await privateFolder(exportsOf(context));
  const { id, name } = target.state.value;
  const record: ExportRecord = {
    id: randomUUID(),
    kind: 'export',
    at: new Date().toISOString(),
    target: { id, name },
    file: pathOf(context, file),
    input: exportMachineSchema.parse({ namespace, name: machine }),
    disks: [],
  };
  const records = new Records(exportsOf(context), log);
  try {
    await writeMachineFile(target, records, record, task, `(lab ${lab.metadata.name})`);
    await noteExport(target, record.input);
  } catch (error) {
    await discardExport(target, records, record).catch((left: unknown) => log.warn({ err: left }, 'an export of a lab left something behind'));
    throw error;
  }
} // prettier-ignore

/** A machine out of a file that the lab exported before. Throws where a machine of that name is there. */
export async function importFile(what: What<'import'>, context: ActionContext, task: TaskHandle): Promise<void> {
  const { namespace, log, workspace } = context;
  const { target } = workspace;
  const path = pathOf(context, what.file);
  const id = randomUUID();
  const input = importMachineSchema.parse({ source: { path }, namespace, name: what.machine, identity: what.identity, start: what.start }); // prettier-ignore
  const source = fileSource(path, input);
  try {
    await importMachine(target, id, source, input, task);
  } catch (error) {
    await undoImport(target, id, source, input).catch((left: unknown) => log.warn({ err: left }, 'an import of a lab left something behind')); // prettier-ignore
    throw error;
  }
  await label(context, what.machine);
}

/** The machine, its disks and its secrets carry the lab's label. */
async function label({ workspace, namespace, lab }: ActionContext, machine: string): Promise<void> {
  const { client } = workspace.target;
  const patch = { metadata: { labels: { [labLabel]: lab.metadata.name } } };
  const { metadata } = await client.patch(kinds.virtualMachines, { namespace, name: machine }, patch);
  for (const kind of [kinds.dataVolumes, kinds.secrets])
    for (const object of await client.list(kind, namespace))
      if (object.metadata.ownerReferences?.some((owner) => owner.uid === metadata.uid))
        await client.patch(kind, { namespace, name: object.metadata.name ?? '' }, patch);
}
