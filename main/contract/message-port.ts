import type { Port } from './port.ts';

/** What a page's MessagePort and the one Electron gives a utility process have in common. */
export interface MessagePortShape {
  postMessage(message: unknown): void;
  start?(): void;
  close(): void;
}

/**
 * A Port over a MessagePort (structured clone, so bytes stay bytes). `subscribe` wires the platform's way of listening:
 * `port.onmessage` in a page, `port.on('message')` in Node. A closing side says so with `null`, because a page's
 * MessagePort has no reliable close event.
 */
export function messagePort(
  port: MessagePortShape,
  subscribe: (onMessage: (data: unknown) => void, onClose: () => void) => void,
): Port {
  let listener: ((message: unknown) => void) | undefined;
  const early: unknown[] = [];
  let closed = false;
  let onClose: (() => void) | undefined;
  const ended = (): void => {
    if (closed) return;
    closed = true;
    onClose?.();
  };
  subscribe((data) => {
    if (closed) return;
    if (data === null) {
      port.close();
      ended();
    } else if (listener) listener(data);
    else early.push(data);
  }, ended);
  port.start?.();
  return {
    send(message) {
      if (closed) return;
      // A view on a larger buffer would be cloned with all of it.
      const whole = message.t === 'data' && message.bytes.length !== message.bytes.buffer.byteLength;
      port.postMessage(whole ? { ...message, bytes: message.bytes.slice() } : message);
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
      if (closed) return;
      port.postMessage(null);
      port.close();
      ended();
    },
  };
}
