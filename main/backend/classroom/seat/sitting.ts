import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { classIdSchema, classNameSchema, classService, fingerprintSchema, seatIdSchema, seatNameSchema, seatTokenSchema } from '../../../contract/class-seat.ts'; // prettier-ignore
import type { FoundClass, OwnSeat } from '../../../contract/classroom.ts';
import type { ContractHandlers } from '../../../contract/contract.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { Problem } from '../../../contract/problem.ts';
import type { AppIdentity } from '../../boxes/book/identity.ts';
import { browse } from '../../boxes/finding/mdns.ts';
import { askJson } from '../../boxes/link/request.ts';
import { readJson, writeJson } from '../../json-file.ts';
import type { Log } from '../../log.ts';
import { createLiveValue } from '../../target/live-value.ts';
import { pause } from '../../target/live-list.ts';
import { classAddress, shownAddress } from '../address.ts';
import { asClassProblem, denied, noSeat } from '../problems.ts';
import { joinByCode, lookAtClass } from './join.ts';
import { connectSeat } from './link.ts';
import { createSeatService } from './service.ts';
import type { SeatParts, SeatService } from './service.ts';

const fileSchema = z.object({
  version: z.literal(1),
  classId: classIdSchema,
  name: classNameSchema,
  teacher: seatNameSchema,
  address: z.string().min(1).max(260),
  fingerprint: fingerprintSchema,
  seat: seatIdSchema,
  seatName: seatNameSchema,
  token: seatTokenSchema,
  askFirst: z.boolean(),
});
type Entry = z.infer<typeof fileSchema>;

export interface SittingParts extends SeatParts {
  folder: string;
  identity: AppIdentity;
  log: Log;
  /** Milliseconds between two tries; tests have less. */
  pace?: { first: number; longest: number } | undefined;
  /** Of multicast; only tests have another one, or none. */
  mdns?: { port?: number; everyMs?: number } | false | undefined;
}
type Handlers = ContractHandlers['classroom'];
export type Sitting = Pick<Handlers, 'seat' | 'found' | 'look' | 'join' | 'leave' | 'help' | 'answer' | 'takeBack' | 'read'> & {
  /** Ends the connection; the seat stays for the next start. */
  shutDown: () => Promise<void>;
}; // prettier-ignore
/** One stay in a class. */
interface Stay {
  entry: Entry;
  service: SeatService;
  over: AbortController;
  done: Promise<void>;
}
const usualPace = { first: 500, longest: 10_000 };

/** The seat that this Hearth has in somebody's class; one that was held when Hearth ended is taken again. */
export async function openSitting(parts: SittingParts): Promise<Sitting> {
  const { identity, log, pace = usualPace } = parts;
  const file = join(parts.folder, 'seat.json');
  const seat = createLiveValue<OwnSeat | undefined>(undefined);
  let stay: Stay | undefined;

  function begin(entry: Entry): void {
    const service = createSeatService(parts, entry, (error) => log.warn({ err: error }, 'the lab of the seat is not followed any more')); // prettier-ignore
    const over = new AbortController();
    const mine: Stay = { entry, service, over, done: Promise.resolve() };
    stay = mine;
    seat.set({
      className: entry.name,
      teacher: entry.teacher,
      seatName: entry.seatName,
      address: shownAddress(entry.address),
      askFirst: entry.askFirst,
      state: 'connecting',
      since: new Date().toISOString(),
      ...service.shown.value,
    });
    void (async () => {
      for await (const shown of service.shown.watch(over.signal)) {
        if (stay !== mine || !seat.value) return;
        const { help: _help, taken: _taken, ...rest } = seat.value;
        seat.set({ ...rest, ...shown });
      }
    })();
    mine.done = run(mine).catch((error: unknown) => log.error({ err: error }, 'the seat is not connected any more'));
  }
  function state(of: Stay, next: OwnSeat['state'], problem?: Problem): void {
    if (stay !== of || !seat.value) return;
    const { problem: _former, ...rest } = seat.value;
    const since = next === rest.state ? rest.since : new Date().toISOString();
    seat.set({ ...rest, state: next, since, ...(problem && { problem }) });
  }
  async function run(of: Stay): Promise<void> {
    const { entry, service, over } = of;
    let failures = 0;
    let ended: Problem | undefined;
    const handlers = {
      ...service.handlers,
      over({ why }: { why: 'ended' | 'removed' }) {
        ended = why === 'ended' ? classEnded(entry) : seatRemoved(entry);
      },
    };
    while (!over.signal.aborted && !ended) {
      let problem: Problem | undefined;
      try {
        const reach = { address: entry.address, pin: entry.fingerprint, identity };
        const link = await connectSeat(reach, entry.token, handlers, over.signal);
        failures = 0;
        state(of, 'here');
        await link.closed;
      } catch (error) {
        if (over.signal.aborted) return;
        failures += 1;
        problem = asClassProblem(error);
        if (problem.code === 'class-seat-unknown') ended = problem;
      }
      if (over.signal.aborted || ended) break;
      state(of, problem?.code === 'class-key-changed' ? 'changed' : 'away', problem);
      await pause(Math.min(pace.longest, pace.first * 2 ** Math.min(failures, 10)), over.signal);
    }
    if (!ended || over.signal.aborted) return;
    service.close();
    state(of, 'over', ended);
    await rm(file, { force: true });
  }
  async function end(): Promise<void> {
    const former = stay;
    stay = undefined;
    seat.set(undefined);
    former?.over.abort();
    former?.service.close();
    await former?.done;
  }
  const sitting = (): Stay => {
    if (!stay || seat.value?.state === 'over') throw noSeat();
    return stay;
  };

  const kept = await readJson(file, fileSchema, log);
  if (kept) begin(kept);
  return {
    seat: (_input, { signal }) => seat.watch(signal),
    async *found(_input, { signal }) {
      const found = createLiveValue<FoundClass[]>([]);
      const browsing =
        parts.mdns === false
          ? undefined
          : await browse({
              ...parts.mdns,
              service: classService,
              log,
              onFound({ addresses, name }) {
                const [first] = addresses;
                if (first === undefined) return;
                const address = shownAddress(classAddress(first));
                const others = found.value.filter((each) => each.address !== address);
                found.set([...others, { address, name: name ?? address }].slice(-20));
              },
            });
      try {
        yield* found.watch(signal);
      } finally {
        browsing?.close();
      }
    },
    async look({ address }, { signal }) {
      try {
        const { hello, fingerprint } = await lookAtClass({ address: classAddress(address) }, signal);
        return { name: hello.name, teacher: hello.teacher, open: hello.open, fingerprint };
      } catch (error) {
        throw new ProblemError(asClassProblem(error));
      }
    },
    async join({ address: typed, code, name, fingerprint: shown }) {
      if (stay && seat.value?.state !== 'over') throw denied('class-joined', 'This Hearth is in a class already', `It is a seat of "${stay.entry.name}".`, 'Leave that class first.'); // prettier-ignore
      try {
        const address = classAddress(typed);
        const { fingerprint } = await lookAtClass({ address, ...(shown !== undefined && { pin: shown }) });
        const joined = await joinByCode({ address, pin: fingerprint }, identity, { code, name });
        const entry: Entry = { version: 1, address, fingerprint, ...joined };
        await writeJson(file, entry);
        await end();
        begin(entry);
      } catch (error) {
        throw new ProblemError(asClassProblem(error), { cause: error });
      }
    },
    async leave() {
      const former = stay;
      if (!former) throw noSeat();
      const { address, fingerprint: pin, token } = former.entry;
      const over = seat.value?.state === 'over';
      await end();
      await rm(file, { force: true });
      // Without an answer the seat stays in the class's list, away; the token is forgotten here.
      if (!over) await askJson({ address, pin, identity }, { method: 'POST', path: '/class/leave', token, connectMs: 1500, timeoutMs: 3000 }).catch((error: unknown) => log.info({ err: error }, 'the class could not be told that its seat left')); // prettier-ignore
    },
    help: ({ text }) => sitting().service.help(text),
    answer: ({ id, accept }) => sitting().service.answer(id, accept),
    takeBack: () => sitting().service.takeBack(),
    read: ({ id }) => sitting().service.read(id),
    async shutDown() {
      const former = stay;
      former?.over.abort();
      former?.service.close();
      await former?.done;
    },
  };
}

const classEnded = ({ name, teacher }: Entry): Problem =>
  denied('class-ended', 'The class is over', `${teacher} ended "${name}".`).problem;
const seatRemoved = ({ name, teacher }: Entry): Problem =>
  denied('class-removed', 'This seat was removed', `${teacher} took it out of "${name}".`, 'Ask for the code to join again.').problem; // prettier-ignore
