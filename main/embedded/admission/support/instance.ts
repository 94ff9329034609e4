import { domain } from './domain.ts';
import { devices } from './devices.ts';
import { volumes } from './volumes.ts';
import { harmless, isFilled, noEffect, refused, works, worksUnless } from './support.ts';
import type { SupportTable } from './support.ts';

const oneNode = 'this is one computer, so there is no node to choose';
const removeIt = 'remove the field';

/** Below `spec` of a VirtualMachineInstance, `spec.template.spec` of a VirtualMachine. */
export const instanceSupport: SupportTable = {
  accessCredentials: refused(
    'keys and passwords are not put into running guests',
    'put the key or the password into the user data of a cloudInitNoCloud volume',
  ),
  affinity: refused(oneNode, removeIt, isFilled),
  architecture: works,
  dnsConfig: refused(
    'guests use the name servers of this computer',
    'set others in the network data of a cloudInitNoCloud volume',
    isFilled,
  ),
  dnsPolicy: harmless('guests use the name servers of this computer under every policy'),
  evictionStrategy: harmless('there is no second node to move to'),
  hostname: works,
  livenessProbe: refused('probes are not run', 'reach the guest through a Service and check it from there'),
  readinessProbe: refused('probes are not run', 'reach the guest through a Service and check it from there'),
  'networks[].name': works,
  'networks[].pod': works,
  'networks[].pod.vmNetworkCIDR': refused('the guest network is always 10.0.2.0/24', removeIt),
  'networks[].pod.vmIPv6NetworkCIDR': refused('the guest network is always 10.0.2.0/24', removeIt),
  'networks[].multus.networkName': works,
  'networks[].multus.default': refused(
    'the first network of a machine is the pod network, or none',
    'leave `default` out; a machine without `pod: {}` has private networks only',
  ),
  'networks[].resourceClaim': refused('dynamic resource allocation is not here', 'use the pod network (`pod: {}`)'),
  nodeSelector: refused(oneNode, removeIt, isFilled),
  priorityClassName: refused('machines have no priorities', removeIt),
  resourceClaims: refused('dynamic resource allocation is not here', removeIt),
  schedulerName: refused(oneNode, removeIt),
  serviceAccountName: refused('there are no service accounts', removeIt),
  startStrategy: works,
  subdomain: works,
  terminationGracePeriodSeconds: works,
  tolerations: harmless('the one node has no taints'),
  topologySpreadConstraints: refused(oneNode, removeIt),
  utilityVolumes: refused('utility volumes are not implemented', removeIt),
  ...volumes,
  ...domain,
  ...devices,
};

/** Below `spec` of a VirtualMachine, without its template's spec and its data volume templates. */
export const machineSupport: SupportTable = {
  instancetype: works,
  'instancetype.revisionName': noEffect('the instance type is used as it is now, no revisions are kept'),
  preference: works,
  'preference.revisionName': noEffect('the preference is used as it is now, no revisions are kept'),
  runStrategy: worksUnless(
    (value) => value === 'WaitAsReceiver',
    'there is no second node that could send this machine',
    'use Always, RerunOnFailure, Manual, Halted or Once',
  ),
  running: works,
  updateVolumesStrategy: worksUnless(
    (value) => value === 'Migration',
    'volumes cannot be migrated here',
    'use Replacement or remove the field',
  ),
  'template.metadata': works,
  'dataVolumeTemplates[].apiVersion': works,
  'dataVolumeTemplates[].kind': works,
  'dataVolumeTemplates[].metadata': works,
  'dataVolumeTemplates[].status': harmless('written by the server only'),
};
