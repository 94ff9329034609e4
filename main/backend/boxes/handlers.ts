import { join, resolve } from 'node:path';
import type { ContractHandlers } from '../../contract/contract.ts';
import { asProblem } from '../../contract/problem.ts';
import type { Log } from '../log.ts';
import { assetsFolder, privateFolder } from '../paths.ts';
import type { DataPaths } from '../paths.ts';
import type { Tasks } from '../tasks/tasks.ts';
import { pair } from './app-pairing/pair.ts';
import type { createAdopting } from './adopting.ts';
import type { Book } from './book/book.ts';
import type { Enrolments } from './book/enrolments.ts';
import type { AppIdentity } from './book/identity.ts';
import * as calls from './care/calls.ts';
import { joinBox, joinSteps, refuseJoin } from './care/join.ts';
import { fetchLogs } from './care/save-logs.ts';
import { updateBox, updateSteps } from './care/update.ts';
import { wake } from './care/wake.ts';
import { dropCluster } from './cluster/adopt.ts';
import type { TargetBook } from './cluster/adopt.ts';
import type { Finding } from './finding/finding.ts';
import type { Link } from './link/link.ts';
import { fileName } from './link/plain-words.ts';
import type { Links } from './links.ts';
import { readTrustedKeys } from './image/keys.ts';
import { openKnown } from './sticks/images.ts';

export interface HandlerParts {
  paths: DataPaths;
  tasks: Tasks;
  targets: TargetBook;
  book: Book;
  identity: AppIdentity;
  enrolments: Enrolments;
  finding: Finding;
  links: Links;
  adopting: ReturnType<typeof createAdopting>;
  log: Log;
}
/** Everything of `contract.boxes` that is no stick. */
export type BoxHandlers = Pick<
  ContractHandlers['boxes'],
  | 'watch' | 'find' | 'scan' | 'lookAt' | 'pair' | 'forget' | 'state' | 'act' | 'health' | 'resetPreview' | 'logs' | 'saveLogs'
  | 'update' | 'imageFacts' | 'adopt' | 'joinTicket' | 'join' | 'wake'
>; // prettier-ignore

export function createBoxHandlers(parts: HandlerParts): BoxHandlers {
  const { paths, tasks, finding, links, log } = parts;
  const folders = [join(assetsFolder, 'box', 'keys'), join(paths.root, 'boxes', 'keys')];
  const imageOf = async (path: string) => openKnown(resolve(path), await readTrustedKeys(folders));
  // By its id: pages lead from a task to the box, and two boxes may have one name.
  const about = (link: Link) => ({ kind: 'Box', name: link.seen.value.row.id });
  const nameOf = (link: Link): string => link.seen.value.row.name;
  return {
    watch: (_input, { signal }) => links.list.watch(signal),
    async *find(_input, { signal }) {
      const unwant = finding.want();
      try {
        yield* finding.list.watch(signal);
      } finally {
        unwant();
      }
    },
    scan: () => finding.scan(),
    lookAt: ({ address }) => finding.lookAt(address),
    async pair(request) {
      const { id, name } = await pair(request, parts);
      log.info({ box: id, name, by: request.code === undefined ? 'secret' : 'code' }, 'a box is paired');
      finding.refresh();
      return { id };
    },
    async forget({ id }) {
      const link = links.get(id);
      await calls.leave(link.reach()).catch((error: unknown) => {
        // It is forgotten here all the same: that it is away, or has another key, is often the reason.
        log.info({ box: id, problem: asProblem(error).code }, 'a box that is forgotten could not be told');
      });
      await parts.book.remove(id);
      await dropCluster(id, parts);
      finding.refresh();
    },
    state: ({ id }, { signal }) => links.watch(id, signal),
    act: async ({ id, action }) => calls.act(links.get(id).reach(), action),
    health: async ({ id }) => calls.health(links.get(id).reach()),
    resetPreview: async ({ id }) => calls.resetPreview(links.get(id).reach()),
    logs: async ({ id, lines }) => calls.logs(links.get(id).reach(), lines),
    async saveLogs({ id }) {
      const link = links.get(id);
      const folder = join(paths.root, 'boxes', 'logs');
      await privateFolder(folder);
      const at = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
      const path = join(folder, `${fileName(link.seen.value.row.name)}-${at}.tar.gz`);
      const started = tasks.start({ type: 'box-logs', title: `Save the logs of ${nameOf(link)}`, object: about(link) }, (task) =>
        fetchLogs(link.reach(), path, {
          signal: task.signal,
          onBytes: (bytes) => task.update({ detail: `${(bytes / 1024 / 1024).toFixed(1)} MiB` }),
        }),
      ); // prettier-ignore
      return { taskId: started.id, path };
    },
    async update({ id, image, anyway }) {
      const link = links.get(id);
      const known = await imageOf(image);
      const title = `Update ${nameOf(link)} to ${known.facts.version}`;
      const spec = { type: 'box-update', title, object: about(link), steps: updateSteps };
      return { taskId: tasks.start(spec, (task) => updateBox(link, known, anyway, task)).id };
    },
    imageFacts: async ({ path }) => (await imageOf(path)).facts,
    adopt: async ({ id }) => parts.adopting.adopt(links.get(id)),
    joinTicket: async ({ id }) => calls.joinTicket(links.get(id).reach()),
    join({ id, to }) {
      const [link, other] = [links.get(id), links.get(to)];
      refuseJoin(link, other);
      const title = `Make ${nameOf(link)} a node of ${nameOf(other)}`;
      const spec = { type: 'box-join', title, object: about(link), steps: joinSteps };
      return { taskId: tasks.start(spec, (task) => joinBox(link, other, task)).id };
    },
    wake: async ({ id }) => ({ packets: await wake(links.get(id).seen.value.row.macs) }),
  };
}
