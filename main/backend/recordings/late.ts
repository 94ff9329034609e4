import type { ContractHandlers } from '../../contract/contract.ts';
import { late } from '../late.ts';
import type { RecordingsParts } from './recordings.ts';

/** Recordings, opened with the first request for them. `ending`: what ends with Hearth, the last first. */
export function lateRecordings(parts: RecordingsParts & { ending: (() => Promise<unknown> | void)[] }): {
  handlers: ContractHandlers['recordings'];
} {
  const recordings = late('recordings', async () => {
    const { openRecordings } = await import('./recordings.ts');
    return openRecordings({ ...parts, log: parts.log.child({ part: 'recordings' }) });
  });
  parts.ending.push(() => recordings.close());
  return recordings;
}
