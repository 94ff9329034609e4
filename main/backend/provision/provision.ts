import type { Place as PlaceChoice, SshProbe } from '../../contract/appliance.ts';
import type { ContractHandlers } from '../../contract/contract.ts';
import type { HostReport } from '../../contract/host.ts';
import type { Log } from '../log.ts';
import type { Tasks } from '../tasks/tasks.ts';
import type { Fetcher } from './fetch/fetcher.ts';
import type { Place } from './place.ts';

/** Where targets are kept: an installed appliance becomes one. */
export interface TargetBook {
  /** `kubeconfig`: path of a 0600 file. */
  put(entry: { id: string; name: string; kind: 'appliance'; place: string; kubeconfig: string }): Promise<void>;
  remove(id: string): Promise<void>;
}

export interface ProvisionOptions {
  dataDir: string;
  tasks: Tasks;
  hostReport: () => Promise<HostReport>;
  targets: TargetBook;
  fetcher: Fetcher;
  openPlace: (place: PlaceChoice) => Promise<Place>;
  sshProbe: (host: string, port: number) => Promise<SshProbe>;
  /** Run from a terminal: sudo may ask there. */
  terminal?: boolean;
  log: Log;
}

export interface JoinHere {
  place: PlaceChoice;
  /** https://ADDRESS:6443 */
  server: string;
  token: string;
  nodeName: string;
  /** IPv4 address the node is to have; that of the default route unless told. */
  address?: string;
  /** k3s of the server, which the node must not be newer than; the newest we know unless told. */
  versions?: { k3s: string; kubevirt: string; cdi: string };
  sudo?: string;
}

/** Installing and keeping appliances; needs neither the pages nor the embedded engine. */
export interface Provision {
  readonly handlers: ContractHandlers['appliances'];
  /** Makes the machine at `place` a node of an appliance elsewhere: `hearth join`, typed on that machine. */
  joinHere(input: JoinHere): Promise<{ taskId: string }>;
  /** Stops watching. Running tasks belong to `tasks`, which ends them. */
  close(): Promise<void>;
}
