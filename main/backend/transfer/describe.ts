import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { ExportMachine } from '../../contract/transfer.ts';
import { secretUses } from '../snapshots/patches.ts';
import { kinds, subresourcePath } from '../target/kinds.ts';
import { isNotFound, KubeError } from '../target/kube-error.ts';
import { pickList, pickText } from '../target/pick.ts';
import { quantity } from '../target/quantity.ts';
import type { OpenTarget } from '../target/target.ts';
import { bareMachine } from './file/manifest.ts';
import type { Manifest } from './file/manifest.ts';

export const claimOf = (volume: unknown): string | undefined =>
  pickText(volume, 'dataVolume', 'name') ?? pickText(volume, 'persistentVolumeClaim', 'claimName');

/** The manifest of a machine as it is now. `formats`: of the disk files, by volume. Throws KubeError, ProblemError. */
export async function describeMachine(
  target: OpenTarget,
  vm: KubeObject,
  input: ExportMachine,
): Promise<Omit<Manifest, 'by' | 'made'>> {
  // prettier-ignore
  const { client } = target;
  const machine = bareMachine(vm);
  const typed = vm.spec?.['instancetype'] !== undefined || vm.spec?.['preference'] !== undefined;
  const expanded = typed ? await expandedOf(target, input) : undefined;
  const both = [machine, ...(expanded ? [expanded] : [])];
  const secrets: Manifest['secrets'] = [];
  if (input.secrets)
    for (const { secret } of secretUses(vm, input.name)) {
      if (secrets.some(({ name }) => name === secret)) continue;
      const found = await orNothing(client.get(kinds.secrets, input.namespace, secret));
      const { type, data = {} } = (found ?? {}) as { type?: string; data?: Record<string, string> };
      if (found) secrets.push({ name: secret, ...(type ? { type } : {}), data });
    }
  else for (const each of both) withoutCloudInit(each.spec);
  const disks: Manifest['disks'] = [];
  for (const volume of pickList(vm, 'spec', 'template', 'spec', 'volumes')) {
    const claim = claimOf(volume);
    if (claim === undefined) continue;
    const found = await client.get(kinds.persistentVolumeClaims, input.namespace, claim);
    const sizes = [
      pickText(found, 'spec', 'resources', 'requests', 'storage'),
      pickText(found, 'status', 'capacity', 'storage'),
    ];
    const size = Math.max(0, ...sizes.map((each) => quantity(each) ?? 0));
    if (size === 0) throw new ProblemError({ code: 'disk-not-ready', title: 'A disk of the machine is not ready', detail: `${claim} has no size yet.`, fix: 'Wait until it is made.' }); // prettier-ignore
    const name = String(volume['name']);
    disks.push({ volume: name, file: `disks/${name}.qcow2`, format: 'qcow2', size });
  }
  return { format: 'hearth-vm', version: 1, machine, ...(expanded ? { expanded } : {}), disks, secrets };
}

async function expandedOf(
  { client }: OpenTarget,
  ref: { namespace: string; name: string },
): Promise<Manifest['expanded']> {
  const path = subresourcePath(kinds.virtualMachines, ref, 'expand-spec');
  const found = await orNothing(client.json<KubeObject>('GET', path));
  return found && bareMachine(found);
}

/** Takes cloud-init's disks out of a machine: what they hold may be passwords. */
function withoutCloudInit(spec: Record<string, unknown>): void {
  const inner = (spec['template'] as { spec?: { volumes?: Record<string, unknown>[]; domain?: { devices?: { disks?: { name: string }[] } } } } | undefined)?.spec; // prettier-ignore
  if (!inner) return;
  const holds = (volume: Record<string, unknown>): boolean =>
    (volume['cloudInitNoCloud'] ?? volume['cloudInitConfigDrive']) !== undefined;
  const names = new Set((inner.volumes ?? []).filter(holds).map((volume) => volume['name']));
  inner.volumes = (inner.volumes ?? []).filter((volume) => !holds(volume));
  const devices = inner.domain?.devices;
  if (devices?.disks) devices.disks = devices.disks.filter(({ name }) => !names.has(name));
}

async function orNothing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isNotFound(error) || (error instanceof KubeError && [403, 405].includes(error.code))) return undefined;
    throw error;
  }
}
