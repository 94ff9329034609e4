import type { Duplex } from 'node:stream';
import type { Message, Port } from '../contract/port.ts';

/** Characters of one message at most, as on a page's socket. */
const longest = 4 * 1024 * 1024;

/** A Port over a local connection: one message a line, the bytes of pipes in base64. Anything else closes it. */
export function linePort(stream: Duplex): Port {
  let listener: ((message: unknown) => void) | undefined;
  const early: unknown[] = [];
  let closed = false;
  let onClose: (() => void) | undefined;
  const ended = (): void => {
    if (closed) return;
    closed = true;
    stream.destroy();
    onClose?.();
  };
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf('\n'); end >= 0 && !closed; end = text.indexOf('\n')) {
      const message = parseLine(text.slice(0, end));
      text = text.slice(end + 1);
      if (message === undefined) return ended();
      if (listener) listener(message);
      else early.push(message);
    }
    if (text.length > longest) ended();
  });
  stream.on('close', ended);
  stream.on('error', ended);
  return {
    send(message) {
      if (!closed) stream.write(`${JSON.stringify(plain(message))}\n`);
    },
    onMessage(next) {
      listener = next;
      for (const message of early.splice(0)) next(message);
    },
    onClose(next) {
      onClose = next;
      if (closed) next();
    },
    close: ended,
  };
}

const plain = (message: Message): object =>
  message.t === 'data' ? { ...message, bytes: Buffer.from(message.bytes).toString('base64') } : message;

function parseLine(text: string): unknown {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof message !== 'object' || message === null) return undefined;
  const { t, bytes } = message as { t?: unknown; bytes?: unknown };
  return t === 'data' && typeof bytes === 'string' ? { ...message, bytes: Buffer.from(bytes, 'base64') } : message;
}
