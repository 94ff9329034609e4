import { createHash } from 'node:crypto';
import { VolumeNotReady } from '../../kube/block.ts';
import type { Stored } from '../../kube/object.ts';
import { secrets } from '../../kube/resources.ts';
import type { Store } from '../../store/store.ts';

export interface CloudInitSource {
  userData?: string;
  userDataBase64?: string;
  secretRef?: { name?: string };
  networkData?: string;
  networkDataBase64?: string;
  networkDataSecretRef?: { name?: string };
}

/** Files of a seed disc, with its label. */
export interface SeedDisc {
  label: string;
  files: Map<string, Uint8Array>;
}

/** A NoCloud seed. instance-id is the firmware's uuid, so per-instance modules run once for each (pkg/cloud-init of KubeVirt). */
export function noCloud(store: Store, vmi: Stored, source: CloudInitSource): SeedDisc {
  const files = new Map<string, Uint8Array>();
  const metadata = { 'instance-id': instanceId(vmi), 'local-hostname': hostname(vmi) };
  files.set('meta-data', Buffer.from(`${JSON.stringify(metadata)}\n`));
  files.set('user-data', userData(store, vmi, source) ?? Buffer.alloc(0));
  const network = networkData(store, vmi, source);
  if (network) files.set('network-config', network);
  return { label: 'cidata', files };
}

/** An OpenStack config drive. */
export function configDrive(store: Store, vmi: Stored, source: CloudInitSource): SeedDisc {
  const files = new Map<string, Uint8Array>();
  const id = instanceId(vmi);
  const metadata = {
    uuid: id,
    instance_id: id,
    hostname: hostname(vmi),
    local_hostname: hostname(vmi),
    name: vmi.metadata.name,
  };
  files.set('openstack/latest/meta_data.json', Buffer.from(JSON.stringify(metadata)));
  files.set('openstack/latest/user_data', userData(store, vmi, source) ?? Buffer.alloc(0));
  const network = networkData(store, vmi, source);
  if (network) files.set('openstack/latest/network_data.json', network);
  return { label: 'config-2', files };
}

function userData(store: Store, vmi: Stored, source: CloudInitSource): Uint8Array | undefined {
  if (source.userData !== undefined) return Buffer.from(source.userData);
  if (source.userDataBase64 !== undefined) return Buffer.from(source.userDataBase64, 'base64');
  return fromSecret(store, vmi, source.secretRef?.name, ['userdata', 'userData']);
}

function networkData(store: Store, vmi: Stored, source: CloudInitSource): Uint8Array | undefined {
  if (source.networkData !== undefined) return Buffer.from(source.networkData);
  if (source.networkDataBase64 !== undefined) return Buffer.from(source.networkDataBase64, 'base64');
  // KubeVirt also takes network data from the secret with the user data.
  return (
    fromSecret(store, vmi, source.networkDataSecretRef?.name, ['networkdata', 'networkData']) ??
    fromSecret(store, vmi, source.secretRef?.name, ['networkdata', 'networkData'], true)
  );
}

function fromSecret(
  store: Store,
  vmi: Stored,
  name: string | undefined,
  keys: string[],
  optional = false,
): Uint8Array | undefined {
  if (name === undefined) return undefined;
  const secret = store.get(secrets, vmi.metadata.namespace, name);
  const data = secret?.['data'] as Record<string, string> | undefined;
  const found = keys.map((key) => data?.[key]).find((value) => value !== undefined);
  if (found !== undefined) return Buffer.from(found, 'base64');
  if (optional) return undefined;
  const what = secret ? `has no key ${keys[0]}` : 'does not exist';
  throw new VolumeNotReady(
    'ErrorUnschedulable',
    'SecretMissing',
    `The secret ${name} with cloud-init data ${what}. Create it in the namespace ${vmi.metadata.namespace}.`,
  );
}

interface Domain {
  firmware?: { uuid?: string };
}
/** The firmware's uuid; KubeVirt makes one of the name where none is set. */
function instanceId(vmi: Stored): string {
  const uuid = (vmi.spec?.['domain'] as Domain | undefined)?.firmware?.uuid;
  if (uuid) return uuid;
  const digest = createHash('sha1').update(`${vmi.metadata.namespace}/${vmi.metadata.name}`).digest('hex');
  return digest.slice(0, 32).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

const hostname = (vmi: Stored): string =>
  (vmi.spec?.['hostname'] as string | undefined) ?? vmi.metadata.name.replace(/\..*$/, '');
