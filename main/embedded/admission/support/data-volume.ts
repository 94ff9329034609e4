import { harmless, refused, works, worksUnless } from './support.ts';
import type { SupportTable } from './support.ts';

const notSource = 'use an http, upload, blank or pvc source';
const removeIt = 'remove the field';

const target: SupportTable = {
  accessModes: works,
  'resources.requests.*': works,
  'resources.limits.*': harmless('a disk never grows beyond its request'),
  storageClassName: works,
  volumeMode: works,
  selector: refused('volumes are made for their claim', removeIt),
  volumeName: refused('volumes are made for their claim', removeIt),
  dataSource: refused('claims are not filled by populators', 'give the DataVolume a source'),
  dataSourceRef: refused('claims are not filled by populators', 'give the DataVolume a source'),
};
const below = (prefix: string, table: SupportTable): SupportTable =>
  Object.fromEntries(Object.entries(table).map(([path, support]) => [`${prefix}.${path}`, support]));

/** Below `spec` of a DataVolume, and of the entries of dataVolumeTemplates. */
export const dataVolumeSupport: SupportTable = {
  ...below('pvc', target),
  'pvc.volumeAttributesClassName': refused('the storage class has no attribute classes', removeIt),
  ...below('storage', target),
  contentType: worksUnless(
    (value) => value === 'archive',
    'archives are not unpacked into volumes',
    'import a disk image',
  ),
  checkpoints: refused('multi-stage imports are not implemented', removeIt),
  finalCheckpoint: refused('multi-stage imports are not implemented', removeIt),
  preallocation: refused('disks grow as they fill', 'remove the field or set it to false'),
  priorityClassName: harmless('imports run inside the engine'),
  serviceAccountName: harmless('imports run inside the engine'),
  'source.blank': works,
  'source.upload': works,
  'source.pvc': works,
  'source.http.url': works,
  'source.http.checksum': works,
  'source.http.secretRef': works,
  'source.http.certConfigMap': works,
  'source.http.extraHeaders': works,
  'source.http.secretExtraHeaders': refused(
    'downloads are made without further headers',
    'download the file and upload it',
  ),
  'source.http.insecureSkipVerify': refused(
    'certificates are always checked',
    'use a server with a valid certificate, or upload the file',
  ),
  'source.gcs': refused('cloud storage is not read', notSource),
  'source.s3': refused('cloud storage is not read', notSource),
  'source.imageio': refused('oVirt is not read', notSource),
  'source.vddk': refused('VMware is not read', 'export the disk as VMDK or OVA and upload it'),
  'source.registry': refused('a container registry is not read', notSource),
  'source.snapshot': works,
  sourceRef: refused('there are no DataSources', notSource),
};

const notSnapshot = (value: unknown): boolean => {
  const { apiGroup, kind } = value as { apiGroup?: string; kind?: string };
  return apiGroup !== 'snapshot.storage.k8s.io' || kind !== 'VolumeSnapshot';
};

/** Below `spec` of a PersistentVolumeClaim. */
export const claimSupport: SupportTable = {
  ...target,
  dataSource: worksUnless(
    notSnapshot,
    'claims are filled from a VolumeSnapshot only',
    'make a DataVolume with a source instead',
  ),
  dataSourceRef: worksUnless(
    notSnapshot,
    'claims are filled from a VolumeSnapshot only',
    'make a DataVolume with a source instead',
  ),
  volumeAttributesClassName: refused('the storage class has no attribute classes', removeIt),
};
