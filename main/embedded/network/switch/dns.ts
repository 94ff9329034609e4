/** One question, as a guest asks it. */
export interface Question {
  /** Lower case, without the last dot. */
  name: string;
  type: number;
  /** Header and question as they came, for the answer. */
  message: Buffer;
  /** Where the question ends. */
  end: number;
}
export const typeA = 1;
const classIn = 1;
/** Seconds: addresses move with machines. */
const timeToLive = 5;
const mostAnswers = 16;

/** A plain query with one question; undefined for everything else. */
export function readQuestion(message: Buffer): Question | undefined {
  if (message.length < 17) return undefined;
  const flags = message.readUInt16BE(2);
  // A query, opcode 0, one question, no answers.
  if ((flags & 0xf800) !== 0 || message.readUInt16BE(4) !== 1 || message.readUInt16BE(6) !== 0) return undefined;
  const labels: string[] = [];
  let at = 12;
  for (let total = 0; ;) {
    const length = message[at];
    if (length === undefined || length > 63) return undefined;
    at += 1;
    if (length === 0) break;
    total += length + 1;
    if (total > 255 || at + length > message.length) return undefined;
    labels.push(message.toString('latin1', at, at + length).toLowerCase());
    at += length;
  }
  if (at + 4 > message.length || message.readUInt16BE(at + 2) !== classIn) return undefined;
  return { name: labels.join('.'), type: message.readUInt16BE(at), message, end: at + 4 };
}

/** The answer: addresses (for questions of type A), or that there is no such name. */
export function answer(question: Question, addresses: readonly number[] | undefined): Buffer {
  const given = question.type === typeA ? (addresses ?? []).slice(0, mostAnswers) : [];
  const reply = Buffer.alloc(question.end + given.length * 16);
  question.message.copy(reply, 0, 0, question.end);
  // An answer with authority; recursion as it was asked for, and there is some; NXDOMAIN (3) for what is not there.
  reply.writeUInt16BE(0x8480 | (question.message.readUInt16BE(2) & 0x0100) | (addresses ? 0 : 3), 2);
  reply.writeUInt16BE(1, 4);
  reply.writeUInt16BE(given.length, 6);
  reply.writeUInt32BE(0, 8);
  given.forEach((address, index) => {
    const at = question.end + index * 16;
    reply.writeUInt16BE(0xc00c, at);
    reply.writeUInt16BE(typeA, at + 2);
    reply.writeUInt16BE(classIn, at + 4);
    reply.writeUInt32BE(timeToLive, at + 6);
    reply.writeUInt16BE(4, at + 10);
    reply.writeUInt32BE(address, at + 12);
  });
  return reply;
}
