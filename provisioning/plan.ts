/** The shape of a plan: pure data, made here, shown to the person, run by the backend. */

/** One file that is fetched without privilege. */
export interface Download {
  /** Stable name, also its name in an offline bundle, e.g. `k3s-v1.36.3+k3s1-amd64`. */
  readonly name: string;
  /** What it is, in words. */
  readonly title: string;
  readonly url: string;
  /** Lower-case hex; known before the download. */
  readonly sha256?: string | undefined;
  /** The release's own checksum file, where we pin none: its line for `file` is used and recorded on first use. */
  readonly checksums?: { readonly url: string; readonly file: string } | undefined;
  /**
   * A container image instead of a file: pulled from its registry by digest (every manifest and layer is checked) into one
   * OCI archive that containerd imports. `url` is then the registry's address, for people to read.
   */
  readonly image?: ImageSource | undefined;
  /** Bytes, exact or about. */
  readonly size: number;
  /** Only an unpacked image archive is installed from it; a missing one is named and not fatal (images are then pulled). */
  readonly optional?: boolean;
}

export interface ImageSource {
  /** Host of the registry, e.g. quay.io */
  readonly registry: string;
  /** e.g. kubevirt/virt-operator */
  readonly repository: string;
  /** sha256:… of the manifest, or of an index of which `arch` is taken. */
  readonly digest: string;
  readonly arch: 'amd64' | 'arm64';
  /** Names it gets at the import, e.g. quay.io/kubevirt/virt-operator:v1.9.0 */
  readonly names: readonly string[];
}

/** Where the content of a file that the root helper places comes from. */
export type Content =
  | { readonly from: 'download'; readonly name: string }
  | { readonly from: 'text'; readonly text: string }
  | { readonly from: 'bytes'; readonly bytes: Uint8Array };

/**
 * The closed set of what may be done as root. The helper validates every field again by itself; see root-helper.sh for the
 * allow-lists and docs/root-helper.md for the wire form and the undo of each kind.
 */
export type RootAction =
  /** A folder; undone when it was not there before and is empty. */
  | { readonly kind: 'dir'; readonly path: string; readonly mode: string }
  /** A tree that running programs will fill; must be absent or already ours; undone by removing it whole. */
  | { readonly kind: 'claim'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string; readonly mode: '0600' | '0644' | '0755'; readonly content: Content }
  | { readonly kind: 'modules'; readonly names: readonly string[] }
  | { readonly kind: 'sysctl'; readonly key: string; readonly value: string }
  /** systemctl enable; units: k3s, k3s-agent, hearth-net, hearth-pool. */
  | { readonly kind: 'enable'; readonly unit: string }
  /** systemctl start --no-block (restart when `fresh` files were placed). */
  | { readonly kind: 'start'; readonly unit: string }
  | { readonly kind: 'restart'; readonly unit: string }
  | { readonly kind: 'stop'; readonly unit: string }
  /** Waits until the unit is active and has not restarted for 5 s; fails with its last journal lines. */
  | { readonly kind: 'wait-unit'; readonly unit: string; readonly seconds: number }
  /** Waits for the kubeconfig of k3s and hands a 0600 copy to the user: /var/lib/hearth/handover/<uid>/kubeconfig. */
  | { readonly kind: 'handover'; readonly uid: number; readonly seconds: number }
  | { readonly kind: 'group'; readonly user: string; readonly group: 'kvm' }
  | { readonly kind: 'firewall'; readonly tool: 'firewalld' | 'ufw'; readonly source: string }
  /** A loop-backed LVM thin pool in /var/lib/hearth/pool.img, or one on a disk. Volume group `hearth`. */
  | { readonly kind: 'pool-file'; readonly size: number }
  | { readonly kind: 'pool-disk'; readonly disk: string }
  /** Copy of datastore, token and configuration in /var/lib/hearth/backups/<name>.tar (0600), k3s stopped meanwhile. */
  | { readonly kind: 'backup'; readonly name: string }
  | { readonly kind: 'restore'; readonly name: string }
  | { readonly kind: 'drop-backup'; readonly name: string }
  /** Ends what k3s leaves running when it is stopped: containers and virtual machines. */
  | { readonly kind: 'kill-pods' }
  /** A join token for an agent, never the server's; printed in the step's `value`. */
  | { readonly kind: 'token'; readonly hours: number };

export interface RootStep {
  /** Stable over runs; a step whose id and fields are the same as a finished one is skipped. */
  readonly id: string;
  /** In words, e.g. "Write the configuration of k3s". */
  readonly title: string;
  readonly action: RootAction;
}

/** An object of the Kubernetes API as data. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export type RungId =
  'unit' | 'port' | 'ca' | 'readyz' | 'node' | 'core' | 'paths' | 'storage' | 'kubevirt' | 'cdi' | 'devices' | 'smoke';

/** What is done through the Kubernetes API with the handed-over kubeconfig, without privilege. */
export type ClusterAction =
  /** Server-side apply of every object, in order, field manager `hearth`. */
  | { readonly kind: 'apply'; readonly objects: readonly Manifest[] }
  /** The same of a downloaded manifest. */
  | { readonly kind: 'apply-download'; readonly name: string }
  /** Waits until a rung of the readiness ladder holds. */
  | { readonly kind: 'rung'; readonly rung: RungId };

export interface ClusterStep {
  readonly id: string;
  readonly title: string;
  readonly action: ClusterAction;
}

export interface Plan {
  /** install, upgrade, backup, restore, start, stop, join: names the plan in journal and ledger. */
  readonly purpose: string;
  readonly downloads: readonly Download[];
  readonly root: readonly RootStep[];
  readonly cluster: readonly ClusterStep[];
  /** In words: what will be there afterwards, what it takes, what is told besides (risks, kernel settings k3s changes). */
  readonly words: PlanWords;
}

export interface PlanWords {
  readonly summary: string;
  /** Bytes to fetch, bytes on disk afterwards, bytes of memory taken before any VM. */
  readonly download: number;
  readonly disk: number;
  readonly memory: number;
  /** Seconds, about, with the files at hand and a 100 Mbit/s line for the rest. */
  readonly seconds: number;
  readonly files: readonly { readonly path: string; readonly size: number; readonly what: string }[];
  /** Services and pods that run afterwards, in words. */
  readonly running: readonly string[];
  readonly notes: readonly { readonly tone: 'note' | 'warning'; readonly text: string }[];
}
