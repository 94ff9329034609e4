import type { ContractHandlers } from '../../contract/contract.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { Log } from '../log.ts';
import { privateFolder } from '../paths.ts';
import type { DataPaths } from '../paths.ts';
import { createLiveValue } from '../target/live-value.ts';
import { createUndos } from '../undo/undo.ts';
import { createAccessHandlers } from './handlers.ts';
import { openOwners } from './owners.ts';
import { accessPlaces } from './places.ts';
import { openQuotas } from './quotas.ts';
import { openUsers } from './users.ts';

/** The users of a data directory on which no Hearth runs; one that is started meanwhile notices what is changed. */
export async function openUsersAlone(
  paths: DataPaths,
  log: Log,
): Promise<{ handlers: ContractHandlers['access']; close(): void }> {
  const places = accessPlaces(paths);
  await privateFolder(places.root);
  const users = await openUsers({ file: places.users, log });
  const handlers = createAccessHandlers({
    users: async () => users,
    sessions: () => undefined,
    // The command ends with its answer: nobody undoes anything.
    undos: createUndos(),
    owners: await openOwners(places.owners, log),
    lan: () => undefined,
    quotas: await openQuotas(places.quotas, log),
    labOwnerAt: () => () => undefined,
    target() {
      throw new ProblemError({
        code: 'hearth-not-running',
        title: 'Hearth does not run',
        detail: 'What people use is read from a target that is open.',
        fix: 'Start Hearth first.',
      });
    },
    changed: createLiveValue(0),
    ended: () => undefined,
  });
  return { handlers: handlers(undefined), close: () => users.close() };
}
