import { join } from 'node:path';
import type { ApplianceSettings, Place as PlaceChoice, SshProbe } from '../../contract/appliance.ts';
import type { ContractHandlers } from '../../contract/contract.ts';
import { ProblemError } from '../../contract/problem.ts';
import { checkSettings } from '../../../provisioning/check-settings.ts';
import { installPlan } from '../../../provisioning/plans/install.ts';
import type { Tasks } from '../tasks/tasks.ts';
import { act, dropBackup, restore } from './act.ts';
import { bundleFiles, makeBundle } from './bundle.ts';
import { tidyDownloads } from './downloads-kept.ts';
import type { FlowParts } from './flows.ts';
import { install } from './install.ts';
import { offerOf, serverOf } from './join-offer.ts';
import { joinOverSsh, joinProblem, makeToken } from './join.ts';
import type { RunLogs } from './log-lines.ts';
import type { Place } from './place.ts';
import { planView } from './plan-view.ts';
import { applianceId, usablePlace } from './record.ts';
import type { ApplianceRecord, KeptPlace } from './record.ts';
import { uninstall, uninstallPreview } from './uninstall.ts';
import { upgrade } from './upgrade.ts';
import type { Watching } from './watching.ts';
import type { Run, Work } from './work.ts';

export interface HandlerParts {
  parts: FlowParts;
  work: Work;
  logs: RunLogs;
  watching: Watching;
  tasks: Tasks;
  root: string;
  openPlace: (place: PlaceChoice) => Promise<Place>;
  openKept: (place: KeptPlace) => Promise<Place>;
  sshProbe: (host: string, port: number) => Promise<SshProbe>;
  forgetHostKey: (host: string, port: number) => Promise<void>;
}
interface OnAppliance {
  id: string;
  sudo?: string | undefined;
  place?: PlaceChoice | undefined;
}

/** The contract's appliances, one procedure each. */
export function createHandlers(all: HandlerParts): ContractHandlers['appliances'] {
  const { parts, work, logs, watching } = all;
  const { records, fetcher, helper } = parts;

  /** A run on an appliance that is known. A place that is given must be the same one, with its secrets. */
  async function on(
    input: OnAppliance,
    type: string,
    title: (name: string) => string,
    flow: (run: Run) => Promise<void>,
  ): Promise<{ taskId: string; done: Promise<void> }> {
    const record = records.need(input.id);
    const place = input.place ?? usablePlace(record.place);
    if (applianceId(place) !== record.id) throw otherPlace(record);
    return work.start({ id: record.id, type, title: title(record.name), place, sudo: input.sudo }, flow);
  }
  /** What changes which versions are in use is followed by a look at the files that were fetched for them. */
  const andTidy =
    (flow: (run: Run) => Promise<void>) =>
    async (run: Run): Promise<void> => {
      await flow(run);
      await tidyDownloads(parts, run);
    };
  const started = async (run: Promise<{ taskId: string }>): Promise<{ taskId: string }> => {
    const { taskId } = await run;
    return { taskId };
  };
  async function atPlace<T>(choice: PlaceChoice, use: (place: Place) => Promise<T>): Promise<T> {
    const place = await all.openPlace(choice);
    try {
      return await use(place);
    } finally {
      await place.close();
    }
  }

  return {
    watch: (_input, { signal }) => watching.watch(signal),
    sshProbe: ({ host, port }) => all.sshProbe(host, port),
    async forgetHostKey({ host, port }) {
      await all.forgetHostKey(host, port);
      // The one accepted at the install is in the record too, and would refuse the new one for ever.
      for (const { id, place } of records.list()) {
        if (place.type !== 'ssh' || place.port !== port || place.host.toLowerCase() !== host.toLowerCase()) continue;
        const { hostKey: _old, ...rest } = place;
        await records.change(id, { place: rest });
        watching.changed(id);
      }
    },
    preflight: ({ place: choice }, { signal }) =>
      atPlace(choice, async (place) => {
        const { report } = await parts.preflight(place, { hostReport: parts.hostReport, signal });
        const record = records.get(applianceId(choice));
        return record ? { ...report, existing: { id: record.id, state: record.state } } : report;
      }),
    plan: ({ place: choice, settings: chosen }, { signal }) =>
      atPlace(choice, async (place) => {
        const settings = dialled(choice, chosen);
        const { facts } = await parts.preflight(place, { hostReport: parts.hostReport, settings, signal });
        const plan = installPlan(settings, facts);
        return planView(plan, await fetcher.have(plan.downloads), helper, checkSettings(settings, facts));
      }),
    async install({ place, settings, sudo, shown }) {
      const id = applianceId(place);
      const where = place.type === 'local' ? 'this computer' : place.host;
      const { taskId } = await work.start(
        { id, type: 'appliance-install', title: `Install the appliance on ${where}`, place, sudo, keepsStaged: true },
        andTidy((run) => install(parts, run, { place, settings: dialled(place, settings), shown })),
      );
      return { taskId, id };
    },
    log: ({ taskId }, { signal }) => logs.watch(taskId, signal),
    act: ({ action, ...input }) =>
      started(
        on(
          input,
          `appliance-${action}`,
          (name) => `${titles[action]}: ${name}`,
          (run) => act(parts, run, action),
        ),
      ),
    restore: ({ backup, ...input }) =>
      started(
        on(
          input,
          'appliance-restore',
          (name) => `Restore ${name} from ${backup}`,
          (run) => restore(parts, run, backup),
        ),
      ),
    dropBackup: ({ backup, ...input }) =>
      started(
        on(
          input,
          'appliance-drop-backup',
          () => `Delete the backup ${backup}`,
          (run) => dropBackup(parts, run, backup),
        ),
      ),
    upgrade: ({ part, to, ...input }) =>
      started(
        on(
          input,
          'appliance-upgrade',
          (name) => `Upgrade ${part} of ${name} to ${to}`,
          andTidy((run) => upgrade(parts, run, { part, to })),
        ),
      ),
    async uninstallPreview({ id, place: given }, { signal }) {
      const record = records.need(id);
      if (given && applianceId(given) !== record.id) throw otherPlace(record);
      let place: Place | undefined;
      try {
        place = given ? await all.openPlace(given) : await unlessPasswordNeeded(all.openKept(record.place));
        return await uninstallPreview(parts, record, place, join(await records.folder(id), 'kubeconfig'), signal);
      } finally {
        await place?.close();
      }
    },
    async uninstall({ machines, keepDisks, ...input }) {
      const flow = andTidy((run) => uninstall(parts, run, { machines, keepDisks }));
      if (records.get(input.id) || !input.place || applianceId(input.place) !== input.id)
        return started(on(input, 'appliance-uninstall', (name) => `Uninstall the appliance: ${name}`, flow));
      // A node that joined, or a record that was lost: the ledger on the machine knows what to undo.
      const { id, place, sudo } = input;
      return started(work.start({ id, type: 'appliance-uninstall', title: 'Uninstall', place, sudo }, flow));
    },
    async joinOffer({ hours, ...input }) {
      const record = records.need(input.id);
      const problem = joinProblem(record);
      if (problem) return { command: '', server: serverOf(record), expires: new Date().toISOString(), problem };
      let token: string | undefined;
      const { taskId, done } = await on(
        input,
        'appliance-token',
        (name) => `Make a join token: ${name}`,
        async (run) => {
          token = await makeToken(parts, run, hours);
        },
      );
      await done;
      if (token) return offerOf(record, token, hours);
      throw new ProblemError(
        all.tasks.get(taskId)?.problem ?? {
          code: 'cancelled',
          title: 'Stopped',
          detail: 'No token was made.',
          kind: 'cancelled',
        },
      );
    },
    join({ node, nodeName, nodeSudo, ...input }) {
      const nodeId = applianceId(node);
      const other = work.taskOf(nodeId);
      if (nodeId === input.id || other || records.get(nodeId)) throw notANode(nodeId, other);
      const where = node.type === 'local' ? 'this computer' : node.host;
      return started(
        on(
          input,
          'appliance-join',
          (name) => `${where} joins ${name}`,
          (run) => joinOverSsh(parts, run, { nodeName, nodeSudo, openNode: () => all.openPlace(node) }),
        ),
      );
    },
    makeBundle: (input) => makeBundle({ tasks: all.tasks, fetcher, logs, folder: join(all.root, 'bundles') }, input),
    checkBundle: ({ path, settings }, { signal }) => fetcher.checkBundle(path, bundleFiles(settings, true), signal),
  };
}

/** The name by which a machine is reached over SSH is one its API server must answer to. */
const dialled = (place: PlaceChoice, settings: ApplianceSettings): ApplianceSettings =>
  place.type === 'local' || settings.tlsNames.includes(place.host)
    ? settings
    : { ...settings, tlsNames: [...settings.tlsNames, place.host] };

const titles = {
  start: 'Start',
  stop: 'Stop',
  restart: 'Restart',
  backup: 'Back up',
  'renew-certificates': 'Renew the certificates',
  'refresh-network': 'Refresh the network settings',
} as const;

/** Without the password of a machine nothing is read there; the rest is told all the same. */
async function unlessPasswordNeeded(opening: Promise<Place>): Promise<Place | undefined> {
  try {
    return await opening;
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'place-password-needed') return undefined;
    throw error;
  }
}

const otherPlace = (record: ApplianceRecord): ProblemError =>
  new ProblemError({
    code: 'other-place',
    title: 'That is another machine',
    detail: `${record.name} is on ${record.placeTitle}.`,
    kind: 'denied',
  });

const notANode = (id: string, taskId: string | undefined): ProblemError =>
  new ProblemError({
    code: taskId ? 'appliance-busy' : 'not-a-node',
    title: taskId ? 'Something is already being done there' : 'That machine cannot join',
    detail: taskId
      ? `The task ${taskId} works on it.`
      : `${id} is an appliance of its own; uninstall that first, then it can join another.`,
    kind: 'denied',
  });
