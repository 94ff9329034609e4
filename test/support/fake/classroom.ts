import type { SeatNow } from '../../../main/contract/class-seat.ts';
import type { HeldClass, OwnSeat, SeatRow } from '../../../main/contract/classroom.ts';
import type { Api } from '../../../main/contract/contract.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import { minutesAgo } from './boxes/data.ts';
import { consolePipe, screenPicture } from './console.ts';
import { FakeList, FakeValue, pause } from './live.ts';

export type ClassScenario = 'none' | 'empty' | 'two' | 'some' | 'thirty' | 'long' | 'wait' | 'port';
export type SeatScenario = 'none' | 'here' | 'help' | 'asked' | 'taken' | 'long' | 'away' | 'changed' | 'over';
export interface FakeClassroomOptions {
  /** The class held here; long: names as long as they may be; wait: too many wrong codes; port: its port was taken at the start. */
  class?: ClassScenario | undefined;
  /** The seat that this Hearth has. */
  seat?: SeatScenario | undefined;
}
type Answer = <T>(what: string, value: T) => Promise<T>;

const fingerprint = '5f1c'.repeat(16);
const heldClass = (change: Partial<HeldClass> = {}): HeldClass => ({
  id: 'a'.repeat(32), name: 'Networks, 10 b', teacher: 'Ms Byron', askFirst: true, openedAt: minutesAgo(12), port: 8444, fingerprint,
  addresses: ['192.168.1.20', '10.20.0.4'], code: { digits: '40718253', until: minutesAgo(-48) }, ...change,
}); // prettier-ignore

const names = ['Ada Lovelace', 'Ben', 'Çağla Öztürk', 'Table 4', 'A very long name that somebody typed because they could, 3', 'Emmy', 'Grace']; // prettier-ignore
const longClass = {
  name: 'Computer networks and operating systems for beginners, 10 b and 10 c, on Fridays',
  teacher: 'Professor Augusta Ada King-Noel, Countess of Lovelace, and o',
};
const seatRow = (n: number): SeatRow => {
  const step = n % 4;
  const titles = ['Log in', 'Serve a page', 'Open the firewall for the web server and nothing else', 'Prove it'];
  const now: SeatNow = {
    ...(n % 7 !== 6 && {
      lab: {
        lab: 'first-vm', title: 'Your first VM', state: step === 3 && n % 2 === 1 ? 'finished' : 'running', step, seconds: 60 * n + 75, at: minutesAgo(0),
        steps: titles.map((title, at) => ({ id: `step-${at}`, title, state: at < step ? 'passed' : at === step ? 'open' : 'closed', checkpoint: at <= step })),
        checks: [{ title: 'The page is there', state: n % 3 === 0 ? 'passed' : 'failed' }, { title: 'It answers on port 80', state: 'failed' }],
        score: { reached: step * 10, of: 40 },
        machines: [{ name: 'web', running: true }, { name: 'db', running: n % 2 === 0 }],
      },
    }),
    ...(n % 9 === 4 && { help: { text: 'Nothing answers on port 80', at: minutesAgo(n), coming: false } }),
    ...(n === 1 && { asked: { what: 'step', title: 'Log in', state: 'declined', at: minutesAgo(2) } }),
  }; // prettier-ignore
  return { id: String(n).padStart(16, '0'), name: n < names.length ? (names[n] ?? '') : `Seat ${n + 1}`, joinedAt: minutesAgo(10), state: n % 11 === 5 ? 'away' : 'here', since: minutesAgo(3), now }; // prettier-ignore
};

const seatOf = (scenario: SeatScenario): OwnSeat | undefined => {
  if (scenario === 'none') return undefined;
  const own: OwnSeat = { className: 'Networks, 10 b', teacher: 'Ms Byron', seatName: 'Ada', address: '192.168.1.20', askFirst: true, state: 'here', since: minutesAgo(5), looking: scenario !== 'away', questions: [], messages: [] }; // prettier-ignore
  const problem = (code: string, title: string, detail: string, fix: string) => ({ code, title, detail, fix, kind: 'denied' as const }); // prettier-ignore
  switch (scenario) {
    case 'here':
      return own;
    case 'help':
      return { ...own, help: { text: 'Nothing answers on port 80', at: minutesAgo(2), coming: true }, messages: [{ id: 'm', at: minutesAgo(0), text: 'Look at the firewall first.' }] }; // prettier-ignore
    case 'asked':
      return { ...own, questions: [{ id: 'q1', at: minutesAgo(0), ask: { what: 'step', lab: 'first-vm', step: 'step-0', title: 'Log in' } }, { id: 'q2', at: minutesAgo(0), ask: { what: 'lab', name: 'shared-lab', title: 'A shared lab', summary: 'Two machines and a firewall.', steps: 4 } }] }; // prettier-ignore
    case 'taken':
      return { ...own, taken: { machine: 'web', kind: 'screen' } };
    case 'long':
      return { ...own, className: longClass.name, teacher: longClass.teacher, taken: { machine: 'web-server-behind-the-firewall', kind: 'serial' }, help: { text: 'Nothing answers on port 80 although the firewall is open and the server says that it listens; what else could it be?', at: minutesAgo(2), coming: true }, messages: [{ id: 'm', at: minutesAgo(0), text: 'Look at the firewall first: the rule that lets port 80 in stands behind the one that drops everything, and they are read from the top.' }] }; // prettier-ignore
    case 'away':
      return { ...own, state: 'away', problem: problem('class-unreachable', 'The class does not answer', '192.168.1.20: no answer within 5000 ms', 'Both computers must be in the same network.') }; // prettier-ignore
    case 'changed':
      return { ...own, state: 'changed', problem: problem('class-key-changed', 'Another key answers at this address', 'Nothing was sent there.', 'Ask the teacher. Only if they know why: leave the class and join it again.') }; // prettier-ignore
    case 'over':
      return { ...own, state: 'over', problem: problem('class-ended', 'The class is over', 'Ms Byron ended "Networks, 10 b".', 'Nothing of your lab is lost.') }; // prettier-ignore
  }
};

/** Classes in memory. */
export class FakeClassroom {
  #held: FakeValue<{ now?: HeldClass }>;
  #seats: FakeList<SeatRow>;
  #seat: FakeValue<{ now?: OwnSeat }>;
  #answer: Answer;
  constructor({ class: held = 'none', seat = 'none' }: FakeClassroomOptions, answer: Answer) {
    const { code: _code, ...closed } = heldClass();
    const problem = { code: 'port-in-use', title: 'The class could not be opened', detail: 'Port 8444: address already in use', fix: 'End that program, then start Hearth again.', kind: 'failed' as const }; // prettier-ignore
    const now = held === 'none' ? undefined : held === 'wait' ? { ...closed, waitUntil: minutesAgo(-2) } : held === 'port' ? { ...closed, addresses: [], problem } : heldClass(held === 'long' ? longClass : {}); // prettier-ignore
    const count = { none: 0, empty: 0, two: 2, some: 7, thirty: 30, long: 7, wait: 3, port: 3 }[held];
    this.#held = new FakeValue(now ? { now } : {});
    this.#seats = new FakeList(
      rowKeys.seat,
      Array.from({ length: count }, (_, n) => ({ ...seatRow(n), ...(held === 'long' && { name: `${n + 1} ${'Wolfeschlegelsteinhausenbergerdorff '.repeat(2)}`.slice(0, 60).trim() }) })), // prettier-ignore
    );
    const own = seatOf(seat);
    this.#seat = new FakeValue(own ? { now: own } : {});
    this.#answer = answer;
  }
  #own(change: (own: OwnSeat) => OwnSeat): void {
    const { now } = this.#seat.value;
    if (now) this.#seat.set({ now: change(now) });
  }
  #row(id: string, change: (now: SeatNow) => SeatNow): void {
    const row = this.#seats.rows.get(id);
    if (row) this.#seats.put({ ...row, now: change(row.now ?? {}) });
  }
  api(live: <T>(source: AsyncIterable<T>) => AsyncGenerator<T>): Api['classroom'] {
    const done = (what: string): Promise<undefined> => this.#answer(what, undefined);
    const seats = this.#seats;
    const withoutHelp = ({ help: _help, ...rest }: OwnSeat): OwnSeat => rest;
    return {
      held: (_input, o) => live(values(this.#held, o?.signal)),
      seats: (_input, o) => live(seats.watch(o?.signal)),
      open: async ({ name, teacher, askFirst = true }) => {
        await done('Opening the class');
        this.#held.set({ now: heldClass({ name, teacher, askFirst }) });
      },
      close: async () => {
        await done('Ending the class');
        seats.replace([]);
        this.#held.set({});
      },
      code: async ({ show }) => {
        await done('The code');
        const { code: _code, waitUntil: _wait, ...rest } = this.#held.value.now ?? heldClass();
        this.#held.set({ now: show ? { ...rest, code: { digits: '99120047', until: minutesAgo(-60) } } : rest });
      },
      remove: async ({ seat }) => {
        await done('Removing');
        seats.remove(seat);
      },
      tell: async ({ seat, kind }) => {
        await done('Telling');
        if (kind === 'coming') this.#row(seat, (now) => ({ ...now, ...(now.help && { help: { ...now.help, coming: true } }) })); // prettier-ignore
        if (kind === 'helped') this.#row(seat, ({ help: _help, ...now }) => now);
      },
      sendBack: async ({ seat, step }) => {
        await done('Asking');
        this.#row(seat, (now) => ({ ...now, asked: { what: 'step', title: now.lab?.steps.find(({ id }) => id === step)?.title ?? step, state: 'waiting', at: minutesAgo(0) } })); // prettier-ignore
        return { asked: true };
      },
      sendLab: async ({ seat, lab }) => {
        await done('Sending');
        this.#row(seat, (now) => ({ ...now, asked: { what: 'lab', title: lab, state: 'waiting', at: minutesAgo(0) } }));
      },
      async *pictures({ seat }, o) {
        const at = new Date().toISOString();
        for (const row of seats.rows.values()) {
          const machines = (row.now?.lab?.machines ?? []).filter(({ running }) => running).slice(0, seat === undefined ? 1 : 8); // prettier-ignore
          if (row.state === 'here' && (seat === undefined || seat === row.id))
            yield { seat: row.id, pictures: machines.map(({ name }) => ({ machine: name, at, png: screenPicture })) };
        }
        await new Promise((resolve) => o?.signal?.addEventListener('abort', resolve));
      },
      console: async ({ machine, kind }) => {
        await pause(50);
        if (kind === 'screen') throw new ProblemError({ code: 'no-graphics', title: 'No screen', detail: 'The preview has no screens.', kind: 'denied' }); // prettier-ignore
        return consolePipe(machine);
      },
      seat: (_input, o) => live(values(this.#seat, o?.signal)),
      async *found(_input, o) {
        yield [{ address: '192.168.1.20', name: 'Networks, 10 b' }];
        await new Promise((resolve) => o?.signal?.addEventListener('abort', resolve));
      },
      look: () => this.#answer('Looking', { name: 'Networks, 10 b', teacher: 'Ms Byron', open: true, fingerprint }),
      join: async ({ code, name }) => {
        await done('Joining');
        if (code !== '40718253') throw new ProblemError({ code: 'class-wrong-code', title: 'This is not the code of the class', detail: 'What answers there knows another one. Nothing was told to it.', fix: 'Type the eight digits that the teacher shows now.', fields: { code: 'Not the code of the class.' }, kind: 'denied' }); // prettier-ignore
        const own = seatOf('here');
        if (own) this.#seat.set({ now: { ...own, seatName: name } });
      },
      leave: async () => {
        await done('Leaving');
        this.#seat.set({});
      },
      help: async ({ text }) => {
        await done('Help');
        this.#own((own) => ({ ...withoutHelp(own), ...(text !== undefined && { help: { text, at: minutesAgo(0), coming: false } }) })); // prettier-ignore
      },
      answer: async ({ id, accept }) => {
        await done('Answering');
        this.#own((own) => ({ ...own, questions: own.questions.filter((each) => each.id !== id) }));
        return accept && id === 'q2' ? { lab: 'first-vm' } : {};
      },
      takeBack: async () => {
        await done('Taking back');
        this.#own(({ taken: _taken, ...own }) => own);
      },
      read: async ({ id }) => {
        await done('Read');
        this.#own((own) => ({ ...own, messages: own.messages.filter((each) => each.id !== id) }));
      },
    };
  }
}
async function* values<T>(value: FakeValue<{ now?: T }>, signal?: AbortSignal): AsyncGenerator<T | undefined> {
  for await (const { now } of value.watch(signal)) yield now;
}
