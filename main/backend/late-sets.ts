import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ContractHandlers } from '../contract/contract.ts';
import { late } from './late.ts';
import type { Scope } from './target/scope.ts';
import type { Targets } from './targets/targets.ts';

/** Sets, loaded when somebody asks for one, or a target was kept in step with one before. */
export function lateSets(parts: {
  scope: Scope;
  targets: Targets;
  /** What ends with Hearth, the last first. */
  ending: (() => Promise<unknown> | void)[];
}): { handlers: ContractHandlers['sets'] } {
  const { scope, targets } = parts;
  const log = scope.log.child({ part: 'sets' });
  const sets = late('sets', async () => {
    const { openSets } = await import('./sets/sets.ts');
    return openSets({
      ...scope,
      log,
      open: async (id) => (await targets.open(id)).target,
      isKnown: (id) => targets.nameOf(id) !== undefined,
      onForgotten: (tell) => targets.onForgotten(tell),
      changes: (signal) => targets.handlers.watch({}, { signal }) as AsyncIterable<unknown>,
    });
  });
  parts.ending.push(() => sets.close());
  if (existsSync(join(scope.paths.root, 'sets.json')))
    void sets.wake().catch((error: unknown) => log.error({ err: error }, 'sets could not be taken up'));
  return { handlers: sets.handlers };
}
