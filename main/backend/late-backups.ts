import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ContractHandlers } from '../contract/contract.ts';
import { late } from './late.ts';
import type { Scope } from './target/scope.ts';
import type { Targets } from './targets/targets.ts';

/** Backups, loaded when somebody asks for them or there are places, whose plans then go on. */
export function lateBackups(parts: {
  scope: Scope;
  targets: Targets;
  version: string;
  /** What ends with Hearth, the last first. */
  ending: (() => Promise<unknown> | void)[];
}): { handlers: ContractHandlers['backups'] } {
  const { scope, targets, version } = parts;
  const log = scope.log.child({ part: 'backups' });
  const backups = late('backups', async () => {
    const { openBackups } = await import('./backups/backups.ts');
    const { tasks, settings, paths, ending, undos } = scope;
    return openBackups({
      tasks, settings, paths, ending, undos, version, log,
      target: () => scope.target(),
      open: async (id) => (await targets.open(id)).target,
      nameOf: (id) => targets.nameOf(id),
    }); // prettier-ignore
  });
  parts.ending.push(() => backups.close());
  if (existsSync(join(scope.paths.root, 'backups', 'places.json')))
    void backups.wake().catch((error: unknown) => log.error({ err: error }, 'backups could not be taken up'));
  return { handlers: backups.handlers };
}
