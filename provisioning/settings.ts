/**
 * What a person decides about an appliance. Sizes in bytes. Everything else follows from it and from the facts of the
 * machine; checked by `checkSettings`, so a plan is only ever made of values that passed.
 */
export interface ApplianceSettings {
  /** solo: a laptop, with a fixed address of its own on a dummy interface; lan: a box that others reach at its address. */
  readonly mode: 'solo' | 'lan';
  /** Fixed at the install; RFC 1123, lower case. Never follows the host name. */
  readonly nodeName: string;
  /** lan: the reserved IPv4 address of this machine. */
  readonly address?: string | undefined;
  /** Further names in the API server's certificate. */
  readonly tlsNames: readonly string[];
  readonly clusterCidr: string;
  readonly serviceCidr: string;
  /** Folder of the VM disks, outside of the data directory of k3s. `/var/lib/hearth/volumes`, or one named `hearth-volumes`. */
  readonly volumes: string;
  /** local-path: plain folders, no snapshots; the pools are LVM thin pools (TopoLVM), which can snapshot. */
  readonly storage: 'local-path' | 'pool-file' | 'pool-disk';
  /** Size of the pool's file. */
  readonly poolSize?: number | undefined;
  /** pool-disk: the whole disk or partition that is given away, as /dev/disk/by-id/… */
  readonly poolDisk?: string | undefined;
  /** Embedded etcd from the start, for people who will add servers. */
  readonly etcd: boolean;
  /** tcg when the accelerator trial failed: KubeVirt then gets useEmulation. */
  readonly accelerator: 'kvm' | 'tcg';
  readonly versions: { readonly k3s: string; readonly kubevirt: string; readonly cdi: string };
  readonly proxy?:
    | { readonly http?: string | undefined; readonly https?: string | undefined; readonly no?: string | undefined }
    | undefined;
  /** Own certificate authorities, PEM. */
  readonly ca?: string | undefined;
  /** Upstream name servers; empty: those the host uses. */
  readonly dns: readonly string[];
  /** Address that stands in for the places files come from, e.g. http://mirror.lan/hearth */
  readonly mirror?: string | undefined;
  /** An offline bundle on this computer. */
  readonly bundle?: string | undefined;
}
