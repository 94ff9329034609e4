import { join } from 'node:path';
import type { Log } from '../../log.ts';
import { runProcess } from '../../process.ts';
import type { Place } from '../../provision/place.ts';
import { localPlace } from '../../provision/places/local.ts';

/** How the writer becomes root here. On Windows it cannot ask: Hearth itself must have been started as administrator. */
export function localElevation(root: string, log: Log): Pick<Place, 'elevate'> {
  if (process.platform !== 'win32') return localPlace({ stagingRoot: join(root, 'staging'), log });
  return {
    async elevate(argv, { onLine, signal, timeoutMs, feed }) {
      const { code, stderr } = await runProcess(argv, { onLine, signal, timeoutMs, patienceMs: 60_000, ...(feed && { feed }), env: process.env }); // prettier-ignore
      return { outcome: 'ran', code, stderr };
    },
  };
}
