import type { Api } from '../../../main/contract/contract.ts';
import type { MachineRow } from '../../../main/contract/machine.ts';
import type { ExportedFile, Unfinished } from '../../../main/contract/transfer.ts';
import type { Task } from '../../../main/contract/task.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { FakeList } from './live.ts';
import { work } from './work.ts';
import { foreignWindows } from './inside.ts';

const GiB = 2 ** 30;
type Answer = <T>(what: string, value: T) => Promise<T>;
const nine = { kind: 'VirtualMachine', namespace: 'default' };

/** Clones of the preview: plans by name, and a task of some seconds. */
export function fakeClones(answer: Answer, machines: readonly MachineRow[], tasks: FakeList<Task>): Api['clones'] {
  return {
    plan: ({ name }) => {
      const running = machines.find((each) => each.name === name)?.tone === 'running';
      return answer('The plan', {
        running,
        name: `${name.slice(0, 60)}-2`,
        disks: [{ name: 'root', size: 20 * GiB }, { name: 'data', size: 100 * GiB }],
        left: [],
        cloudInit: true,
      }); // prettier-ignore
    },
    start: ({ newName }) =>
      answer('The clone', { taskId: work(tasks, { type: 'machine-clone', title: `Clone as ${newName}`, object: { ...nine, name: newName } }, [{ title: 'Clone', seconds: 2 }]) }), // prettier-ignore
  };
}

/** Machine files of the preview: one export that was cut, one that is done. */
export function fakeTransfer(answer: Answer, tasks: FakeList<Task>, fresh: boolean): Api['transfer'] {
  let files: ExportedFile[] = fresh ? [] : [{ name: 'web-2026-05-01-1a2b.hearth-vm', size: 1.3 * GiB, at: new Date(Date.now() - 8e7).toISOString(), download: '/exports/web-2026-05-01-1a2b.hearth-vm' }]; // prettier-ignore
  let cut: Unfinished[] = fresh ? [] : [{ id: 'a3a8d6a0-6a6c-4d0e-9b57-0d6f3b7f1a11', kind: 'export', machine: 'database', file: '/home/ada/database.hearth-vm', at: new Date(Date.now() - 3e6).toISOString(), target: 'Quick lab' }]; // prettier-ignore
  const begin = (title: string, name: string) =>
    work(tasks, { type: 'machine-export', title, object: { ...nine, name } }, [{ title: 'Work', seconds: 3 }]);
  return {
    destinations: () =>
      answer('The other targets', [
        { id: 'box', name: 'Box in the cellar', kind: 'appliance', place: 'box.lan' },
        {
          id: 'club',
          name: 'Cluster of the club',
          kind: 'cluster',
          place: 'https://club.example:6443',
          why: 'The target does not answer. Connection refused.',
        },
      ]),
    planMove: ({ name, keep, newName, networks }) =>
      answer('The plan', {
        freeName: name,
        running: name === 'web',
        disks: [
          { name: 'root', size: 20 * GiB },
          { name: 'data', size: 100 * GiB },
        ],
        room: { needs: 14 * GiB, free: 120 * GiB },
        storageClasses: ['local-path', 'longhorn'],
        networks: [
          { network: 'default/lab-net', ...(networks?.['default/lab-net'] && { to: networks['default/lab-net'] }) },
        ],
        choices: ['pod', 'default/house'],
        changes: [
          'Its disks are on the storage class local-path there (hearth here).',
          keep
            ? 'The copy is a new machine: its MAC addresses, firmware uuid and serial number are its own.'
            : 'The machine here goes to the bin once the one there is whole; its disks stay there for some days.',
        ],
        left: ['Its snapshots: before-the-upgrade.'],
        blocked: [
          ...(name === 'web' && !keep
            ? [
                {
                  reason: `${name} is on: what it writes after its disks were read would be lost.`,
                  remedy: 'Shut it down, or copy it.',
                },
              ]
            : []),
          ...(newName === 'taken'
            ? [
                {
                  reason: 'default has a machine taken there already.',
                  remedy: `Choose another name, for example ${name}.`,
                },
              ]
            : []),
          ...(networks?.['default/lab-net']
            ? []
            : [
                {
                  reason: 'There is no network default/lab-net there.',
                  remedy: 'Choose where it leads, or create it there first.',
                },
              ]),
        ],
      }),
    move: ({ name }) => answer('The move', { taskId: begin(`Move ${name} to Box in the cellar`, name) }),
    export: ({ name, path }) => answer('The export', { taskId: begin(`Export ${name}`, name), path: path ?? '', download: path ? '' : `/exports/${name}.hearth-vm` }), // prettier-ignore
    files: () => answer('The files', files),
    removeFile: async ({ name }) => {
      files = files.filter((each) => each.name !== name);
      await answer('The file', undefined);
    },
    unfinished: () => answer('What was cut', cut),
    resume: async ({ id }) => {
      cut = cut.filter((each) => each.id !== id);
      return answer('The work', { taskId: begin('Export database', 'database') });
    },
    discard: async ({ id }) => {
      cut = cut.filter((each) => each.id !== id);
      await answer('The work', undefined);
    },
    startUpload: () => answer('The upload', { uploadId: 'a3a8d6a0-6a6c-4d0e-9b57-0d6f3b7f1a12', endpoint: '/upload' }),
    preview: ({ source, hardware }) => {
      if ('path' in source && source.path.includes('hostile'))
        throw new ProblemError({ code: 'machine-file-damaged', title: 'This is no whole machine file', detail: 'The disk root names another file as its base: it could read files of this computer.', cause: 'The file was cut off, changed, or made by something else.', fix: 'Get the file again, or export the machine anew.' }); // prettier-ignore
      return answer('The file', {
        name: 'web',
        freeName: 'web-2',
        made: new Date(Date.now() - 9e8).toISOString(),
        by: 'Hearth 0.4.0',
        size: 1.3 * GiB,
        disks: [{ name: 'root', size: 20 * GiB, stored: 1.2 * GiB, format: 'qcow2' }, { name: 'data', size: 100 * GiB, stored: 0.1 * GiB, format: 'qcow2' }],
        instancetype: 'u1.small',
        networks: ['pod', 'lab-net'],
        cloudInit: true,
        description: 'The web server of the club',
        notes: ['The network lab-net is not here: the machine cannot start until it is, or its card is taken out.'],
        ...('path' in source && source.path.endsWith('.ova')
          ? { appliance: { networks: [{ network: 'VM Network', model: 'e1000' }, { network: 'Backup', model: 'e1000' }], uefi: true, buses: ['sata', 'sata'], inside: foreignWindows, hardware: { firmware: hardware?.firmware ?? 'uefi-secure', drivers: hardware?.drivers ?? 'described' } } }
          : {}),
      }); // prettier-ignore
    },
    import: ({ name }) => answer('The import', { taskId: begin(`Import ${name}`, name) }),
  };
}
