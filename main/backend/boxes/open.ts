import { join } from 'node:path';
import type { ContractHandlers } from '../../contract/contract.ts';
import type { Log } from '../log.ts';
import { privateFolder } from '../paths.ts';
import type { DataPaths } from '../paths.ts';
import type { Targets } from '../targets/targets.ts';
import type { Tasks } from '../tasks/tasks.ts';
import { createAdopting } from './adopting.ts';
import { openBook } from './book/book.ts';
import { openEnrolments } from './book/enrolments.ts';
import type { Enrolments } from './book/enrolments.ts';
import { openIdentity } from './book/identity.ts';
import { openLastStates } from './book/last-states.ts';
import { createFinding } from './finding/finding.ts';
import type { Finding, FindingOptions } from './finding/finding.ts';
import { createBoxHandlers } from './handlers.ts';
import type { LinkOptions } from './link/link.ts';
import { openLinks } from './links.ts';
import { createSticks } from './sticks/open.ts';

export interface BoxesOptions {
  paths: DataPaths;
  tasks: Tasks;
  targets: Pick<Targets, 'put' | 'remove'>;
  version: string;
  log: Log;
  /** Only tests have another network, and less time. */
  finding?: Pick<FindingOptions, 'addresses' | 'mdns'>;
  pace?: LinkOptions['pace'];
}
export interface Boxes {
  readonly handlers: ContractHandlers['boxes'];
  readonly enrolments: Enrolments;
  close(): Promise<void>;
}

/** Sticks and boxes of this Hearth; everything it keeps of them lies in `DATA/boxes` (0700). */
export async function openBoxes(options: BoxesOptions): Promise<Boxes> {
  const { paths, tasks, targets, log } = options;
  const folder = join(paths.root, 'boxes');
  await privateFolder(folder);
  const identity = await openIdentity(join(folder, 'identity.json'), log);
  const enrolments = await openEnrolments({ file: join(folder, 'enrolments.json'), identity, log });
  const book = await openBook({ file: join(folder, 'boxes.json'), log });
  const lastStates = await openLastStates({ folder: join(folder, 'last'), boxes: book.entries, log });
  const adopting = createAdopting({ book, paths, targets, log });
  const finding: Finding = createFinding({
    tasks,
    entries: () => book.entries,
    enrolments: () => enrolments.waiting,
    onKnown: (id, address) => links.hint(id, address),
    log,
    ...options.finding,
  });
  const links = openLinks({
    book,
    lastStates,
    identity,
    finding: () => finding,
    onState: (link, state, address) => adopting.onState(link, state, address),
    log,
    ...(options.pace && { pace: options.pace }),
  });
  const unlisten = [book, enrolments].map((each) => each.listen(() => finding.refresh()));
  const handlers = createBoxHandlers({ paths, tasks, targets, book, identity, enrolments, finding, links, adopting, log });
  const sticks = createSticks({ root: paths.root, tasks, log, enrolments });
  return {
    handlers: { ...handlers, ...sticks.handlers },
    enrolments,
    async close() {
      for (const stop of unlisten) stop();
      await links.close();
      finding.close();
      await Promise.all([book.close(), enrolments.close(), lastStates.close()]);
    },
  };
} // prettier-ignore
