import { join } from 'node:path';
import type { ContractHandlers } from '../../contract/contract.ts';
import { openIdentity } from '../boxes/book/identity.ts';
import type { Log } from '../log.ts';
import { privateFolder } from '../paths.ts';
import type { DataPaths } from '../paths.ts';
import { classroomFolder } from './places.ts';
import { openSitting } from './seat/sitting.ts';
import type { SittingParts } from './seat/sitting.ts';
import { openTeaching } from './teacher/teaching.ts';

export interface ClassroomParts extends Pick<SittingParts, 'consoles' | 'pace' | 'mdns'> {
  paths: Pick<DataPaths, 'root'>;
  labs: SittingParts['labs'] & Pick<ContractHandlers['labs'], 'text'>;
  version: string;
  /** Tells the network where a class is; only tests are silent. */
  announce?: boolean;
  log: Log;
}
export interface Classroom {
  readonly handlers: ContractHandlers['classroom'];
  close(): Promise<void>;
}
/** Labs in a class: this Hearth holds one, is a seat of one, or neither. What is kept of it lies in `DATA/classroom` (0700). */
export async function openClassroom(parts: ClassroomParts): Promise<Classroom> {
  const { log, version } = parts;
  const folder = classroomFolder(parts.paths);
  await privateFolder(folder);
  const identity = await openIdentity(join(folder, 'identity.json'), log);
  const { shutDown: endTeaching, ...teaching } = await openTeaching({
    folder,
    identity,
    version,
    announce: parts.announce,
    labText: async (lab) => (await parts.labs.text({ lab }, { signal: new AbortController().signal })).text,
    log,
  });
  const { shutDown: endSitting, ...sitting } = await openSitting({ ...parts, folder, identity });
  return {
    handlers: { ...teaching, ...sitting },
    async close() {
      await endSitting();
      await endTeaching();
    },
  };
}
