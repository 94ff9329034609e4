import type { KubeObject } from '../kube/object.ts';
import { vmSpec } from '../machine/spec.ts';
import type { CloneSpec } from './words.ts';

type Source = Pick<KubeObject, 'metadata' | 'spec'>;
const lastRestore = 'restore.kubevirt.io/lastRestoreUID';

/**
 * The JSON patches by which a clone differs from its source, in KubeVirt's order (pkg/virt-controller/watch/clone/vm-target.go):
 * new MAC addresses, serial and firmware uuid, filtered labels and annotations, then the user's own. Where KubeVirt writes an
 * empty value for "choose anew", the field is taken out here: it means the same. Pure.
 */
export function clonePatches(source: Source, spec: CloneSpec): string[] {
  const at = '/spec/template/spec/domain';
  const { template } = vmSpec(source);
  const { interfaces = [] } = template.spec?.domain.devices ?? {};
  const { firmware } = template.spec?.domain ?? {};
  const remove = (path: string): object => ({ op: 'remove', path });
  const nics = interfaces.flatMap(({ name, macAddress }, index): object[] => {
    const path = `${at}/devices/interfaces/${index}/macAddress`;
    const wanted = spec.newMacAddresses?.[name];
    if (wanted) return [{ op: 'add', path, value: wanted }];
    return macAddress === undefined ? [] : [remove(path)];
  });
  const serial: object[] =
    firmware && spec.newSMBiosSerial
      ? [{ op: 'add', path: `${at}/firmware/serial`, value: spec.newSMBiosSerial }]
      : firmware?.serial === undefined
        ? []
        : [remove(`${at}/firmware/serial`)];
  const { [lastRestore]: _own, ...annotations } = source.metadata.annotations ?? {};
  const filtered = [
    ...filteredOut(source.metadata.labels, spec.labelFilters, '/metadata/labels'),
    ...filteredOut(annotations, spec.annotationFilters, '/metadata/annotations'),
    ...filteredOut(labelsOf(template.metadata, 'labels'), spec.template?.labelFilters, '/spec/template/metadata/labels'),
    ...filteredOut(labelsOf(template.metadata, 'annotations'), spec.template?.annotationFilters, '/spec/template/metadata/annotations'),
  ]; // prettier-ignore
  const uuid = firmware?.uuid === undefined ? [] : [remove(`${at}/firmware/uuid`)];
  const made = [...nics, ...serial, ...filtered.map(remove), ...uuid].map((patch) => JSON.stringify(patch));
  return [...made, ...(spec.patches ?? [])];
}

const labelsOf = (metadata: object | undefined, key: 'labels' | 'annotations'): Record<string, string> | undefined =>
  (metadata as Record<string, Record<string, string> | undefined> | undefined)?.[key];

/** Paths of keys that no filter lets through; `!` takes out again. Filters are regular expressions, as in KubeVirt. */
function filteredOut(map: Record<string, string> = {}, filters: string[] | undefined, base: string): string[] {
  if (filters === undefined) return [];
  const matches = (filter: string, key: string): boolean => new RegExp(filter === '*' ? '.*' : filter).test(key);
  const kept = (key: string): boolean =>
    filters.some((filter) => !filter.startsWith('!') && matches(filter, key)) &&
    !filters.some((filter) => filter.startsWith('!') && matches(filter.slice(1), key));
  return Object.keys(map)
    .filter((key) => !kept(key))
    .map((key) => `${base}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
}
