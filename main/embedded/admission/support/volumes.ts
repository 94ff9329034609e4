import { harmless, refused, works } from './support.ts';
import type { SupportTable } from './support.ts';

const notHere = 'use a dataVolume or persistentVolumeClaim volume';

export const volumes: SupportTable = {
  'volumes[].name': works,
  'volumes[].cloudInitNoCloud': works,
  'volumes[].cloudInitConfigDrive': works,
  'volumes[].configMap': works,
  'volumes[].secret': works,
  'volumes[].emptyDisk': works,
  'volumes[].ephemeral': works,
  'volumes[].ephemeral.persistentVolumeClaim.readOnly': harmless(
    'the claim below an ephemeral volume is never written',
  ),
  'volumes[].dataVolume.name': works,
  'volumes[].dataVolume.hotpluggable': works,
  'volumes[].persistentVolumeClaim.claimName': works,
  'volumes[].persistentVolumeClaim.readOnly': works,
  'volumes[].persistentVolumeClaim.hotpluggable': works,
  'volumes[].containerDisk': refused(
    'container disks need a container registry',
    'import the image instead, as a DataVolume with an http or upload source, and use a dataVolume volume',
  ),
  'volumes[].containerPath': refused('machines do not run in containers here', notHere),
  'volumes[].downwardAPI': refused('the downward API is not implemented', 'use a configMap or secret volume'),
  'volumes[].downwardMetrics': refused('downward metrics are not implemented', 'remove the volume'),
  'volumes[].hostDisk': refused(
    'files of this computer are not given to guests by path',
    'import the file as a DataVolume and use a dataVolume volume',
  ),
  'volumes[].memoryDump': refused('memory dumps are not implemented', 'remove the volume'),
  'volumes[].serviceAccount': refused('there are no service accounts', 'use a secret volume'),
  'volumes[].sysprep': works,
};
