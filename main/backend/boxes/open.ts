import type { ContractHandlers } from '../../contract/contract.ts';
import type { Log } from '../log.ts';
import type { DataPaths } from '../paths.ts';
import type { Targets } from '../targets/targets.ts';
import type { Tasks } from '../tasks/tasks.ts';

export interface BoxesOptions {
  paths: DataPaths;
  tasks: Tasks;
  targets: Pick<Targets, 'put' | 'remove'>;
  version: string;
  log: Log;
}

/** Sticks and boxes of this Hearth. */
export async function openBoxes(options: BoxesOptions): Promise<{
  handlers: ContractHandlers['boxes'];
  close(): Promise<void>;
}> {
  options.log.info({}, 'boxes');
  throw new Error('being built');
}
