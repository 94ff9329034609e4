import { StringDecoder } from 'node:string_decoder';
import { z } from 'zod';
import type { AgentState } from '../../../contract/box/agent.ts';
import { problemSchema } from '../../../contract/problem.ts';
import type { Problem } from '../../../contract/problem.ts';

/**
 * Lines between agent and own Hearth: a question `{ id, ask }`; an answer `{ id, answer }` or `{ id, problem }`; and
 * `{ state }`, unasked. A question of more than 64 KiB, or an answer of more than 8 MiB, ends the connection.
 */
export const questionLimit = 64 * 1024;
export const answerLimit = 8 * 1024 * 1024;

export const questionSchema = z.strictObject({ id: z.number().int().min(0), ask: z.unknown() });
export type AgentMessage = { state: AgentState } | { id: number; answer?: unknown } | { id: number; problem: Problem };

const messageSchema = z.union([
  z.object({ state: z.looseObject({ boxId: z.string(), stage: z.string(), words: z.string() }) }),
  z.object({ id: z.number().int(), problem: problemSchema }),
  z.strictObject({ id: z.number().int(), answer: z.unknown().optional() }),
]);

export const encode = (message: unknown): string => `${JSON.stringify(message)}\n`;

/** A line of the agent as its client reads it; throws when it is none. */
export const decodeMessage = (line: string): AgentMessage => messageSchema.parse(JSON.parse(line)) as AgentMessage;

/** Cuts what comes over a socket into lines; `onTooLong` once when a line passes `limit` letters, and nothing after it. */
export function lineCutter(options: {
  limit: number;
  onLine: (line: string) => void;
  onTooLong: () => void;
}): (chunk: Buffer) => void {
  const { limit, onLine, onTooLong } = options;
  const decoder = new StringDecoder('utf8');
  let parts: string[] = [];
  let length = 0;
  let over = false;
  return (chunk) => {
    if (over) return;
    const [first = '', ...rest] = decoder.write(chunk).split('\n');
    parts.push(first);
    length += first.length;
    for (const part of rest) {
      if (length > limit) break;
      const line = parts.join('');
      parts = [part];
      length = part.length;
      onLine(line);
    }
    if (length <= limit) return;
    over = true;
    parts = [];
    onTooLong();
  };
}
