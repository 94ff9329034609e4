import type { JoinedClass } from '../../../contract/class-seat.ts';
import { createCodeDoor } from '../../own-box/code.ts';
import type { CodeDoor, ShownCode } from '../../own-box/code.ts';
import { createLimit } from '../../carrier/limits.ts';
import { denied, inWordsOfClass, noClass, notOfThisClass, tooOften } from '../problems.ts';
import type { Caller, ClassDoors } from './doors.ts';
import type { Roster, SeatEntry } from './roster.ts';

const minute = 60_000;
/** Milliseconds that a code is good, and tries that may be open or wrong: a whole class types it at the same time. */
const codeLife = 60 * minute;
const mostTries = 60;

/** How seats come in: the code once, then their token together with their certificate. */
export function createJoining(options: {
  fingerprint: string;
  roster: Roster;
  onCode: (shown: ShownCode | undefined) => void;
  left: (seat: SeatEntry) => void;
}): { code: CodeDoor; doors: Omit<ClassDoors, 'connected'> } {
  const { fingerprint, roster } = options;
  const code = createCodeDoor({
    fingerprint,
    standing: () => false,
    onChange: options.onCode,
    many: { lifeMs: codeLife, tries: mostTries },
  });
  const looking = createLimit({ windowMs: minute, each: 300, overall: 3000 });
  // A class behind one address (a router, loopback) is still a class.
  const trying = createLimit({ windowMs: minute, each: 200, overall: 400 });
  const take = ({ address }: Caller, limit = trying): void => {
    if (!limit.take(address)) throw tooOften();
  };
  const certificateOf = (caller: Caller): string => {
    if (caller.fingerprint === undefined)
      throw denied('certificate-missing', 'The seat showed no certificate', 'Without one the class could not know it again.'); // prettier-ignore
    return caller.fingerprint;
  };
  const held = () => {
    if (!roster.held) throw noClass();
    return roster.held;
  };
  const inWords = async <T>(work: () => Promise<T> | T): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw inWordsOfClass(error);
    }
  };
  return {
    code,
    doors: {
      hello(caller) {
        take(caller, looking);
        const { id, name, teacher } = held();
        return { classId: id, name, teacher, open: code.shown() !== undefined };
      },
      join: (caller, { name, share }) =>
        inWords(async () => {
          take(caller);
          const begun = await code.begin({ name, fingerprint: certificateOf(caller), share: Buffer.from(share, 'base64url') }); // prettier-ignore
          return { attempt: begun.attempt, share: begun.share.toString('base64url'), confirm: begun.confirm.toString('base64url') }; // prettier-ignore
        }),
      confirm: (caller, { attempt, confirm }): Promise<JoinedClass> =>
        inWords(async () => {
          take(caller);
          const mine = certificateOf(caller);
          const { name } = code.finish(attempt, mine, Buffer.from(confirm, 'base64url'));
          const { seat, token } = await roster.add({ name, fingerprint: mine });
          const { id, name: className, teacher, askFirst } = held();
          return { classId: id, name: className, teacher, seat: seat.id, seatName: seat.name, token, askFirst };
        }),
      seat(caller, token) {
        take(caller, looking);
        const seat = roster.find(token, caller.fingerprint);
        if (seat) return seat;
        // Guessing 256 bits is vain; it costs the guesser its tries all the same.
        take(caller);
        throw notOfThisClass();
      },
      async leave(seat) {
        await roster.remove(seat.id);
        options.left(seat);
      },
    },
  };
}
