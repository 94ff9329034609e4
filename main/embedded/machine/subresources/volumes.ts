import type {
  V1AddVolumeOptions,
  V1Disk,
  V1HotplugVolumeSource,
  V1RemoveVolumeOptions,
  V1Volume,
} from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import { denied } from '../../admission/field-error.ts';
import { expand } from '../../admission/instancetype.ts';
import { invalidCause } from '../../admission/vm/shapes.ts';
import { instanceSpecCauses } from '../../admission/vm/spec.ts';
import type { Stored } from '../../kube/object.ts';
import { virtualMachineInstances, virtualMachines } from '../../kube/resources.ts';
import type { ResourceType } from '../../kube/resources.ts';
import { badRequest } from '../../kube/status-error.ts';
import type { StatusCause } from '../../kube/status-error.ts';
import type { Subresource, SubresourceRequest } from '../../kube/subresource.ts';
import { isHotpluggable } from '../argv/devices.ts';
import { isFinal, ownerUid, phaseOf, vmiSpec, vmSpec } from '../spec.ts';
import type { VmiSpec } from '../spec.ts';
import { bodyOf, fetchVm, fetchVmi, isDryRun, put, refuse } from './tools.ts';
import type { SubresourceTools } from './tools.ts';

const accepted = { code: 202 };

/**
 * addvolume and removevolume of a machine and of an instance without one, with KubeVirt's codes and texts
 * (pkg/virt-api/rest/volumes.go). Both only change the spec: what runs follows it by itself.
 */
export function volumeSubresources(tools: SubresourceTools): Subresource[] {
  return (
    [
      ['addvolume', add],
      ['removevolume', remove],
    ] as const
  ).flatMap(([name, edit]) => [
    put(virtualMachines, name, (request) => changeVm(tools, request, edit)),
    put(virtualMachineInstances, name, (request) => changeVmi(tools, request, edit)),
  ]);
}

type Refuse = (message: string) => Error;
type Edit = (spec: VmiSpec, request: SubresourceRequest, refusal: Refuse) => void;

function changeVm(tools: SubresourceTools, request: SubresourceRequest, edit: Edit) {
  const vm = fetchVm(tools, request);
  const draft = structuredClone(vm) as Stored & { spec: Record<string, unknown> };
  const spec = (vmSpec(draft).template.spec ??= { domain: { devices: {} } });
  edit(spec, request, refuser(virtualMachines, request.name));
  const { store, config } = tools.context;
  const expansion = expand(draft, store, config);
  const at = 'spec.template.spec';
  const causes = expansion.causes.length > 0 ? expansion.causes : instanceSpecCauses(expansion.spec, at, config);
  if (causes.length > 0) throw denied('virtualmachine-validator.kubevirt.io', causes);
  if (!isDryRun(request))
    store.mutate(virtualMachines, request.namespace, request.name, (object) => {
      object.spec = draft.spec;
    });
  return accepted;
}

function changeVmi(tools: SubresourceTools, request: SubresourceRequest, edit: Edit) {
  const vmi = fetchVmi(tools, request);
  const refusal = refuser(virtualMachineInstances, request.name);
  if (ownerUid(vmi) !== undefined) throw refusal(`VMI ${request.namespace}/${request.name} is owned by a VM`);
  if (isFinal(vmi) || phaseOf(vmi) !== 'Running') throw refusal('VMI is not running');
  const draft = structuredClone(vmi) as Stored & { spec: Record<string, unknown> };
  edit(vmiSpec(draft), request, refusal);
  const causes = instanceSpecCauses(vmiSpec(draft), 'spec', tools.context.config);
  if (causes.length > 0) throw denied('virtualmachineinstances-update-validator.kubevirt.io', causes);
  if (!isDryRun(request))
    tools.context.store.mutate(virtualMachineInstances, request.namespace, request.name, (object) => {
      object.spec = draft.spec;
    });
  return accepted;
}

const refuser =
  (type: ResourceType, name: string): Refuse =>
  (message) =>
    refuse(type, name, message);

const sourceOf = (volume: Pick<V1Volume, 'dataVolume' | 'persistentVolumeClaim'>): string =>
  volume.dataVolume?.name ?? volume.persistentVolumeClaim?.claimName ?? '';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function add(spec: VmiSpec, request: SubresourceRequest, refusal: Refuse): void {
  const { name, disk, volumeSource } = bodyOf(request) as Partial<V1AddVolumeOptions>;
  if (typeof name !== 'string' || name === '') throw badRequest('AddVolumeOptions requires name to be set');
  if (!isObject(disk)) throw badRequest('AddVolumeOptions requires disk to not be nil');
  if (!isObject(volumeSource)) throw badRequest('AddVolumeOptions requires VolumeSource to not be nil');
  const { dataVolume, persistentVolumeClaim }: V1HotplugVolumeSource = volumeSource;
  const source = sourceOf(volumeSource);
  for (const volume of spec.volumes ?? []) {
    if (volume.name === name)
      throw refusal(`Unable to add volume [${name}] because volume with that name already exists`);
    if (sourceOf(volume) === source && source !== '')
      throw refusal(`Unable to add volume source [${source}] because it already exists`);
  }
  if ((dataVolume === undefined) === (persistentVolumeClaim === undefined) || source === '')
    throw denied('virtualmachine-validator.kubevirt.io', [
      invalidCause('', `volume ${name} is not a PVC or DataVolume`),
    ]);
  const causes = hotplugCauses(disk, name);
  if (causes.length > 0) throw denied('virtualmachine-validator.kubevirt.io', causes);
  const { devices } = spec.domain;
  devices.disks = [...(devices.disks ?? []), { ...structuredClone(disk), name }];
  spec.volumes = [
    ...(spec.volumes ?? []),
    dataVolume
      ? { name, dataVolume: { ...dataVolume, name: source, hotpluggable: true } }
      : { name, persistentVolumeClaim: { ...persistentVolumeClaim, claimName: source, hotpluggable: true } },
  ];
}

/** KubeVirt's ValidateHotplugDiskConfiguration. */
function hotplugCauses(disk: V1Disk, name: string): StatusCause[] {
  const prefix = 'Hotplug configuration';
  const wrong = (message: string): StatusCause[] => [invalidCause('', `${prefix} for ${message}`)];
  const bus = disk.disk?.bus ?? disk.lun?.bus ?? '';
  if (disk.disk && bus !== 'scsi' && bus !== 'virtio')
    return wrong(`disk [${name}] requires bus to be 'scsi' or 'virtio'. [${bus}] is not permitted.`);
  if (!disk.disk && disk.lun && bus !== 'scsi')
    return wrong(`LUN [${name}] requires bus to be 'scsi'. [${bus}] is not permitted.`);
  if (!disk.disk && !disk.lun) return wrong(`[${name}] requires diskDevice of type 'disk' or 'lun' to be used.`);
  if (disk.dedicatedIOThread && bus !== 'virtio') return wrong(`[${name}] requires virtio bus for IOThreads.`);
  return [];
}

function remove(spec: VmiSpec, request: SubresourceRequest, refusal: Refuse): void {
  const { name } = bodyOf(request) as Partial<V1RemoveVolumeOptions>;
  if (typeof name !== 'string' || name === '') throw badRequest('RemoveVolumeOptions requires name to be set');
  const volume = spec.volumes?.find((one) => one.name === name || sourceOf(one) === name);
  if (!volume) throw refusal(`Unable to remove volume [${name}] because it does not exist`);
  if (!isHotpluggable(volume)) throw refusal(`Unable to remove volume [${volume.name}] because it is not hotpluggable`);
  spec.volumes = (spec.volumes ?? []).filter((one) => one !== volume);
  const { devices } = spec.domain;
  devices.disks = (devices.disks ?? []).filter((disk) => disk.name !== volume.name);
}
