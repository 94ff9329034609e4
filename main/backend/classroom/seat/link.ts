import { WebSocket } from 'ws';
import { seatProtocol } from '../../../contract/class-seat.ts';
import type { SeatProtocol } from '../../../contract/class-seat.ts';
import { labFileLimit } from '../../../contract/labs/file.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { Handlers } from '../../../contract/procedure.ts';
import { serve } from '../../../contract/serve.ts';
import { websocketPort } from '../../../contract/websocket-port.ts';
import { dial } from '../../boxes/link/dial.ts';
import type { Reach } from '../../boxes/link/dial.ts';
import { problemOf, unreachable } from '../../boxes/link/problems.ts';
import { withBackPressure } from '../../carrier/socket.ts';
import { limitSocket, ofTeacher } from '../limits.ts';
import { notOfThisClass } from '../problems.ts';

/** Milliseconds for the handshake of the WebSocket. */
const handshakeMs = 10_000;

/**
 * One connection of a seat to its class: only to the pinned key, and what may be asked over it is `seatProtocol`. Resolves
 * when it stands; `closed` when it ended. Throws the Problems of `dial`, and `class-seat-unknown`.
 */
export async function connectSeat(
  reach: Reach & { pin: string; identity: { cert: string; key: string } },
  token: string,
  handlers: Handlers<SeatProtocol>,
  signal: AbortSignal,
): Promise<{ closed: Promise<void>; close(): void }> {
  const { socket: tls } = await dial(reach, { signal });
  const socket = new WebSocket('ws://class/class/seat', {
    createConnection: () => tls,
    headers: { authorization: `Bearer ${token}` },
    handshakeTimeout: handshakeMs,
    followRedirects: false,
    perMessageDeflate: false,
    // A lab file, written as JSON.
    maxPayload: 4 * labFileLimit,
  });
  const stop = (): void => socket.terminate();
  signal.addEventListener('abort', stop, { once: true });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  void closed.then(() => signal.removeEventListener('abort', stop));
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', (error) => reject(unreachable(reach.address, error)));
      socket.once('unexpected-response', (_request, response) => {
        const status = response.statusCode ?? 0;
        let text = '';
        response.on('data', (chunk: Buffer) => (text = (text + chunk.toString('utf8')).slice(0, 8192)));
        const end = (): void => reject(status === 403 ? notOfThisClass() : refusal(text) ?? unreachable(reach.address, new Error(`it answers with status ${status}`))); // prettier-ignore
        response.once('end', end);
        response.once('close', end);
      });
    });
  } catch (error) {
    socket.on('error', () => undefined);
    socket.terminate();
    tls.destroy();
    signal.throwIfAborted();
    throw error;
  }
  socket.on('error', () => undefined); // its close tells
  limitSocket(socket, ofTeacher, () => undefined);
  serve(seatProtocol, handlers, websocketPort(withBackPressure(socket)), { maxRequests: 32 });
  return { closed, close: stop };
}

function refusal(text: string): ProblemError | undefined {
  try {
    const problem = problemOf(JSON.parse(text));
    return problem && new ProblemError(problem);
  } catch {
    return undefined; // told as unreachable
  }
}
