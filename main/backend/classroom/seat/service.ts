import { randomUUID } from 'node:crypto';
import type { SeatNow, SeatProtocol } from '../../../contract/class-seat.ts';
import type { OwnSeat, SeatQuestion } from '../../../contract/classroom.ts';
import type { ContractHandlers } from '../../../contract/contract.ts';
import { asProblem } from '../../../contract/problem.ts';
import type { ProblemError } from '../../../contract/problem.ts';
import type { BytePipe, Handlers } from '../../../contract/procedure.ts';
import { line } from '../../boxes/link/plain-words.ts';
import { createLiveValue } from '../../target/live-value.ts';
import { pause } from '../../target/live-list.ts';
import { denied } from '../problems.ts';
import { followLab } from './lab-now.ts';
import { seatPictures } from './seat-pictures.ts';

/** What a seat needs of the Hearth that it is. */
export interface SeatParts {
  labs: Pick<ContractHandlers['labs'], 'watch' | 'run' | 'rewind' | 'import' | 'keep'>;
  consoles: Pick<ContractHandlers['consoles'], 'pictures' | 'vnc' | 'serial'>;
}
type Shown = Pick<OwnSeat, 'help' | 'looking' | 'taken' | 'questions' | 'messages'>;
/** Milliseconds between two states. */
const pace = 200;
const mostMessages = 20;
const never = new AbortController().signal;

/** What a class may ask of this seat, and what a person here says to it. `who`: whose class it is and what was agreed on. */
export function createSeatService(
  parts: SeatParts,
  who: { teacher: string; askFirst: boolean },
  onError: (error: unknown) => void,
) {
  const { labs, consoles } = parts;
  const now = followLab(labs, onError);
  const shown = createLiveValue<Shown>({ looking: false, questions: [], messages: [] });
  const told = createLiveValue<SeatNow>({});
  const tokens = new Map<string, string>();
  let lookers = 0;
  let takeBack: ((why: ProblemError) => void) | undefined;

  const show = (change: { [K in keyof Shown]?: Shown[K] | undefined }): void => {
    const next = { ...shown.value, ...change };
    shown.set(Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined)) as unknown as Shown);
  };
  const say = (change: { [K in keyof SeatNow]?: SeatNow[K] | undefined }): void => {
    const next = { ...told.value, ...change };
    told.set(Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined)) as SeatNow);
  };
  const both = (change: { help?: SeatNow['help'] | undefined; taken?: SeatNow['taken'] | undefined }): void => {
    show(change);
    say(change);
  };
  const over = new AbortController();
  void (async () => {
    for await (const lab of now.lab.watch(over.signal)) say({ lab });
  })();

  const message = (text: string): void =>
    show({ messages: [...shown.value.messages, { id: randomUUID(), at: new Date().toISOString(), text: line(text) }].slice(-mostMessages) }); // prettier-ignore
  const asked = (ask: SeatQuestion['ask'], state: NonNullable<SeatNow['asked']>['state'], why?: string): void =>
    say({ asked: { what: ask.what, title: ask.title, state, at: new Date().toISOString(), ...(why !== undefined && { told: why.slice(0, 300) }) } }); // prettier-ignore
  /** One question of a kind: a later one takes its place. */
  function put(ask: SeatQuestion['ask'], token?: string): void {
    const id = randomUUID();
    for (const each of shown.value.questions) if (each.ask.what === ask.what) tokens.delete(each.id);
    if (token !== undefined) tokens.set(id, token);
    show({ questions: [...shown.value.questions.filter((each) => each.ask.what !== ask.what), { id, at: new Date().toISOString(), ask }] }); // prettier-ignore
    asked(ask, 'waiting');
  }
  async function goBack(ask: SeatQuestion['ask'] & { what: 'step' }): Promise<{ taskId: string }> {
    try {
      const task = await labs.rewind({ lab: ask.lab, step: ask.step }, { signal: never });
      asked(ask, 'accepted');
      return task;
    } catch (error) {
      asked(ask, 'failed', asProblem(error).detail);
      throw error;
    }
  }

  const handlers: Handlers<SeatProtocol> = {
    async *now(_input, { signal }) {
      for await (const state of told.watch(signal)) {
        yield state;
        await pause(pace, signal);
      }
    },
    async *pictures(input, { signal }) {
      lookers += 1;
      show({ looking: true });
      try {
        yield* seatPictures(now, consoles, input, signal);
      } finally {
        lookers -= 1;
        show({ looking: lookers > 0 });
      }
    },
    async console({ machine, kind }, { signal }) {
      const ref = now.machine(machine);
      if (!ref) throw denied('class-no-machine', 'There is no such machine', 'No machine of this name is in the lab that runs at the seat.'); // prettier-ignore
      // The class has one at a time: the one that it opens now. A former one may just be on its way out.
      takeBack?.(moved());
      let ended: ProblemError | undefined;
      let pipe: BytePipe | undefined;
      const free = (): void => {
        if (takeBack !== end) return;
        takeBack = undefined;
        both({ taken: undefined });
      };
      const end = (why: ProblemError): void => {
        ended = why;
        pipe?.close();
        free();
      };
      takeBack = end;
      both({ taken: { machine, kind } });
      try {
        pipe = await (kind === 'serial' ? consoles.serial(ref, { signal }) : consoles.vnc({ ...ref, take: true }, { signal })); // prettier-ignore
      } catch (error) {
        free();
        throw error;
      }
      if (ended) {
        pipe.close();
        throw ended as ProblemError;
      }
      return consolePipe(pipe, () => ended, free);
    },
    tell({ kind, text }) {
      const { help } = shown.value;
      if (kind === 'helped') both({ help: undefined });
      else if (kind === 'coming' && help) both({ help: { ...help, coming: true } });
      if (text !== undefined) message(text);
    },
    async goBack({ lab, step }) {
      const running = now.lab.value;
      const wanted = running?.lab === lab ? running.steps.find(({ id }) => id === step) : undefined;
      if (!running || !wanted) throw denied('class-no-step', 'That step is not there', 'This lab does not run at the seat, or it has no such step.'); // prettier-ignore
      if (!wanted.checkpoint) throw denied('class-no-checkpoint', 'There is no way back to this step', 'The seat has no checkpoint of its beginning.'); // prettier-ignore
      const ask = { what: 'step', lab, step, title: wanted.title } as const;
      if (who.askFirst) {
        put(ask);
        return { asked: true };
      }
      await goBack(ask);
      message(`${who.teacher} took the lab back to the beginning of "${wanted.title}".`);
      return { asked: false };
    },
    async takeLab({ text }) {
      const { token, preview, replaces } = await labs.import({ text }, { signal: never });
      const { name, title, summary, steps } = preview.row;
      put({ what: 'lab', name, title: line(title).slice(0, 200), summary: line(summary), steps, ...(replaces && { replaces }) }, token); // prettier-ignore
    },
    over: () => undefined, // whoever holds the connection hears it too
  };
  return {
    shown,
    handlers,
    help(text: string | undefined) {
      both({ help: text === undefined ? undefined : { text, at: new Date().toISOString(), coming: false } });
    },
    read: (id: string) => show({ messages: shown.value.messages.filter((each) => each.id !== id) }),
    takeBack: () => takeBack?.(takenBack()),
    async answer(id: string, accept: boolean): Promise<{ taskId?: string; lab?: string }> {
      const question = shown.value.questions.find((each) => each.id === id);
      if (!question) throw denied('class-question-gone', 'This question is not open any more', 'It was answered, or another one took its place.'); // prettier-ignore
      const { ask } = question;
      const token = tokens.get(id);
      tokens.delete(id);
      show({ questions: shown.value.questions.filter((each) => each !== question) });
      if (!accept) {
        asked(ask, 'declined');
        return {};
      }
      if (ask.what === 'step') return goBack(ask);
      try {
        const { lab } = await labs.keep({ token: token ?? '' }, { signal: never });
        asked(ask, 'accepted');
        return { lab };
      } catch (error) {
        asked(ask, 'failed', asProblem(error).detail);
        throw error;
      }
    },
    /** The connection ended: nobody looks, and nobody is in a console. */
    close() {
      over.abort();
      takeBack?.(takenBack());
      now.close();
    },
  };
}
export type SeatService = ReturnType<typeof createSeatService>;

/** A console as the class has it; its end is told both ways. */
function consolePipe(pipe: BytePipe, ended: () => ProblemError | undefined, free: () => void): BytePipe {
  async function* readable(): AsyncGenerator<Uint8Array> {
    try {
      yield* pipe.readable;
    } catch (error) {
      throw ended() ?? error;
    } finally {
      free();
    }
    const why = ended();
    if (why) throw why;
  }
  return {
    write: (bytes) => pipe.write(bytes),
    readable: readable(),
    close(problem) {
      free();
      pipe.close(problem);
    },
  };
}
const takenBack = (): ProblemError =>
  denied('class-taken-back', 'The console was taken back', 'The person at the seat ended it.');
const moved = (): ProblemError =>
  denied('class-console-moved', 'Another console of this seat was opened', 'The class has one console of a seat at a time.'); // prettier-ignore
