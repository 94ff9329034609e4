import { resolve } from 'node:path';
import { defaultDataDir } from '../backend/paths.ts';
import type { Api } from '../contract/contract.ts';
import { applianceHardwareSchema } from '../contract/transfer.ts';
import type { ApplianceHardware } from '../contract/transfer.ts';
import { ProblemError } from '../contract/problem.ts';
import { exit, exitText, readOptions, UsageError } from './command.ts';
import type { Command } from './command.ts';
import { previewForeignFiles } from './foreign.ts';
import { insideLines } from './inside.ts';
import { followTask, interruptible, workingHearth } from './working.ts';

const common = `  --namespace NS  the machine's namespace (default: default)
  --data-dir DIR  where everything is kept (default: $HEARTH_DATA_DIR, else the XDG data folder)

A Hearth that runs on the same data does the work (and its pages show it); else the command does it by itself. Cut off,
the same command goes on.

${exitText}
`;

/** Runs one piece of work to its end. Ctrl+C leaves what is done: it goes on in the Hearth that runs, or with the same command. */
export async function withHearth(
  dataDir: string | undefined,
  /** Begins the work; nothing where there is none to wait for. */
  work: (api: Api) => Promise<{ taskId: string } | undefined>,
): Promise<number> {
  const { api, running, close } = await workingHearth(dataDir ?? defaultDataDir());
  try {
    if (running) process.stderr.write('Hearth runs on this data: it does the work.\n');
    return await interruptible(
      async (signal) => {
        for await (const target of api.target.watch({}, { signal })) if (target.state === 'ready') break;
        if (signal.aborted) return exit.interrupted;
        const begun = await work(api);
        if (!begun) return exit.ok;
        return followTask(api, begun.taskId, signal, {
          detail: 'What is done is kept.',
          fix: 'Give the same command again: it goes on.',
        });
      },
      running ? 'It goes on in Hearth; stop it there.' : undefined,
    );
  } finally {
    await close();
  }
}

/** "VM Network=pod" */
function networkOf(text: string): [string, string] {
  const at = text.lastIndexOf('=');
  const to = text.slice(at + 1);
  if (at < 1 || !/^(pod|none|[a-z0-9.-]+\/[a-z0-9.-]+)$/.test(to))
    throw new UsageError(`--network takes THERE=pod, THERE=none or THERE=NAMESPACE/NAME, not "${text}"`);
  return [text.slice(0, at), to];
}

/** What --firmware and --drivers say. Throws UsageError. */
function hardwareOf(firmware: string | undefined, drivers: string | undefined): ApplianceHardware {
  const read = applianceHardwareSchema.safeParse({ ...(firmware && { firmware }), ...(drivers && { drivers }) });
  if (read.success) return read.data;
  throw new UsageError('--firmware takes bios, uefi or uefi-secure; --drivers takes described, compatible or virtio');
}

/** An export or import of the same file that was cut goes on. */
async function unfinished(
  api: Api,
  kind: 'export' | 'import',
  machine: string,
  file: string,
): Promise<string | undefined> {
  // prettier-ignore
  const all = await api.transfer.unfinished({});
  return all.find((each) => each.kind === kind && each.machine === machine && each.file === file)?.id;
}

export const exportCommand: Command = {
  usage: `Usage: hearth export NAME FILE [--no-cloud-init] [--namespace NS] [--data-dir DIR]

Writes a machine with its disks into one file.

  --no-cloud-init  leave cloud-init's data out: it may hold passwords
${common}`,
  async run(args) {
    const [name, file, ...rest] = args;
    if (!name || !file || name.startsWith('-') || file.startsWith('-'))
      throw new UsageError('give a machine and a file');
    const values = readOptions(rest, {
      'no-cloud-init': { type: 'boolean', default: false },
      namespace: { type: 'string', default: 'default' },
      'data-dir': { type: 'string' },
    });
    const path = resolve(file);
    return withHearth(values['data-dir'], async (api) => {
      const id = await unfinished(api, 'export', name, path);
      if (id !== undefined) return api.transfer.resume({ id });
      // Who may not look at that much still exports: only the warning is missing then.
      const plan = await api.clones.plan({ namespace: values.namespace, name }).catch((error: unknown) => {
        if (error instanceof ProblemError) return undefined;
        throw error;
      });
      if (plan?.state === 'lost')
        process.stderr.write(
          'The memory of its TPM and its UEFI variables do not go along: the target cannot hand them out.\n',
        );
      return api.transfer.export({ namespace: values.namespace, name, path, secrets: !values['no-cloud-init'] });
    });
  },
};

export const importCommand: Command = {
  usage: `Usage: hearth import FILE [--name NAME] [--same] [--start] [--network THERE=HERE ...] [--firmware KIND] [--drivers KIND]
                           [--namespace NS] [--data-dir DIR]
       hearth import --preview FILE ... [--namespace NS] [--data-dir DIR]

Makes a machine of a file that \`hearth export\` or the page wrote, or of an appliance of another program (.ova, .ovf): with
all its disks in order, its firmware and its cards; it says what the first disk holds. With --preview: looks at a machine of
another program (VMware .vmx, libvirt domain XML, Proxmox VE configuration, or disks alone), prints the manifest of what would
become of it, and says what its disk holds and what is not carried over. Nothing is made.

  --name NAME     another name (default: its own, or the first free one like it)
  --same          keep MAC addresses, firmware uuid and serial
  --start         start it
  --network A=B   of an appliance: cards on its network A lead to B here: pod (the machine's own), NAMESPACE/NAME, or none;
                  without it, its first card leads to pod and the others are left out
  --firmware KIND of an appliance: bios, uefi or uefi-secure; without it, as its disk can be started
  --drivers KIND  of an appliance: described (disks and cards as near as can be to what it had), compatible (SATA and
                  e1000e, which nearly every system knows) or virtio (faster, with drivers in the guest)
  --preview       only look; FILE is a description, with its disks or without, or disks
${common}`,
  async run(args) {
    if (args.includes('--preview')) return previewForeignFiles(args);
    const [file, ...rest] = args;
    if (!file || file.startsWith('-')) throw new UsageError('give a file');
    const values = readOptions(rest, {
      name: { type: 'string' },
      same: { type: 'boolean', default: false },
      start: { type: 'boolean', default: false },
      network: { type: 'string', multiple: true, default: [] },
      firmware: { type: 'string' },
      drivers: { type: 'string' },
      namespace: { type: 'string', default: 'default' },
      'data-dir': { type: 'string' },
    });
    const hardware = hardwareOf(values.firmware, values.drivers);
    const source = { path: resolve(file) };
    const { namespace } = values;
    const networks = Object.fromEntries(values.network.map(networkOf));
    return withHearth(values['data-dir'], async (api) => {
      const all = await api.transfer.unfinished({});
      const cut = all.find((each) => each.kind === 'import' && each.file === source.path && (!values.name || each.machine === values.name)); // prettier-ignore
      if (cut) return api.transfer.resume({ id: cut.id });
      const preview = await api.transfer.preview({ source, namespace, networks, hardware });
      const name = values.name ?? preview.freeName;
      process.stderr.write(
        [
          `As ${name}`,
          ...(preview.appliance?.inside ? insideLines(preview.appliance.inside, true) : []),
          ...preview.notes,
          '',
        ].join('\n'),
      );
      return api.transfer.import({ source, namespace, name, identity: values.same ? 'same' : 'new', start: values.start, networks, hardware }); // prettier-ignore
    });
  },
};
