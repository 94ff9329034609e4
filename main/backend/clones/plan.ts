import type { ClonePlan } from '../../contract/clones.ts';
import type { KubeObject } from '../../contract/kube.ts';
import type { Capability } from '../../contract/target.ts';
import { pick, pickList, pickText } from '../target/pick.ts';
import { quantity } from '../target/quantity.ts';

/** Of a claim or a DataVolume that is not there (KubeVirt 1.9 pkg/storage/snapshot). */
const notFound = /\bnot found\b/i;
const claimOf = (volume: object): string | undefined =>
  pickText(volume, 'dataVolume', 'name') ?? pickText(volume, 'persistentVolumeClaim', 'claimName');

/** Whether a target copies TPMs and UEFI variables with clones and exports. Pure. */
export const carriesState = (capabilities: readonly Capability[]): boolean =>
  capabilities.some(({ id, supported }) => id === 'machineState' && supported);

/** Whether a machine keeps a TPM or UEFI variables beside its disks. Pure. */
export function keepsState(vm: object): boolean {
  const domain = pick(vm, 'spec', 'template', 'spec', 'domain');
  return pick(domain, 'devices', 'tpm', 'persistent') === true || pick(domain, 'firmware', 'bootloader', 'efi', 'persistent') === true; // prettier-ignore
}

/** `name-2`, or the first after it that nobody has. Pure. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  const stem = name.replace(/-\d{1,4}$/, '');
  for (let n = 2; ; n += 1) {
    const end = `-${n}`;
    const candidate = `${stem.slice(0, 63 - end.length).replace(/-+$/, '')}${end}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** What a clone of a machine would be, from the machine, all machines' names and the claims of its namespace. Pure. */
export function clonePlan(
  vm: KubeObject,
  running: boolean,
  taken: ReadonlySet<string>,
  claims: readonly KubeObject[],
  /** Whether the target copies TPMs and UEFI variables. */
  carriesState: boolean,
): ClonePlan {
  const volumes = pickList(vm, 'spec', 'template', 'spec', 'volumes');
  const statuses = pickList(vm, 'status', 'volumeSnapshotStatuses');
  const disks: ClonePlan['disks'] = [];
  const left: ClonePlan['left'] = [];
  const unmade: string[] = [];
  for (const volume of volumes) {
    const name = String(volume['name']);
    const claim = claimOf(volume);
    if (claim === undefined) continue;
    const told = statuses.find((each) => each['name'] === name);
    const found = claims.find(({ metadata }) => metadata.name === claim);
    const reason = pickText(told, 'reason');
    // KubeVirt says nothing of a machine just made, and "PVC not found" of a volume before its claim is there.
    if (!told || (told['enabled'] !== true && (!found || notFound.test(reason ?? '')))) {
      unmade.push(name);
      continue;
    }
    if (told['enabled'] !== true) {
      left.push({ name, reason: reason ?? 'The target cannot keep it.' });
      continue;
    }
    const size = quantity(pickText(found, 'status', 'capacity', 'storage'));
    disks.push({ name, ...(size === undefined ? {} : { size }) });
  }
  const busy = pickText(vm, 'status', 'snapshotInProgress') ?? pickText(vm, 'status', 'restoreInProgress');
  // KubeVirt does not clone what it keeps of a TPM or of UEFI variables (docs of VirtualMachineClone).
  const state = keepsState(vm);
  const refused =
    left.length > 0
      ? { reason: `Not every disk can be copied: ${left.map(({ name, reason }) => `${name}: ${reason}`).join('; ')}`, remedy: 'Wait until its disks are ready, or move them to storage that can be snapshotted.' } // prettier-ignore
      : busy !== undefined
        ? { reason: `${busy} is in progress on this machine.`, remedy: 'Wait until it is over.' }
        : state && !carriesState
          ? { reason: 'The machine keeps a TPM or UEFI variables, which clones cannot have.', remedy: 'Make a new machine and copy the data inside, or take the TPM off first.' } // prettier-ignore
          : unmade.length > 0
            ? { reason: `Not known yet whether every disk can be copied: the target has yet to look at ${unmade.join(', ')}.`, remedy: 'It is asked again until it says so.', soon: true as const } // prettier-ignore
            : undefined;
  return {
    running,
    name: freeName(String(vm.metadata.name), taken),
    disks,
    left,
    ...(refused ? { refused } : {}),
    ...(state ? { state: carriesState ? ('copied' as const) : ('lost' as const) } : {}),
    cloudInit: volumes.some((volume) => (volume['cloudInitNoCloud'] ?? volume['cloudInitConfigDrive']) !== undefined),
  };
}
