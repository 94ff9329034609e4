/**
 * What a plan must know of the machine. Read without privilege by the preflight (`provisioning/preflight/`), which fills
 * this from one collecting script; sizes in bytes. A fact that could not be read is undefined, never guessed.
 */
export interface PlanFacts {
  /** The machine's own word for itself as releases spell it. */
  readonly arch: 'amd64' | 'arm64';
  /** Who asks for the install: gets the kubeconfig and, where it helps, membership of the group kvm. */
  readonly user: string;
  readonly uid: number;
  /** As the kernel says it; may be upper case or have dots. */
  readonly hostName: string;
  /** Every IPv4 address on an interface, the loopback included. */
  readonly addresses: readonly PlanAddress[];
  /** Where the IPv4 default route goes out; undefined: there is none. The lowest metric wins. */
  readonly defaultRoute?: { readonly interface: string; readonly gateway?: string | undefined } | undefined;
  /** Every other IPv4 route of the main table, e.g. `10.0.0.0/8` by a VPN. Ours (hl0, cni0, flannel*, veth*) are left out. */
  readonly routes: readonly { readonly destination: string; readonly interface: string }[];
  /** The firewall that is switched on; both off: undefined. */
  readonly firewall?: 'firewalld' | 'ufw' | undefined;
  /** fs.inotify.max_user_instances and max_user_watches as they are. */
  readonly inotify: { readonly instances: number; readonly watches: number };
  /** kernel.keys.root_maxkeys and root_maxbytes as they are; undefined where the kernel has no key quotas to read. */
  readonly keys?: { readonly maxKeys: number; readonly maxBytes: number } | undefined;
  readonly dns: PlanDns;
  /** NetworkManager runs here: it must leave our interfaces alone. */
  readonly networkManager: boolean;
  /** The module that brings /dev/kvm; undefined: none fits this processor, or it is built in. */
  readonly kvmModule?: 'kvm_intel' | 'kvm_amd' | undefined;
  /** The user is in the group kvm (in /etc/group); `no-group`: this system has no such group. */
  readonly kvmGroup: 'member' | 'not-member' | 'no-group';
  /** Module names that are already loaded or built in. */
  readonly modules: readonly string[];
  /** /usr/local/bin cannot be written (an immutable distribution): programs go to /opt/bin. */
  readonly readOnlyUsrLocal: boolean;
  /** The host's iptables is one of 1.8.0 to 1.8.4, or lacks what k3s needs: its own is used. */
  readonly badIptables: boolean;
  /** SELinux enforces. `policy`: k3s-selinux is installed. */
  readonly selinux: { readonly enforcing: boolean; readonly policy: boolean };
  /** A loaded AppArmor profile of the host's libvirt that stops virt-launcher's QEMU, e.g. `/etc/apparmor.d/usr.sbin.libvirtd`. */
  readonly libvirtProfile?: string | undefined;
  /** Bytes of memory of the machine. */
  readonly memory: number;
  readonly cpus: number;
  /** Free bytes where /var/lib is, and the size of that file system. */
  readonly disk: { readonly free: number; readonly total: number; readonly fsType: string };
  /** Free bytes where the nearest existing folder above the chosen volumes folder is; undefined: not looked at. */
  readonly volumesFree?: number | undefined;
  /** Whole disks and partitions by their stable name, for a pool that is given one. */
  readonly disks: readonly PlanDisk[];
  /** LVM's and thin provisioning's programs are there (`lvm`, `thin_check`). */
  readonly lvm: boolean;
  /** Those of `optionalClaims` (paths.ts) that exist and are not ours by the ledger; they stay with whoever has them. */
  readonly present: readonly string[];
  /** k3s that is already installed by us, as its binary says; undefined: none. */
  readonly installed?: { readonly k3s?: string | undefined } | undefined;
}

export interface PlanAddress {
  readonly interface: string;
  readonly address: string;
  /** Bits of the network, e.g. 24. */
  readonly prefix: number;
  /** Given by DHCP, so it may change; undefined: not known. */
  readonly dynamic?: boolean | undefined;
}

export interface PlanDns {
  /** Upstream name servers (IPv4 or IPv6, no loopback, no link-local) as resolved, NetworkManager or resolv.conf know them. */
  readonly servers: readonly string[];
  /**
   * k3s can use what it finds by itself: /etc/resolv.conf or systemd-resolved's own list has a name server, and every one
   * of them is a global unicast address. Otherwise it would quietly fall back to 8.8.8.8.
   */
  readonly usable: boolean;
}

export interface PlanDisk {
  /** /dev/disk/by-id/… */
  readonly byId: string;
  /** Bytes. */
  readonly size: number;
  /** Why it may not be given away: a signature, partitions, a mount, a holder; undefined: it looks empty. */
  readonly inUse?: string | undefined;
}
