import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DataPaths } from '../paths.ts';

/** What is kept of classes: 0700. */
export const classroomFolder = (paths: Pick<DataPaths, 'root'>): string => join(paths.root, 'classroom');
/** Whether a class or a seat of before waits to go on. */
export const classroomWaits = (paths: Pick<DataPaths, 'root'>): boolean =>
  ['class.json', 'seat.json'].some((name) => existsSync(join(classroomFolder(paths), name)));
