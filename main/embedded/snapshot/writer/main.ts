import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';
import { portion } from './protocol.ts';
import type { FromWriter } from './protocol.ts';

/**
 * Takes what QEMU writes of a guest's memory over a socket, into a file. A program of its own, because it must not end before
 * QEMU does: where nobody listens any more to what it writes beside a running guest (the engine was killed, the disk is full),
 * QEMU 7.2 leaves pages of the guest protected for ever, and guest and monitor with them. So this outlives the engine, and
 * takes to the end what it cannot keep.
 */
const [socket = '', file = ''] = process.argv.slice(2);
/** Milliseconds until QEMU, which is asked at once, has come. */
const patience = 120_000;

const tell = (message: FromWriter): void => void process.stdout.write(`${JSON.stringify(message)}\n`);
// The engine may be gone.
process.stdout.on('error', () => undefined);

function end(message: FromWriter): void {
  tell(message);
  // What was told has to be out first.
  process.stdout.end(() => process.exit(0));
}
const why = ({ message, code }: NodeJS.ErrnoException): FromWriter => ({
  why: message,
  ...(code !== undefined && { code }),
});

// Not wanted any more; once QEMU writes, it is brought to its end.
let serves = false;
process.on('SIGTERM', () => serves || process.exit(0));

const late = setTimeout(() => end({ why: 'QEMU never came' }), patience);
const server = createServer({ allowHalfOpen: false }, (connection) => {
  clearTimeout(late);
  serves = true;
  // One QEMU, once. This also takes the socket's name away.
  server.close();
  const out = createWriteStream(file, { mode: 0o600, flush: true, highWaterMark: portion });
  let failed: FromWriter | undefined;
  connection.on('error', (error) => {
    failed ??= why(error);
    out.end();
  });
  out.on('error', (error) => {
    failed ??= why(error);
    connection.unpipe(out);
    if (connection.readableEnded || connection.destroyed) end(failed);
    else connection.on('close', () => end(failed as FromWriter)).resume();
  });
  out.on('close', () => {
    if (!out.errored) end(failed ?? { bytes: out.bytesWritten });
  });
  connection.pipe(out);
});
server.on('error', (error) => end(why(error)));
server.listen(socket, () => tell({ listens: true }));
