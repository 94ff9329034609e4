import type { KubeObject } from '../../../main/contract/kube.ts';
import { pick, pickList, pickText } from '../../../main/backend/target/pick.ts';
import type { Served } from './kinds.ts';
import { denied, Refusal } from './status.ts';

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/**
 * What the webhooks of KubeVirt 1.9 and CDI 1.66 refuse of the things Hearth writes most, in their words. Only a part of
 * them: the engine has the long list, and this double must not share its code.
 */
export function webhooks(
  kind: Served,
  object: KubeObject,
  present: KubeObject | undefined,
  gate: (name: string) => boolean,
): void {
  if (kind.kind === 'VirtualMachine') machine(object, gate);
  if (kind.kind === 'VirtualMachine' && present) busy(object, present);
  if (kind.kind === 'VirtualMachineSnapshot' && !present && !gate('Snapshot'))
    throw denied('virtualmachinesnapshot-validator.snapshot.kubevirt.io', [{ field: 'spec', message: 'snapshot feature gate not enabled' }]); // prettier-ignore
  if (kind.kind === 'VirtualMachineRestore' && !present) restore(object);
  if (kind.kind === 'ConfigMap' && present?.['immutable'] === true && !same(object['data'], present['data']))
    throw new Refusal(422, 'Invalid', `ConfigMap "${object.metadata.name}" is invalid: data: Forbidden: field is immutable when \`immutable\` is set`, { causes: [{ reason: 'FieldValueForbidden', field: 'data', message: 'Forbidden: field is immutable when `immutable` is set' }] }); // prettier-ignore
  if (kind.kind === 'DataVolume') dataVolume(object, present);
  if (kind.group === 'snapshot.kubevirt.io' && present && !same(object.spec, present.spec))
    throw denied('virtualmachinesnapshot-validator.snapshot.kubevirt.io', [{ field: 'spec', message: 'spec in immutable after creation' }]); // prettier-ignore
}

/** While a snapshot or restore is on, disks and run strategy stay (pkg/virt-api/webhooks/validating-webhook). */
function busy(vm: KubeObject, present: KubeObject): void {
  const webhook = 'virtualmachine-validator.kubevirt.io';
  const parts = (of: KubeObject): unknown[] => [pick(of, 'spec', 'template', 'spec', 'domain', 'devices', 'disks'), pick(of, 'spec', 'template', 'spec', 'volumes')]; // prettier-ignore
  const snapshot = pickText(present, 'status', 'snapshotInProgress');
  if (snapshot !== undefined && !same(parts(vm), parts(present)))
    throw denied(webhook, [{ field: 'spec', message: `Cannot update vm disks or volumes until snapshot "${snapshot}" completes` }]); // prettier-ignore
  const restored = pickText(present, 'status', 'restoreInProgress');
  if (restored !== undefined && pickText(vm, 'spec', 'runStrategy') !== pickText(present, 'spec', 'runStrategy'))
    throw denied(webhook, [{ field: 'spec', message: `Cannot update VM runStrategy until restore "${restored}" completes` }]); // prettier-ignore
}

/** Its patches are cut at each comma and colon, and may only touch the spec (pkg/storage/admitters/vmrestore.go). */
function restore(object: KubeObject): void {
  const causes: { field: string; message: string }[] = [];
  for (const patch of (pick(object, 'spec', 'patches') as string[] | undefined) ?? [])
    for (const pair of patch.replaceAll(/[{}]/g, '').split(',')) {
      const [key = '', value = '', ...more] = pair.split(':');
      if (more.length > 0 || value === '') causes.push({ field: 'spec.patches', message: 'patch format is not valid - one ":" expected in a single key-value json patch' }); // prettier-ignore
      else if (key.trim() === '"path"' && !value.trim().startsWith('"/spec/')) causes.push({ field: 'spec.patches', message: 'patching is valid only for elements under /spec/' }); // prettier-ignore
    }
  if (causes.length > 0) throw denied('virtualmachinerestore-validator.snapshot.kubevirt.io', causes);
}

function machine(vm: KubeObject, gate: (name: string) => boolean): void {
  const webhook = 'virtualmachine-validator.kubevirt.io';
  const causes: { field: string; message: string }[] = [];
  const strategy = pickText(vm, 'spec', 'runStrategy');
  const running = pick(vm, 'spec', 'running');
  if (strategy === undefined && running === undefined)
    causes.push({ field: 'spec.running', message: 'One of Running or RunStrategy must be specified' });
  if (strategy !== undefined && running !== undefined)
    causes.push({ field: 'spec.running', message: 'Running and RunStrategy are mutually exclusive. Note that Running is deprecated, please use RunStrategy instead' }); // prettier-ignore
  const spec = pick(vm, 'spec', 'template', 'spec');
  const at = 'spec.template.spec';
  if (pick(vm, 'spec', 'instancetype')) {
    for (const field of ['cpu', 'memory'])
      if (pick(spec, 'domain', field) !== undefined)
        causes.push({ field: `${at}.domain.${field}`, message: `VM field(s) ${at}.domain.${field} conflicts with selected instance type` }); // prettier-ignore
  } else if (
    pick(spec, 'domain', 'memory') === undefined &&
    pick(spec, 'domain', 'resources', 'requests', 'memory') === undefined
  )
    causes.push({ field: `${at}.domain.resources.requests.memory`, message: 'no memory requested, at least one of \'spec.template.spec.domain.memory.guest\', \'spec.template.spec.domain.memory.hugepages.size\' or \'spec.template.spec.domain.resources.requests.memory\' must be set' }); // prettier-ignore
  const volumes = pickList(spec, 'volumes').map((each) => String(each['name']));
  for (const [index, disk] of pickList(spec, 'domain', 'devices', 'disks').entries())
    // A drive may stand empty where volumes are declared.
    if (!volumes.includes(String(disk['name'])) && !(disk['cdrom'] !== undefined && gate('DeclarativeHotplugVolumes')))
      causes.push({ field: `${at}.domain.devices.disks[${index}].name`, message: `${at}.domain.devices.disks[${index}].Name '${String(disk['name'])}' not found.` }); // prettier-ignore
  for (const [index, volume] of pickList(spec, 'volumes').entries())
    for (const source of ['cloudInitNoCloud', 'cloudInitConfigDrive'])
      for (const field of ['userData', 'networkData'])
        if ((pickText(volume, source, field)?.length ?? 0) > 2048)
          causes.push({ field: `${at}.volumes[${index}].${source}.${field.toLowerCase()}`, message: `${at}.volumes[${index}].${source}.${field.toLowerCase()} exceeds 2048 byte limit. Should use ${field}SecretRef for larger data.` }); // prettier-ignore
  for (const template of pickList(vm, 'spec', 'dataVolumeTemplates')) {
    const name = pickText(template, 'metadata', 'name');
    const used = pickList(spec, 'volumes').some((each) => pickText(each, 'dataVolume', 'name') === name || pickText(each, 'persistentVolumeClaim', 'claimName') === name); // prettier-ignore
    if (!used) causes.push({ field: 'spec.dataVolumeTemplate[0]', message: `DataVolumeTemplate entry spec.dataVolumeTemplate[0] must be referenced in the VMI template's 'volumes' list` }); // prettier-ignore
  }
  if (causes.length > 0) throw denied(webhook, causes);
}

function dataVolume(volume: KubeObject, present: KubeObject | undefined): void {
  const webhook = 'datavolume-validate.cdi.kubevirt.io';
  if (present && !same(volume.spec, present.spec)) throw denied(webhook, [{ field: 'spec', message: 'Cannot update DataVolume Spec' }]); // prettier-ignore
  const sources = Object.keys((pick(volume, 'spec', 'source') ?? {}) as object);
  if (sources.length > 1) throw denied(webhook, [{ field: 'spec.source', message: 'Multiple dataVolume sources' }]);
  if (sources.length === 0 && pick(volume, 'spec', 'sourceRef') === undefined)
    throw denied(webhook, [{ field: 'spec', message: 'Data volume should have either Source or SourceRef, or be externally populated' }]); // prettier-ignore
  if (pick(volume, 'spec', 'pvc') && pick(volume, 'spec', 'storage'))
    throw denied(webhook, [{ field: 'spec', message: 'Duplicate storage definition, both target storage and target pvc defined' }]); // prettier-ignore
}
