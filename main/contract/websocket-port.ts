import type { Message, Port } from './port.ts';

/** What a browser's WebSocket and `ws` have in common (binaryType 'arraybuffer'). */
export interface WebSocketShape {
  binaryType: string;
  readonly readyState: number;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close' | 'error', listener: () => void): void;
}

/**
 * A Port over an open WebSocket. Messages travel as JSON text; the bytes of pipes as binary frames of a 4-byte
 * big-endian request id and the bytes themselves. Anything else closes the socket (1002).
 */
export function websocketPort(socket: WebSocketShape): Port {
  socket.binaryType = 'arraybuffer';
  let listener: ((message: unknown) => void) | undefined;
  const early: unknown[] = [];
  let closed = false;
  let onClose: (() => void) | undefined;
  const ended = (): void => {
    if (closed) return;
    closed = true;
    onClose?.();
  };
  socket.addEventListener('message', ({ data }) => {
    if (closed) return;
    const message = typeof data === 'string' ? parseText(data) : parseBytes(data);
    if (message === undefined) socket.close(1002, 'not a message of ours');
    else if (listener) listener(message);
    else early.push(message);
  });
  socket.addEventListener('close', ended);
  socket.addEventListener('error', ended);
  return {
    send(message) {
      if (socket.readyState === 1) socket.send(frame(message));
    },
    onMessage(next) {
      listener = next;
      for (const message of early.splice(0)) next(message);
    },
    onClose(next) {
      onClose = next;
      if (closed) next();
    },
    close() {
      socket.close(1000);
      ended();
    },
  };
}

function frame(message: Message): string | Uint8Array<ArrayBuffer> {
  if (message.t !== 'data') return JSON.stringify(message);
  const bytes = new Uint8Array(4 + message.bytes.length);
  new DataView(bytes.buffer).setUint32(0, message.id);
  bytes.set(message.bytes, 4);
  return bytes;
}

function parseText(text: string): unknown {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === 'object' && message !== null ? message : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function parseBytes(data: unknown): Message | undefined {
  const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data instanceof Uint8Array ? data : undefined;
  if (!bytes || bytes.length < 4) return undefined;
  const id = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  return { t: 'data', id, bytes: bytes.subarray(4) };
}
