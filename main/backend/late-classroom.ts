import type { ContractHandlers } from '../contract/contract.ts';
import { classroomWaits } from './classroom/places.ts';
import { late } from './late.ts';
import type { Log } from './log.ts';
import type { DataPaths } from './paths.ts';
import { createLiveValue } from './target/live-value.ts';

/** Classes, loaded when somebody asks for one or one of before goes on. `acting`: what a class does here is done by these. */
export function lateClassroom(parts: {
  paths: DataPaths;
  version: string;
  acting: () => Pick<ContractHandlers, 'labs' | 'consoles'>;
  /** What ends with Hearth, the last first. */
  ending: (() => Promise<unknown> | void)[];
  log: Log;
}) {
  const { paths, version, log } = parts;
  const awake = createLiveValue(classroomWaits(paths));
  const classroom = late('classroom', async () => {
    const { openClassroom } = await import('./classroom/classroom.ts');
    const opened = await openClassroom({ paths, version, ...parts.acting(), log });
    awake.set(true);
    return opened;
  });
  parts.ending.push(() => classroom.close());
  const handlers: ContractHandlers['classroom'] = {
    ...classroom.handlers,
    // Every page asks who has its consoles: where nobody ever joined a class, that loads nothing.
    async *seat(input, context) {
      for await (const on of awake.watch(context.signal)) {
        if (on) break;
        yield undefined;
      }
      if (!context.signal.aborted) yield* classroom.handlers.seat(input, context);
    },
  };
  return {
    handlers,
    /** Takes up what was open when Hearth ended. */
    async goOn(): Promise<void> {
      if (!classroomWaits(paths)) return;
      await classroom.wake().catch((error: unknown) => log.error({ err: error }, 'the class of before could not be taken up')); // prettier-ignore
    },
  };
}
