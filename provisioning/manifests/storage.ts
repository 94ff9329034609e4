import type { Manifest } from '../plan.ts';

/**
 * CDI does not know rancher.io/local-path: without this a DataVolume that gives no access mode fails with ErrClaimNotValid
 * (pkg/storagecapabilities of kubevirt/containerized-data-importer, issue 3005). CDI makes the object itself when it sees
 * the class; only these two fields are ours.
 */
export const localPathProfile = (storageClass: string): Manifest => ({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  kind: 'StorageProfile',
  metadata: { name: storageClass },
  spec: {
    claimPropertySets: [{ accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem' }],
    cloneStrategy: 'copy',
  },
});
