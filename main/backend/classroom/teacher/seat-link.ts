import type { WebSocket } from 'ws';
import { z } from 'zod';
import { seatNowSchema, seatPictureSchema, seatProtocol } from '../../../contract/class-seat.ts';
import type { SeatNow, SeatPicture, SeatProtocol } from '../../../contract/class-seat.ts';
import { connect } from '../../../contract/connect.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { Problem } from '../../../contract/problem.ts';
import type { BytePipe, Client } from '../../../contract/procedure.ts';
import { websocketPort } from '../../../contract/websocket-port.ts';
import { line } from '../../boxes/link/plain-words.ts';
import { withBackPressure } from '../../carrier/socket.ts';
import { limitSocket, ofSeat } from '../limits.ts';
import { fromOutside } from '../problems.ts';

/** The connection to one seat. What comes over it is a stranger's: checked before anybody sees it. */
export interface SeatLink {
  readonly closed: Promise<void>;
  tell(input: { kind: 'message' | 'coming' | 'helped'; text?: string | undefined }): Promise<void>;
  goBack(input: { lab: string; step: string }): Promise<{ asked: boolean }>;
  takeLab(text: string): Promise<void>;
  /** Until aborted. */
  pictures(machines: number, signal: AbortSignal): AsyncGenerator<SeatPicture[]>;
  console(input: { machine: string; kind: 'screen' | 'serial' }, signal: AbortSignal): Promise<BytePipe>;
  /** Tells it why, then ends the connection. */
  end(why?: 'ended' | 'removed'): Promise<void>;
}

/** Milliseconds that a seat may take for an answer. */
const answerMs = 30_000;
const picturesSchema = z.array(seatPictureSchema).max(8);

/** `onNow`: each state that it tells. `onBroken`: it said what no seat says, and is cut off. */
export function openSeatLink(
  socket: WebSocket,
  on: { now: (now: SeatNow) => void; broken: (problem: Problem) => void },
): SeatLink {
  limitSocket(socket, ofSeat, () => on.broken(tooMuch));
  const connection = connect<SeatProtocol>(seatProtocol, websocketPort(withBackPressure(socket)));
  const { api, closed } = connection;
  const over = new AbortController();
  void closed.then(() => over.abort());
  const broken = (): never => {
    on.broken(strange);
    socket.terminate();
    throw new ProblemError(strange);
  };
  const ask = async <T>(what: (seat: Client<SeatProtocol>, signal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      return await what(api, AbortSignal.any([over.signal, AbortSignal.timeout(answerMs)]));
    } catch (error) {
      throw fromOutside(error);
    }
  };
  void (async () => {
    try {
      for await (const raw of api.now({}, { signal: over.signal })) {
        const checked = seatNowSchema.safeParse(raw);
        if (!checked.success) broken();
        else on.now(plainWords(checked.data));
      }
      socket.terminate(); // a seat that tells nothing any more is none
    } catch {
      socket.terminate(); // it was told, or the connection ended
    }
  })();
  return {
    closed,
    tell: ({ kind, text }) => ask((seat, signal) => seat.tell({ kind, ...(text !== undefined && { text }) }, { signal })), // prettier-ignore
    async goBack(input) {
      const answer = await ask((seat, signal) => seat.goBack(input, { signal }));
      return { asked: (answer as { asked?: unknown } | undefined)?.asked !== false };
    },
    takeLab: (text) => ask((seat, signal) => seat.takeLab({ text }, { signal })),
    async *pictures(machines, signal) {
      const until = AbortSignal.any([over.signal, signal]);
      try {
        for await (const raw of api.pictures({ machines }, { signal: until })) {
          const checked = picturesSchema.safeParse(raw);
          if (checked.success) yield plainWords(checked.data);
          else broken();
        }
      } catch (error) {
        if (!until.aborted) throw fromOutside(error);
      }
    },
    console: (input, signal) =>
      // The signal would end the pipe's opening only; a page that goes away closes it.
      ask((seat) => seat.console(input, { signal: AbortSignal.any([over.signal, signal]) })).then(checkedPipe),
    async end(why) {
      if (why) await Promise.race([api.over({ why }, { signal: over.signal }).catch(() => undefined), wait(1000)]);
      connection.close();
      socket.terminate();
    },
  };
}

/** The bytes of a console; what the seat says at its end can be anything. */
function checkedPipe(pipe: BytePipe): BytePipe {
  async function* readable(): AsyncGenerator<Uint8Array> {
    try {
      yield* pipe.readable;
    } catch (error) {
      throw fromOutside(error);
    }
  }
  return { write: (bytes) => pipe.write(bytes), readable: readable(), close: (problem) => pipe.close(problem) };
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

/** The same with every text as one line that can be shown. */
function plainWords<T>(value: T): T {
  if (typeof value === 'string') return line(value) as T;
  if (Array.isArray(value)) return value.map(plainWords) as T;
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plainWords(each)])) as T;
  return value;
}

const cut = (detail: string): Problem => ({
  code: 'class-seat-strange',
  title: 'The seat was cut off',
  detail,
  cause: 'It runs another version of Hearth, or somebody tries something.',
  fix: 'It may come back by itself. If it does this again, remove it.',
  kind: 'denied',
});
const tooMuch = cut('It said more than a seat has to say.');
const strange = cut('It said something that no seat says.');
