import type { ImportPreview } from '../../contract/transfer.ts';
import { asProblem } from '../../contract/problem.ts';
import { refuseDisksInBin } from '../bin/taken.ts';
import { carriesState, freeName } from '../clones/plan.ts';
import { kinds } from '../target/kinds.ts';
import { isNotFound } from '../target/kube-error.ts';
import { pick, pickList, pickNumber, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import type { Choices } from './file/machine-file.ts';
import { openMachineFile } from './file/read.ts';
import { needsExpanded } from './read-in.ts';
import { rebuild } from './rebuild.ts';

/** What a file holds and what the target says to it, by a dry run. Nothing is made. Throws ProblemError. */
export async function previewFile(
  target: OpenTarget,
  file: string,
  namespace: string,
  chosen: Choices = {},
): Promise<ImportPreview> {
  const { client } = target;
  const { manifest, size, disks, appliance, notes: before } = await openMachineFile(file, chosen);
  const machines = await client.list(kinds.virtualMachines, namespace);
  const taken = new Set(machines.map(({ metadata }) => metadata.name ?? ''));
  const { name } = manifest.machine.metadata;
  const free = taken.has(name) ? freeName(name, taken) : name;
  const expanded = await needsExpanded(target, manifest.machine);
  const built = rebuild(manifest, {
    namespace,
    name: free,
    identity: 'new',
    expanded,
    state: carriesState(target.state.value.capabilities),
  });
  const tried = refuseDisksInBin(target, namespace, [built.machine]).then(() =>
    client.create(kinds.virtualMachines, built.machine, { dryRun: true }),
  );
  const refused = await tried.then(
    () => undefined,
    (error: unknown) => asProblem(error).detail,
  );
  const inner = ['spec', 'template', 'spec'] as const;
  const notes = [...before, ...built.notes];
  if (expanded && manifest.expanded)
    notes.push('Its instance type or preference is not here: its values are written into the machine.');
  const networks: string[] = [];
  for (const network of pickList(built.machine, ...inner, 'networks')) {
    const wanted = pickText(network, 'multus', 'networkName');
    networks.push(wanted ?? 'pod');
    if (wanted === undefined) continue;
    const [first = '', second] = wanted.split('/');
    await client
      .get(kinds.networkAttachmentDefinitions, second ? first : namespace, second ?? first)
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
        notes.push(
          `The network ${wanted} is not here: the machine cannot start until it is, or its card is taken out.`,
        );
      });
  }
  const volumes = pickList(built.machine, ...inner, 'volumes');
  const domain = [...inner, 'domain'] as const;
  const cores = pickNumber(built.machine, ...domain, 'cpu', 'cores');
  const memory = pickText(built.machine, ...domain, 'memory', 'guest');
  const type = pickText(built.machine, 'spec', 'instancetype', 'name');
  const description = manifest.machine.metadata.annotations?.['hearth.dev/description'];
  return {
    name,
    freeName: free,
    made: manifest.made,
    by: manifest.by,
    size,
    disks: disks.map((disk) => ({ name: disk.volume, size: disk.size, stored: disk.stored, format: disk.format })),
    ...(cores === undefined
      ? {}
      : { cpus: cores * (pickNumber(built.machine, ...domain, 'cpu', 'sockets') ?? 1) * (pickNumber(built.machine, ...domain, 'cpu', 'threads') ?? 1) }),
    ...(memory === undefined ? {} : { memory }),
    ...(type === undefined ? {} : { instancetype: type }),
    networks,
    ...(appliance && { appliance: { ...appliance, uefi: pick(built.machine, ...domain, 'firmware', 'bootloader', 'efi') !== undefined, buses: pickList(built.machine, ...domain, 'devices', 'disks').map((disk) => pickText(disk, 'disk', 'bus') ?? '') } }),
    cloudInit: volumes.some((volume) => (volume['cloudInitNoCloud'] ?? volume['cloudInitConfigDrive']) !== undefined),
    ...(description ? { description } : {}),
    notes,
    ...(refused === undefined ? {} : { refused }),
  }; // prettier-ignore
}
