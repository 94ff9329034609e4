import { join } from 'node:path';
import type { Place as PlaceChoice, SshProbe } from '../../contract/appliance.ts';
import type { ContractHandlers } from '../../contract/contract.ts';
import type { HostReport } from '../../contract/host.ts';
import { recommended } from '../../../provisioning/versions.ts';
import type { Log } from '../log.ts';
import type { Tasks } from '../tasks/tasks.ts';
import { openCluster } from './cluster/cluster.ts';
import type { Fetcher } from './fetch/fetcher.ts';
import type { FlowParts } from './flows.ts';
import { createHandlers } from './handlers.ts';
import { refreshNetwork } from './act.ts';
import { agentSettings, joinAt, moveNode } from './join.ts';
import { createRunLogs } from './log-lines.ts';
import type { Place } from './place.ts';
import { readHelper } from './plan-view.ts';
import { preflight } from './preflight/preflight.ts';
import { applianceId, openRecords, usablePlace } from './record.ts';
import type { KeptPlace } from './record.ts';
import { createWatching } from './watching.ts';
import { createWork } from './work.ts';

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
  forgetHostKey: (host: string, port: number) => Promise<void>;
  /** Run from a terminal: sudo may ask there. */
  terminal?: boolean;
  log: Log;
  /** Only tests give other ones. */
  parts?: Partial<Pick<FlowParts, 'preflight' | 'openCluster' | 'helper'>>;
}

export interface JoinHere {
  place: PlaceChoice;
  /** https://ADDRESS:6443 */
  server: string;
  token: string;
  nodeName: string;
  /** IPv4 address the node is to have; that of the default route unless told. */
  address?: string;
  /** k3s of the server, which the node must not be newer than; the one new appliances get unless told. */
  versions?: { k3s: string; kubevirt: string; cdi: string };
  sudo?: string;
  /** Told once it has joined, with the address of its node. */
  onJoined?: (address: string) => Promise<void>;
}

export interface FollowAddress {
  place: PlaceChoice;
  /** A machine that joined another's appliance; its own appliance, when left out. */
  node?: { server: string; nodeName: string };
  /** In words, for the task. */
  title: string;
  /** Told what its node has now. */
  onDone?: (address: string | undefined) => Promise<void>;
}

/** Installing and keeping appliances; needs neither the pages nor the embedded engine. */
export interface Provision {
  readonly handlers: ContractHandlers['appliances'];
  /** Makes the machine at `place` a node of an appliance elsewhere: `hearth join`, typed on that machine. */
  joinHere(input: JoinHere): Promise<{ taskId: string }>;
  /** Brings the node of the machine at `place` to the address that the machine has now; k3s is restarted once. */
  followAddress(input: FollowAddress): Promise<{ taskId: string }>;
  /** Stops watching, and waits for runs that just ended. Running tasks belong to `tasks`: close those first. */
  close(): Promise<void>;
}

/** `DATA/appliances`: one record each, their kubeconfigs and the logs of their runs. */
export async function openProvision(options: ProvisionOptions): Promise<Provision> {
  const { tasks, log, openPlace } = options;
  const root = join(options.dataDir, 'appliances');
  const records = await openRecords(root, log);
  const logs = createRunLogs(root);
  const parts: FlowParts = {
    records,
    fetcher: options.fetcher,
    helper: await readHelper(),
    terminal: options.terminal ?? false,
    targets: options.targets,
    hostReport: options.hostReport,
    log,
    preflight,
    openCluster,
    ...options.parts,
  };
  const openKept = async (place: KeptPlace): Promise<Place> => openPlace(usablePlace(place));
  const work = createWork({ tasks, records, logs, openPlace, log, changed: (id) => watching.changed(id) });
  const watching = createWatching({ parts, taskOf: (id) => work.taskOf(id), openPlace: openKept });

  return {
    handlers: createHandlers({
      parts,
      work,
      logs,
      watching,
      tasks,
      root,
      openPlace,
      openKept,
      sshProbe: options.sshProbe,
      forgetHostKey: options.forgetHostKey,
    }),
    async joinHere({ place, server, token, nodeName, address, versions, sudo, onJoined }) {
      const settings = agentSettings(nodeName, versions ?? recommended, address);
      const { taskId } = await work.start(
        { id: applianceId(place), type: 'appliance-join', title: `Join ${server}`, place, sudo },
        async (run) => {
          const of = await joinAt(parts, run, { server, token, nodeName, settings, ...(address && { address }) });
          await onJoined?.(of);
        },
      );
      return { taskId };
    },
    async followAddress({ place, node, title, onDone }) {
      const { taskId } = await work.start(
        { id: applianceId(place), type: 'appliance-address', title, place },
        async (run) => {
          const address = node ? await moveNode(parts, run, node) : await refreshNetwork(parts, run);
          await onDone?.(address);
        },
      );
      return { taskId };
    },
    async close() {
      await work.idle();
      await watching.close();
    },
  };
}
