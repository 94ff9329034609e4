import { pick, pickList, pickText } from '../target/pick.ts';
import { referencesOf } from './causes/secrets.ts';
import type { ListName, WhySources } from './sources.ts';
import { asAsked, failures, isComing, unscheduled } from './sources.ts';

/**
 * What has to be looked at to say why, as far as the objects known so far tell. Nothing for a machine that is as asked:
 * most are, and a page that is open must not list a cluster for them. Pure.
 */
export function listsWanted(sources: WhySources): ListName[] {
  const { vm, vmi, services = [] } = sources;
  const lists = new Set<ListName>();
  const waitsForAddress = services.some(
    (service) =>
      pickText(service, 'spec', 'type') === 'LoadBalancer' &&
      pickList(service, 'status', 'loadBalancer', 'ingress').length === 0,
  );
  if (vmi && !isComing(vmi) && waitsForAddress) lists.add('services');
  const marked = pick(vm, 'status', 'snapshotInProgress') ?? pick(vm, 'status', 'restoreInProgress');
  if (marked !== undefined) lists.add('snapshots').add('restores');
  const life = pickList(vmi, 'status', 'conditions').some((each) => each['type'] === 'NoSignOfLife');
  if (life) lists.add('nodes');
  if (asAsked(sources)) return [...lists];
  lists.add('events');
  const named = pickList(vm, 'spec', 'template', 'spec', 'networks').some((each) => each['multus'] !== undefined);
  if (named && !pick(vm, 'metadata', 'deletionTimestamp')) lists.add('networks');
  if (unscheduled(sources) !== undefined) lists.add('nodes').add('instances');
  if (failures(sources).length > 0) lists.add('nodes').add('pods');
  if (failures(sources).some((text) => /quota/i.test(text))) lists.add('instances');
  if (isComing(vmi)) lists.add('pods');
  const unbound = (sources.claims ?? []).some((each) => pickText(each, 'status', 'phase') === 'Pending');
  const early = sources.dataVolumes.some((each) => ['Pending', 'WaitForFirstConsumer', 'PendingPopulation'].includes(pickText(each, 'status', 'phase') ?? '')); // prettier-ignore
  if (unbound || early) lists.add('storageClasses');
  return [...lists];
}

/** Secrets and ConfigMaps whose being there matters now. Pure. */
export const namesWanted = (sources: WhySources): { kind: 'Secret' | 'ConfigMap'; name: string }[] =>
  asAsked(sources) || sources.vm.metadata.deletionTimestamp || (sources.vmi !== undefined && !isComing(sources.vmi))
    ? []
    : referencesOf(sources.vm);
