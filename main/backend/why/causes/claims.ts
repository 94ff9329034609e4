import type { KubeObject } from '../../../contract/kube.ts';
import type { Cure } from '../../../contract/why.ts';
import { pick, pickList, pickText } from '../../target/pick.ts';
import { cause, machinePage, page } from '../cause.ts';
import { asAsked, conditionOf, eventsOf, isComing, knows, listOf, nameOf, said, statusOf, title, unscheduled, volumesOf } from '../sources.ts'; // prettier-ignore
import type { WhySources } from '../sources.ts';

const phaseOf = (object: KubeObject | undefined): string => pickText(object, 'status', 'phase') ?? '';
const isDefault = (storage: KubeObject): boolean =>
  storage.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true';
const waitsForConsumer = (storage: KubeObject | undefined): boolean =>
  pick(storage, 'volumeBindingMode') === 'WaitForFirstConsumer';

interface Pending {
  claim: string;
  volume: KubeObject | undefined;
  storageName: string | undefined;
  storage: KubeObject | undefined;
  event: string | undefined;
}

/** A claim that has no volume, or a DataVolume that never came to have a claim. */
function pending(sources: WhySources): Pending | undefined {
  const claims = sources.claims ?? [];
  const claim = claims.find((each) => phaseOf(each) === 'Pending');
  const volume = claim
    ? sources.dataVolumes.find(({ metadata }) => metadata.name === claim.metadata.name)
    : sources.dataVolumes.find((each) => ['Pending', 'WaitForFirstConsumer', 'PendingPopulation'].includes(phaseOf(each)));
  if (!claim && !volume) return undefined;
  const name = nameOf(claim ?? volume!);
  const storageName = pickText(claim, 'spec', 'storageClassName') ?? pickText(volume, 'spec', 'storage', 'storageClassName') ?? pickText(volume, 'spec', 'pvc', 'storageClassName');
  const storage = listOf(sources, 'storageClasses').find((each) => (storageName === undefined ? isDefault(each) : nameOf(each) === storageName));
  const events = eventsOf(sources).filter((each) => pickText(each, 'involvedObject', 'name') === name && ['PersistentVolumeClaim', 'DataVolume'].includes(pickText(each, 'involvedObject', 'kind') ?? ''));
  const event = events.find((each) => pickText(each, 'type') === 'Warning') ?? events.find((each) => pickText(each, 'reason') === 'FailedBinding');
  const own = volume && phaseOf(volume) === 'Pending' && conditionOf(volume, 'Running')?.['status'] === 'False' ? pickText(conditionOf(volume, 'Running'), 'message') : undefined;
  return { claim: name, volume, storageName, storage, event: pickText(event, 'message') ?? own };
} // prettier-ignore

/** Somebody wants the disk: an instance waits for it, or the machine shall run. */
const isWanted = (sources: WhySources): boolean => isComing(sources.vmi) || !asAsked(sources);
/** A class that binds with the first consumer, which is not there or has just come. */
const isLate = ({ volume, storage, event }: Pending): boolean =>
  event === undefined &&
  (waitsForConsumer(storage) || ['WaitForFirstConsumer', 'PendingPopulation'].includes(phaseOf(volume)));

export const pvcPending = cause({
  id: 'pvc-pending',
  title: 'A disk has no storage',
  evidence(sources) {
    const found = pending(sources);
    if (!found || !isWanted(sources)) return undefined;
    const told = /unbound immediate PersistentVolumeClaims|persistentvolumeclaim.*not found|VolumeBinding/i.test(unscheduled(sources) ?? '');
    return !isLate(found) || told ? found : undefined;
  },
  explain({ claim, volume, storageName, storage, event }, sources) {
    const classes = listOf(sources, 'storageClasses');
    const looked = knows(sources, 'storageClasses');
    const missing = looked && storage === undefined;
    const others = classes.filter((each) => each !== storage).sort((a, b) => Number(isDefault(b)) - Number(isDefault(a)));
    const cures: Cure[] = volume ? others.slice(0, 3).map((each) => ({
      label: `Use the storage class ${nameOf(each)}`,
      detail: `The disk ${claim} is asked for anew, there.`,
      asks: 'The claim is deleted and made anew. It holds no data yet.',
      action: { type: 'useStorageClass' as const, dataVolume: { namespace: sources.vm.metadata.namespace ?? '', name: claim }, storageClass: nameOf(each) },
    })) : [];
    return {
      short: `The disk ${claim} has no storage${missing && storageName ? `: the storage class ${storageName} does not exist` : ''}.`,
      steps: [
        { object: `PersistentVolumeClaim ${claim}`, says: event ? (/[.!?]$/.test(event) ? event : `${event}.`) : 'It is pending: no volume was made for it.' },
        missing
          ? { object: `StorageClass ${storageName ?? '(default)'}`, says: storageName ? 'It does not exist.' : 'The target has no default one.' }
          : storage
            ? { object: title(storage), says: `Volumes are made by ${pickText(storage, 'provisioner')}${waitsForConsumer(storage) ? ' when a machine that uses them is placed' : ''}; it has made none yet.` }
            : { object: `StorageClass ${storageName ?? '(default)'}`, says: 'It should make the volume.' },
      ],
      cures: [...cures, page('Look at its disks', machinePage(sources, 'disks')), page('Look at the events', machinePage(sources, 'events'))],
    };
  },
}); // prettier-ignore

export const waitsForBinding = cause({
  id: 'waits-for-binding',
  title: 'Its disk is made when it is placed',
  tone: 'wait',
  evidence(sources) {
    const found = pending(sources);
    return found && isWanted(sources) && isLate(found) ? found : undefined;
  },
  explain: ({ claim, storage }, sources) => ({
    steps: [
      { object: `PersistentVolumeClaim ${claim}`, says: `It waits for its first consumer${storage ? ` (storage class ${nameOf(storage)})` : ''}: that is this machine.` },
    ],
    cures: sources.vmi ? [] : [{ label: 'Start it', action: { type: 'power', action: 'start' } }],
  }),
}); // prettier-ignore

/** Names of claims and DataVolumes that volumes name and that are not there. */
function gone(sources: WhySources): { name: string; says: string | undefined } | undefined {
  const failed = conditionOf(sources.vmi, 'Synchronized');
  const told = failed?.['status'] === 'False' && failed['reason'] === 'FailedPvcNotFound' ? said(failed) : undefined;
  const status = statusOf(sources.vm);
  if (told === undefined && status !== 'ErrorPvcNotFound' && status !== 'ErrorDataVolumeNotFound') return undefined;
  const named = volumesOf(sources).flatMap((volume) => pickText(volume, 'persistentVolumeClaim', 'claimName') ?? pickText(volume, 'dataVolume', 'name') ?? []);
  const there = new Set([...(sources.claims ?? []), ...sources.dataVolumes].map(nameOf));
  const made = pickList(sources.vm, 'spec', 'dataVolumeTemplates').map((each) => pickText(each, 'metadata', 'name'));
  const name = named.find((each) => told?.includes(each)) ?? named.find((each) => !there.has(each) && !made.includes(each)) ?? '';
  return { name, says: told };
} // prettier-ignore

export const diskMissing = cause({
  id: 'disk-missing',
  title: 'A disk is missing',
  evidence: gone,
  explain: ({ name, says }, sources) => ({
    steps: [{ object: `PersistentVolumeClaim ${name || '(unnamed)'}`, says: says ?? 'It does not exist.' }],
    cures: [page('Look at its disks', machinePage(sources, 'disks')), page('Change the manifest', machinePage(sources, 'yaml'))],
  }),
}); // prettier-ignore

export const diskInUse = cause({
  id: 'disk-in-use',
  title: 'A disk is in use elsewhere',
  evidence: (sources) => {
    const message = unscheduled(sources);
    return message !== undefined && /\bin use\b|Multi-Attach|already used by/i.test(message) ? message : undefined;
  },
  explain(message, sources) {
    const names = new Set((sources.claims ?? []).map(nameOf));
    const users = listOf(sources, 'instances').filter((each) =>
      each.metadata.uid !== sources.vmi?.metadata.uid && each.metadata.namespace === sources.vm.metadata.namespace && phaseOf(each) === 'Running' &&
      pickList(each, 'spec', 'volumes').some((volume) => names.has(pickText(volume, 'dataVolume', 'name') ?? pickText(volume, 'persistentVolumeClaim', 'claimName') ?? '')));
    return {
      steps: [{ object: `VirtualMachineInstance ${nameOf(sources.vm)}`, says: message }],
      cures: [
        ...users.slice(0, 3).map((each) => ({
          label: `Shut down ${nameOf(each)}`,
          asks: `${nameOf(each)} is asked to shut down. It stays off until it is started again.`,
          action: { type: 'stopMachine' as const, machine: { namespace: each.metadata.namespace ?? '', name: nameOf(each) } },
        })),
        page('Look at its disks', machinePage(sources, 'disks')),
      ],
    };
  },
}); // prettier-ignore
