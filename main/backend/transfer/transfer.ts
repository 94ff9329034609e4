import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, isAbsolute, join } from 'node:path';
import type { ContractHandlers } from '../../contract/contract.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { TransferSource } from '../../contract/transfer.ts';
import { checkLocalFile } from '../images/local-file.ts';
import { openSessions } from '../images/sessions.ts';
import type { Sessions } from '../images/sessions.ts';
import { createTus, uploadIdOf, uploadPath } from '../images/tus.ts';
import type { TusDoor } from '../images/tus.ts';
import { privateFolder } from '../paths.ts';
import type { Scope } from '../target/scope.ts';
import type { OpenTarget } from '../target/target.ts';
import type { TaskHandle } from '../tasks/tasks.ts';
import { listFiles, removeFile, sendFile } from './download.ts';
import { previewFile } from './preview.ts';
import { fileSource, importMachine, undoImport } from './read-in.ts';
import { createMoves } from './move/moves.ts';
import type { Places } from './move/destinations.ts';
import { Records } from './records.ts';
import type { ExportRecord, ImportRecord, TransferRecord } from './records.ts';
import { discardExport, noteExport, writeMachineFile } from './write.ts';

export interface Transfer {
  readonly handlers: ContractHandlers['transfer'];
  /** Answers GET /exports/NAME; false when there is no such file. */
  download(name: string, request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** Takes a tus request about a machine file; false when it is not one of these. */
  upload(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}
interface Opened {
  folder: string;
  records: Records;
  sessions: Sessions;
  tus: TusDoor;
}

/** Machines as files: export, import, what goes to another target, and what was cut of these. `version`: of Hearth, told in the files. */
export function createTransfer(scope: Scope, places: Places, version: string): Transfer {
  let opening: Promise<Opened> | undefined;
  const open = (): Promise<Opened> =>
    (opening ??= (async () => {
      const folder = join(scope.paths.root, 'transfers');
      const uploads = join(folder, 'uploads');
      await privateFolder(folder);
      await privateFolder(uploads);
      const log = scope.log.child({ part: 'transfer' });
      const sessions = await openSessions(uploads, log);
      for (const { id } of await sessions.expired()) await sessions.remove(id);
      return { folder, records: new Records(folder, log), sessions, tus: createTus(sessions, uploads, log) };
    })());
  /** Records that a task works on now. */
  const busy = new Set<string>();
  const moves = createMoves({ scope, places, version, open, busy });

  /** Runs one, its record kept until it ended well or the person gave it up; at Hearth's own end it stays to go on. */
  function run(
    record: ExportRecord | ImportRecord,
    work: (task: TaskHandle) => Promise<void>,
    undo: () => Promise<void>,
  ): { taskId: string } {
    busy.add(record.id);
    const { kind, input } = record;
    const { id } = scope.tasks.start(
      {
        type: `machine-${kind}`,
        title: kind === 'export' ? `Export ${input.name}` : `Import ${input.name}`,
        object: { kind: 'VirtualMachine', namespace: input.namespace, name: input.name },
        steps: kind === 'export' ? ['Prepare the disks', 'Write the file'] : ['Check the file', 'Make the disks', 'Make the machine', ...(record.input.start ? ['Start the machine'] : [])], // prettier-ignore
      },
      async (task) => {
        try {
          await work(task);
        } catch (error) {
          if (task.signal.aborted && !scope.ending.aborted) await undo();
          throw error;
        } finally {
          busy.delete(record.id);
        }
      },
    );
    return { taskId: id };
  }
  const runExport = ({ records }: Opened, target: OpenTarget, record: ExportRecord) =>
    run(
      record,
      async (task) => {
        await writeMachineFile(target, records, record, task, version);
        await noteExport(target, record.input);
      },
      () => discardExport(target, records, record),
    );
  const runImport = ({ records, sessions }: Opened, target: OpenTarget, record: ImportRecord) => {
    const { source } = record.input;
    const finish = async (): Promise<void> => {
      await records.remove(record.id);
      if ('uploadId' in source) await sessions.remove(source.uploadId);
    };
    return run(
      record,
      async (task) => {
        await importMachine(target, record.id, fileSource(record.file, record.input), record.input, task);
        await finish();
      },
      async () => {
        await undoImport(target, record.id, fileSource(record.file, record.input), record.input);
        await finish();
      },
    );
  };
  const here = (): TransferRecord['target'] => {
    const { id, name } = scope.target().state.value;
    return { id, name };
  };
  async function fileOf({ sessions }: Opened, source: TransferSource): Promise<string> {
    if ('path' in source) return (await checkLocalFile(source.path)).path;
    const session = sessions.get(source.uploadId);
    if (!session || (await sessions.received(session.id)) < session.size)
      throw new ProblemError({ code: 'upload-unfinished', title: 'The file is not here yet', detail: 'Its upload is not known or has not ended.', fix: 'Upload it again; it goes on where it stopped.' }); // prettier-ignore
    return sessions.file(session.id);
  }
  /** The record, claimed: nobody else works on it until `busy` has lost it again. */
  async function claim({ records }: Opened, id: string): Promise<TransferRecord> {
    const found = await records.get(id);
    if (!found || busy.has(id))
      throw new ProblemError({ code: 'not-found', title: 'There is nothing to go on with', detail: found ? 'It is under way already.' : 'It ended, or was given up.' }); // prettier-ignore
    busy.add(id);
    return found;
  }
  return {
    handlers: {
      ...moves.handlers,
      async export(input) {
        const opened = await open();
        const id = randomUUID();
        const at = new Date().toISOString();
        const name = `${input.name.slice(0, 50)}-${at.slice(0, 10)}-${id.slice(0, 4)}.hearth-vm`;
        if (input.path !== undefined) await checkPlace(input.path);
        const file = input.path ?? join(opened.folder, name);
        const record: ExportRecord = { id, kind: 'export', at, target: here(), file, input, disks: [] };
        await opened.records.put(record);
        const { taskId } = runExport(opened, scope.target(), record);
        return { taskId, path: file, download: input.path === undefined ? `/exports/${name}` : '' };
      },
      files: async () => listFiles((await open()).folder),
      removeFile: async ({ name }) => removeFile((await open()).folder, name),
      async unfinished() {
        const all = (await (await open()).records.all()).filter(({ id }) => !busy.has(id));
        return all.map((record) => ({
          id: record.id,
          kind: record.kind === 'move' && record.input.keep ? 'copy' : record.kind,
          machine: record.input.name,
          file: record.kind === 'move' ? record.to.name : record.file,
          at: record.at,
          target: record.target.name,
        }));
      },
      async resume({ id }) {
        const opened = await open();
        const record = await claim(opened, id);
        try {
          if (record.kind === 'move') return await moves.resume(record);
          if (record.target.id !== here().id)
            throw new ProblemError({ code: 'other-target', title: 'It was begun on another place', detail: `It belongs to ${record.target.name}.`, fix: `Switch to ${record.target.name} and go on there.` }); // prettier-ignore
          return record.kind === 'export'
            ? runExport(opened, scope.target(), record)
            : runImport(opened, scope.target(), record);
        } catch (error) {
          busy.delete(id); // no task has it
          throw error;
        }
      },
      async discard({ id }) {
        const opened = await open();
        const { records, sessions } = opened;
        const record = await claim(opened, id);
        try {
          if (record.kind === 'move') return await moves.discard(record);
          const target = record.target.id === here().id ? scope.target() : undefined;
          if (record.kind === 'export') return await discardExport(target, records, record);
          if (target) await undoImport(target, id, fileSource(record.file, record.input), record.input);
          await records.remove(id);
          if ('uploadId' in record.input.source) await sessions.remove(record.input.source.uploadId);
        } finally {
          busy.delete(id);
        }
      },
      async startUpload({ fileName, size, lastModified }) {
        const { sessions } = await open();
        const same = sessions
          .all()
          .find((each) => each.fileName === fileName && each.size === size && each.lastModified === lastModified);
        const session =
          same ??
          (await sessions.add({ name: fileName, fileName, size, ...(lastModified !== undefined && { lastModified }) }));
        return { uploadId: session.id, endpoint: uploadPath };
      },
      async preview({ source, namespace, networks, hardware }) {
        return previewFile(scope.target(), await fileOf(await open(), source), namespace, { networks, hardware });
      },
      async import(input) {
        const opened = await open();
        const file = await fileOf(opened, input.source);
        const record: ImportRecord = {
          id: randomUUID(),
          kind: 'import',
          at: new Date().toISOString(),
          target: here(),
          file,
          input,
        };
        await opened.records.put(record);
        return runImport(opened, scope.target(), record);
      },
    },
    async download(name, request, response) {
      return sendFile((await open()).folder, name, request, response);
    },
    async upload(request, response) {
      const { sessions, tus } = await open();
      if (!sessions.get(uploadIdOf(request) ?? '')) return false;
      await tus.handle(request, response);
      return true;
    },
  };
}

async function checkPlace(path: string): Promise<void> {
  const refuse = (detail: string): never => {
    throw new ProblemError({ code: 'bad-path', title: 'The machine cannot be saved there', detail, fix: 'Choose another file.', fields: { path: detail } }); // prettier-ignore
  };
  if (!isAbsolute(path)) refuse('The path must be absolute.');
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (!folder?.isDirectory()) refuse(`There is no folder ${dirname(path)}.`);
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) refuse('That is a folder.');
}
