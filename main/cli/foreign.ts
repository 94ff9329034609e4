import { resolve } from 'node:path';
import { defaultDataDir } from '../backend/paths.ts';
import type { ForeignPreview } from '../contract/foreign.ts';
import { exit, readOptionsAndNames, UsageError } from './command.ts';
import { insideLines } from './inside.ts';
import { workingHearth } from './working.ts';

/** `hearth import --preview FILE ...`: the manifest on stdout, what there is to say of it on stderr. Resolves with the exit code. */
export async function previewForeignFiles(args: string[]): Promise<number> {
  const { values, names } = readOptionsAndNames(args, {
    preview: { type: 'boolean', default: false },
    namespace: { type: 'string', default: 'default' },
    'data-dir': { type: 'string' },
  });
  if (names.length === 0 || names.length > 16)
    throw new UsageError('give one description, or up to 16 files with its disks');
  const { api, close } = await workingHearth(values['data-dir'] ?? defaultDataDir());
  try {
    for await (const target of api.target.watch({})) if (target.state === 'ready') break;
    const files = names.map((name) => ({ path: resolve(name) }));
    const found = await api.foreign.preview({ files, namespace: values.namespace });
    process.stderr.write(`${wordsOf(found).join('\n')}\n`);
    process.stdout.write(found.preview.yaml);
    return found.preview.problem ? exit.failed : exit.ok;
  } finally {
    await close();
  }
}

/** A described machine in lines. Pure. */
export function wordsOf({ machine, input, disks, inside, preview }: ForeignPreview): string[] {
  const { cpus, firmware, secureBoot, tpm } = machine;
  const size = `${cpus.sockets * cpus.cores * cpus.threads} vCPUs, ${Math.round(machine.memory / 2 ** 20)} MiB`;
  const how = [firmware === 'bios' ? 'BIOS' : secureBoot ? 'UEFI with Secure Boot' : 'UEFI', tpm ? 'TPM' : '', machine.os.name].filter(Boolean); // prettier-ignore
  const { problem } = preview;
  return [
    `${machine.name} (${machine.kind}), here ${input.name}: ${size}, ${how.join(', ')}`,
    ...machine.disks.map((disk) => {
      const image = disks.find(({ slot }) => slot === disk.slot)?.image;
      const state = image ? `in the library as ${image.name}` : (disk.why ?? 'not in the library: add its file, an empty disk stands in'); // prettier-ignore
      return `  disk ${disk.slot} ${disk.found ?? disk.file ?? ''}: ${state}`;
    }),
    ...(inside ? insideLines(inside, machine.kind !== 'disks') : []),
    ...machine.nics.map(({ slot, model, mac, network }) =>
      `  card ${slot} ${model} ${mac ?? ''} on ${network}`.trimEnd(),
    ),
    ...(machine.left.length > 0 ? ['Not carried over:'] : []),
    ...machine.left.map(({ what, why }) => `  ${what}: ${why}`),
    ...(problem ? [`The target refuses it: ${problem.detail}`] : []),
  ];
}
