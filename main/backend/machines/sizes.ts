import type { KubeObject } from '../../contract/kube.ts';
import type { InstancetypeRow, PreferenceRow } from '../../contract/machine.ts';
import { pick, pickNumber, pickText } from '../target/pick.ts';
import { quantity } from '../target/quantity.ts';

const vendor = 'instancetype.kubevirt.io';

/** Why a stock machine cannot start this type, whatever is free. Pure. */
function unusable(type: KubeObject): string | undefined {
  if (pick(type, 'spec', 'cpu', 'dedicatedCPUPlacement') === true) return 'It needs CPUs of its own (a CPU manager).';
  if (pick(type, 'spec', 'memory', 'hugepages') !== undefined) return 'It needs huge pages set aside on the host.';
  if (pick(type, 'spec', 'gpus') !== undefined) return 'It needs a GPU.';
  return undefined;
}

/** Pure. */
export function instancetypeRow(
  type: KubeObject,
  fit: (memory: number) => { ok: boolean; detail: string },
): InstancetypeRow {
  const name = type.metadata.name ?? '';
  const memory = quantity(pick(type, 'spec', 'memory', 'guest')) ?? 0;
  const capacity = fit(memory);
  const why = unusable(type) ?? (capacity.ok ? undefined : capacity.detail);
  return {
    name,
    series: pickText(type, 'metadata', 'labels', `${vendor}/class`) ?? name.split('.')[0] ?? '',
    displayName: pickText(type, 'metadata', 'annotations', `${vendor}/displayName`) ?? name,
    description: (pickText(type, 'metadata', 'annotations', `${vendor}/description`) ?? '').trim(),
    cpus: pickNumber(type, 'spec', 'cpu', 'guest') ?? 1,
    memory,
    fits: why === undefined,
    ...(why && { why }),
  };
}

/** Pure. */
export function preferenceRow(preference: KubeObject): PreferenceRow {
  const name = preference.metadata.name ?? '';
  const efi = pick(preference, 'spec', 'firmware', 'preferredEfi');
  const secure =
    pick(efi, 'secureBoot') === true || pick(preference, 'spec', 'firmware', 'preferredUseSecureBoot') === true;
  const uefi = efi !== undefined || pick(preference, 'spec', 'firmware', 'preferredUseEfi') === true;
  const minCpus = pickNumber(preference, 'spec', 'requirements', 'cpu', 'guest');
  const minMemory = quantity(pick(preference, 'spec', 'requirements', 'memory', 'guest'));
  return {
    name,
    displayName: pickText(preference, 'metadata', 'annotations', 'openshift.io/display-name') ?? name,
    osType: pickText(preference, 'metadata', 'labels', `${vendor}/os-type`) ?? 'linux',
    ...(minCpus !== undefined && { minCpus }),
    ...(minMemory !== undefined && { minMemory }),
    firmware: secure ? 'uefi-secure' : uefi ? 'uefi' : 'bios',
  };
}
