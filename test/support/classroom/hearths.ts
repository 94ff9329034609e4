import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { openClassroom } from '../../../main/backend/classroom/classroom.ts';
import type { Classroom, ClassroomParts } from '../../../main/backend/classroom/classroom.ts';
import { createLiveValue } from '../../../main/backend/target/live-value.ts';
import type { HeldClass, OwnSeat, SeatRow } from '../../../main/contract/classroom.ts';
import type { ContractHandlers } from '../../../main/contract/contract.ts';
import type { LabRow, LabRun } from '../../../main/contract/labs/run.ts';
import type { ListUpdate } from '../../../main/contract/machine.ts';
import type { BytePipe } from '../../../main/contract/procedure.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import { createQueue } from '../../../main/contract/queue.ts';
import { silentLog } from '../boxes/silent-log.ts';

const never = new AbortController().signal;
export const context = { signal: never };
type Api = ContractHandlers['classroom'];

const step = (id: string, state: 'open' | 'closed' | 'passed'): LabRun['steps'][number] => ({
  id, title: `Step ${id}`, state, text: '', blocks: [], hints: [], hintsLeft: 0, score: 10, checks: [{ id: 'c', title: 'A check', state: 'waiting' }],
  checkpoint: { at: new Date().toISOString(), memory: true, seconds: 1 },
}); // prettier-ignore
export const labRun = (change: Partial<LabRun> = {}): LabRun => ({
  lab: 'first', title: 'First lab', target: 'Quick lab', state: 'running', startedAt: new Date().toISOString(), seconds: 5, step: 0,
  steps: [step('one', 'open'), step('two', 'closed')], score: { reached: 0, of: 20 }, faults: [],
  machines: [{ namespace: 'lab-first', name: 'web', running: true, user: 'hearth', forwards: [] }], ...change,
}); // prettier-ignore
const png = Buffer.from(encode({ width: 640, height: 400, data: new Uint8Array(640 * 400 * 3).fill(90), channels: 3 })).toString('base64'); // prettier-ignore

/** What a Hearth has besides its class: one lab that a test moves on, and consoles that answer in capitals. */
function scripted() {
  const run = createLiveValue<LabRun | undefined>(undefined);
  const calls: string[] = [];
  let looked = 0;
  const echo = (ref: { namespace: string; name: string }, kind: string): BytePipe => {
    calls.push(`${kind} ${ref.namespace}/${ref.name}`);
    const queue = createQueue<Uint8Array>({ returned: () => calls.push(`closed ${kind}`) });
    return {
      write: async (bytes) => queue.push(Buffer.from(Buffer.from(bytes).toString().toUpperCase())),
      readable: queue,
      close: () => queue.end(),
    };
  };
  const labs = {
    async *watch(_input: object, { signal }: { signal: AbortSignal }) {
      for await (const now of run.watch(signal)) yield { type: 'snapshot', items: now ? [{ name: now.lab, running: now.state } as LabRow] : [] } as ListUpdate<LabRow>; // prettier-ignore
    },
    run: (_input: object, { signal }: { signal: AbortSignal }) => run.watch(signal),
    rewind: async ({ step }: { step: string }) => {
      calls.push(`rewind ${step}`);
      return { taskId: 'task' };
    },
    import: async ({ text }: { text?: string }) => {
      if (text !== 'a lab') throw new ProblemError({ code: 'lab-file-wrong', title: 'The lab file is not right', detail: 'line 1' }); // prettier-ignore
      return { token: 'token', findings: [], preview: { row: { name: 'sent', title: 'Sent', summary: 'From the teacher.', steps: 2 } } }; // prettier-ignore
    },
    keep: async ({ token }: { token: string }) => {
      calls.push(`keep ${token}`);
      return { lab: 'sent' };
    },
    text: async () => ({ text: 'a lab' }),
  };
  const consoles = {
    async *pictures(
      { machines }: { machines: { name: string; namespace: string }[] },
      { signal }: { signal: AbortSignal },
    ) {
      // prettier-ignore
      looked += 1;
      yield machines.map((ref) => ({ ...ref, png, at: new Date().toISOString() }));
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      looked -= 1;
    },
    vnc: async (ref: { namespace: string; name: string }) => echo(ref, 'vnc'),
    serial: async (ref: { namespace: string; name: string }) => echo(ref, 'serial'),
  };
  return { run, calls, looked: () => looked, labs, consoles };
}

/** A Hearth with classes, and nothing else of it but what a test scripts. */
export interface ClassHearth extends ReturnType<typeof scripted> {
  readonly api: Api;
  readonly folder: string;
  held(): Promise<HeldClass | undefined>;
  seat(fits: (seat: OwnSeat | undefined) => boolean): Promise<OwnSeat | undefined>;
  /** Rows of the class held here, once they fit. */
  rows(fits: (rows: SeatRow[]) => boolean): Promise<SeatRow[]>;
  /** Ends as Hearth does, and starts again on the same data. `meanwhile`: what happens in between. */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export async function openHearth(): Promise<ClassHearth> {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-class-'));
  const rest = scripted();
  const { labs, consoles } = rest;
  const start = (): Promise<Classroom> =>
    openClassroom({ paths: { root: folder }, labs, consoles, version: '1.0.0', announce: false, mdns: false, pace: { first: 50, longest: 200 }, log: silentLog } as unknown as ClassroomParts); // prettier-ignore
  let classroom = await start();
  const api = new Proxy({} as Api, { get: (_target, name) => classroom.handlers[name as keyof Api] });
  return {
    ...rest,
    api,
    folder,
    held: () => until(api.held({}, context), () => true),
    seat: (fits) => until(api.seat({}, context), fits),
    async rows(fits) {
      const rows = new Map<string, SeatRow>();
      await until(api.seats({}, context), (update) => {
        if (update.type === 'snapshot') {
          rows.clear();
          for (const row of update.items) rows.set(row.id, row);
        }
        if (update.type === 'delta') {
          for (const row of update.upserted) rows.set(row.id, row);
          for (const id of update.removed) rows.delete(id);
        }
        return fits([...rows.values()]);
      });
      return [...rows.values()];
    },
    async restart(meanwhile) {
      await classroom.close();
      await meanwhile?.();
      classroom = await start();
    },
    async close() {
      await classroom.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The first item that fits; throws after `ms`. */
export async function until<T>(items: AsyncIterable<T>, fits: (item: T) => boolean, ms = 15_000): Promise<T> {
  const iterator = items[Symbol.asyncIterator]();
  let last: unknown;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms} ms; last: ${JSON.stringify(last)}`)), ms);
  });
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), late]);
      if (next.done) throw new Error('it ended before');
      last = next.value;
      if (fits(next.value)) return next.value;
    }
  } finally {
    clearTimeout(timer);
    void iterator.return?.();
  }
}

export const problemOf = async (work: unknown): Promise<ProblemError['problem'] | undefined> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
  return undefined;
};

/** Text of a console until it holds that. */
export async function textOf(pipe: BytePipe, wanted: string): Promise<string> {
  let text = '';
  for await (const chunk of pipe.readable) {
    text += Buffer.from(chunk).toString();
    if (text.includes(wanted)) return text;
  }
  throw new Error(`it ended with ${text}`);
}
