import { VolumeNotReady } from '../../kube/block.ts';
import type { Stored } from '../../kube/object.ts';
import { configMaps, secrets } from '../../kube/resources.ts';
import type { Store } from '../../store/store.ts';
import type { SeedDisc } from './cloud-init.ts';

export interface FileSource {
  secret?: { secretName?: string; optional?: boolean; volumeLabel?: string };
  configMap?: { name?: string; optional?: boolean; volumeLabel?: string };
  sysprep?: { secret?: { name?: string }; configMap?: { name?: string } };
}

/** A secret's or config map's keys as the files of a disc; undefined for other kinds of volumes. */
export function fileDisc(store: Store, vmi: Stored, source: FileSource): SeedDisc | undefined {
  const { namespace } = vmi.metadata;
  if (source.secret) {
    const { secretName, optional, volumeLabel = 'cfgdata' } = source.secret;
    return { label: volumeLabel, files: ofSecret(store, namespace, secretName, optional) };
  }
  if (source.configMap) {
    const { name, optional, volumeLabel = 'cfgdata' } = source.configMap;
    return { label: volumeLabel, files: ofConfigMap(store, namespace, name, optional) };
  }
  if (!source.sysprep) return undefined;
  const { secret, configMap } = source.sysprep;
  const found = secret
    ? ofSecret(store, namespace, secret.name, false)
    : ofConfigMap(store, namespace, configMap?.name, false);
  const files = new Map(
    [...found].map(([name, data]) => [/^(auto)?unattend\.xml$/i.test(name) ? name.toLowerCase() : name, data]),
  );
  return { label: 'unattendCD', files };
}

function ofSecret(store: Store, namespace: string | undefined, name = '', optional = false): Map<string, Uint8Array> {
  const found = store.get(secrets, namespace, name);
  if (!found && !optional) throw missing('secret', name, namespace);
  const data = (found?.['data'] as Record<string, string> | undefined) ?? {};
  return new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64')]));
}

function ofConfigMap(
  store: Store,
  namespace: string | undefined,
  name = '',
  optional = false,
): Map<string, Uint8Array> {
  const found = store.get(configMaps, namespace, name);
  if (!found && !optional) throw missing('config map', name, namespace);
  const text = (found?.['data'] as Record<string, string> | undefined) ?? {};
  const binary = (found?.['binaryData'] as Record<string, string> | undefined) ?? {};
  return new Map([
    ...Object.entries(text).map(([key, value]): [string, Uint8Array] => [key, Buffer.from(value)]),
    ...Object.entries(binary).map(([key, value]): [string, Uint8Array] => [key, Buffer.from(value, 'base64')]),
  ]);
}

const missing = (kind: string, name: string, namespace: string | undefined): VolumeNotReady =>
  new VolumeNotReady(
    'ErrorUnschedulable',
    'VolumeSourceMissing',
    `The ${kind} ${name}, which a disk of this machine is made of, does not exist in the namespace ${namespace}.`,
  );
