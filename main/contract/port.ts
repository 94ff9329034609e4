import type { Problem } from './problem.ts';

/**
 * Everything that crosses between page and backend. A call is `open` -> `end` (with a value or a problem); a stream is
 * `open` -> `item`* -> `end`; a pipe is `open` -> `opened` -> `data`/`credit` both ways -> `end` from either side.
 * `credit` counts items for a stream and bytes for a pipe: nobody sends more than was asked for.
 */
export type Message =
  | { t: 'open'; id: number; path: string; input: unknown }
  | { t: 'cancel'; id: number }
  | { t: 'opened'; id: number }
  | { t: 'item'; id: number; value: unknown }
  | { t: 'data'; id: number; bytes: Uint8Array }
  | { t: 'credit'; id: number; n: number }
  | { t: 'end'; id: number; value?: unknown; problem?: Problem };

/** One end of a carrier: ordered, lossless, both ways, until it closes. */
export interface Port {
  send(message: Message): void;
  /** One listener; messages that come before it is set are kept. Whatever the other side sent, so: unknown. */
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, when either side closed or the carrier broke. */
  onClose(listener: () => void): void;
  close(): void;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

/** A message as the other side may have forged it: the message, or undefined when it is none. */
export function parseMessage(raw: unknown): Message | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const message = raw as Record<string, unknown>;
  if (!isCount(message['id']) || message['id'] > 0xffff_ffff) return undefined;
  switch (message['t']) {
    case 'open':
      return typeof message['path'] === 'string' ? (raw as Message) : undefined;
    case 'data':
      return message['bytes'] instanceof Uint8Array ? (raw as Message) : undefined;
    case 'credit':
      return isCount(message['n']) ? (raw as Message) : undefined;
    case 'cancel':
    case 'opened':
    case 'item':
    case 'end':
      return raw as Message;
    default:
      return undefined;
  }
}
