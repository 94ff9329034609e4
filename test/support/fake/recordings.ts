import type { Api } from '../../../main/contract/contract.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { RecordedEvent, RecordingRow } from '../../../main/contract/recordings.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import { screenPicture } from './console.ts';
import { FakeList } from './live.ts';

const minutesAgo = (n: number): string => new Date(Date.now() - n * 60_000).toISOString();
const web = { namespace: 'default', name: 'web' };
const rows: RecordingRow[] = [
  { name: 'web 2026-11-22 10-58-03', state: 'whole', startedAt: minutesAgo(12), seconds: 95, size: 812_345, machines: [web] },
  { name: 'Networks, the whole lab', state: 'whole', startedAt: minutesAgo(1500), seconds: 1934, size: 48_812_345, machines: ['router', 'left', 'right'].map((name) => ({ namespace: 'lab-networks', name })), lab: 'networks' },
  { name: 'A recording with a name as long as anybody may choose it, so.', state: 'whole', startedAt: minutesAgo(9000), seconds: 14_400, size: 536_870_912, machines: [web], cut: 'The file came to its largest size.' },
  { name: 'from a stick', state: 'damaged', startedAt: minutesAgo(90_000), seconds: 0, size: 1234, machines: [], problem: { code: 'recording-damaged', title: 'The recording cannot be read', detail: 'Its end is missing.', cause: 'It is no recording of Hearth, it was changed, or its end is missing.', fix: 'Take it from where it came from again.', kind: 'failed' } },
].map((row) => ({ ...row, name: row.name.slice(0, 60) })) as RecordingRow[]; // prettier-ignore

const serialAt = (second: number): string => btoa(`[${String(second).padStart(3)}.000000] web: line ${second}\r\n`);

/** Recordings in memory: one line of the serial console a second, one picture. */
export function fakeRecordings(
  answer: <T>(what: string, value: T) => Promise<T>,
  live: <T>(source: AsyncIterable<T>) => AsyncGenerator<T>,
  fresh: boolean,
): Api['recordings'] {
  const list = new FakeList<RecordingRow>(rowKeys.recording, fresh ? [] : rows);
  const deleted = new Map<string, RecordingRow>();
  const one = (name: string): RecordingRow => {
    const row = list.rows.get(name);
    if (!row) throw new ProblemError({ code: 'recording-not-found', title: 'There is no such recording', detail: name });
    return row;
  }; // prettier-ignore
  const none = async () => ({ readable: (async function* () {})(), write: async () => undefined, close: () => undefined }); // prettier-ignore
  return {
    watch: (_input, o) => live(list.watch(o?.signal)),
    start: async ({ machines, lab, name = `${lab ?? machines[0]?.name ?? ''} now` }) => {
      list.put({ name, state: 'recording', startedAt: new Date().toISOString(), seconds: 0, size: 0, machines, ...(lab && { lab }) }); // prettier-ignore
      return answer('Recording', { name });
    },
    stop: async ({ name }) => {
      list.put({ ...one(name), state: 'whole', seconds: 5, size: 12_345 });
      return answer('Stopping', { name });
    },
    mark: () => answer('Marking', undefined),
    look: async ({ name }) => {
      const row = one(name);
      if (row.problem) throw new ProblemError(row.problem);
      return answer('Looking', {
        row,
        marks: [
          { t: 500, kind: 'opened', text: '1. See it run' },
          { t: 9000, kind: 'action', text: 'Switch web on' },
          { t: 31_000, kind: 'passed', text: 'Passed: See it run' },
          { t: 33_000, kind: 'opened', text: '2. Log in and leave a note that is longer than one line' },
          { t: 80_000, kind: 'note', text: 'The interesting part' },
        ],
      } as const).then(({ row: of, marks }) => ({ row: of, marks: [...marks] }));
    },
    readMoment: ({ name, at }) =>
      answer('Reading', {
        t: at,
        machines: one(name).machines.map(() => ({
          png: at < 400 ? null : screenPicture,
          serial: btoa(Array.from({ length: Math.floor(at / 1000) }, (_, n) => atob(serialAt(n))).join('')),
        })),
      }),
    readEvents: ({ name, from, to }) => {
      const events: RecordedEvent[] = [];
      for (let t = Math.ceil(from / 1000) * 1000; t < to; t += 1000)
        one(name).machines.forEach((_m, machine) => events.push({ kind: 'serial', t, machine, data: serialAt(t / 1000) }));
      if (from <= 400 && to > 400) events.unshift({ kind: 'picture', t: 400, machine: 0, png: screenPicture });
      return answer('Reading', { events });
    }, // prettier-ignore
    rename: async ({ name, to }) => {
      const row = one(name);
      list.remove(name);
      list.put({ ...row, name: to });
      return answer('Renaming', undefined);
    },
    remove: async ({ name }) => {
      const undo = crypto.randomUUID();
      deleted.set(undo, one(name));
      list.remove(name);
      return answer('Deleting', { undo });
    },
    restore: async ({ undo }) => {
      const row = deleted.get(undo);
      if (row) list.put(row);
      return answer('Restoring', { name: row?.name ?? '' });
    },
    export: none,
    import: none,
  };
}
