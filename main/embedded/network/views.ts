import type { V1Interface } from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import type { Stored } from '../kube/object.ts';
import { interfacesOf } from '../machine/argv/devices.ts';
import { identityOf, stableMac, vmiSpec } from '../machine/spec.ts';
import type { VmiSpec } from '../machine/spec.ts';
import { instanceLabels, selects } from './service-ports.ts';
import type { ServiceSpec } from './service-ports.ts';
import { podKey } from './switch/protocol.ts';
import type { NameRecord } from './switch/protocol.ts';

/** One interface of an instance, with where it hangs. */
export interface NicView {
  nic: V1Interface;
  mac: string;
  /** namespace/name of its NetworkAttachmentDefinition; undefined on the pod network. */
  attachment: string | undefined;
}

export function nicViews(vmi: Stored): NicView[] {
  const spec = vmiSpec(vmi);
  return interfacesOf(spec).map((nic) => ({
    nic,
    mac: nic.macAddress?.toLowerCase().replaceAll('-', ':') ?? stableMac(identityOf(vmi), nic.name),
    attachment: attachmentOf(spec, nic.name, vmi.metadata.namespace ?? 'default'),
  }));
}

/** `lab` means the one in the machine's own namespace, as with Multus. */
export function attachmentOf(spec: VmiSpec, nic: string, namespace: string): string | undefined {
  const wanted = spec.networks?.find(({ name }) => name === nic)?.multus?.networkName;
  if (wanted === undefined) return undefined;
  return wanted.includes('/') ? wanted : `${namespace}/${wanted}`;
}

/** What machines and Services are called, and where each name leads. `addresses`: of one instance by its uid. */
export function nameRecords(
  instances: readonly Stored[],
  services: readonly Stored[],
  addresses: (uid: string) => NameRecord['addresses'],
): NameRecord[] {
  const records = new Map<string, NameRecord>();
  const add = (namespace: string, name: string, found: NameRecord['addresses']) => {
    if (found.length > 0) records.set(`${namespace}/${name}`, { namespace, name, addresses: found });
  };
  for (const vmi of instances) {
    const { uid, name, namespace = 'default' } = vmi.metadata;
    const { hostname, subdomain } = vmiSpec(vmi);
    const own = addresses(uid);
    if (hostname) add(namespace, hostname.toLowerCase(), own);
    if (subdomain) add(namespace, `${(hostname ?? name).toLowerCase()}.${subdomain.toLowerCase()}`, own);
    // The machine's own name goes before another's host name.
    add(namespace, name, own);
  }
  for (const service of services) {
    const { selector, type } = service.spec as ServiceSpec;
    if (!selector || Object.keys(selector).length === 0 || type === 'ExternalName') continue;
    const { name, namespace = 'default' } = service.metadata;
    const found = instances
      .filter((vmi) => vmi.metadata.namespace === namespace && selects(selector, instanceLabels(vmi)))
      .flatMap(({ metadata }) => addresses(metadata.uid).filter(({ on }) => on === podKey));
    add(namespace, name, found);
  }
  return [...records.values()];
}
