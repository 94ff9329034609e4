/** Bytes of the past that a new connection asks for: as much as the engine keeps. Other targets ignore the question. */
export const replayBytes = 256 * 1024;
/** So much of our own end must read the same to be taken for the same place. */
const anchorBytes = 512;

/**
 * What of a connection's first piece is new to us. Where it holds the end of what we have (a replay of the past), only
 * the rest counts; else all of it: it is the present, or we missed more than was kept.
 */
export function newPart(known: Buffer, first: Buffer): Buffer {
  const anchor = known.subarray(-anchorBytes);
  if (anchor.length === 0) return first;
  const at = first.lastIndexOf(anchor);
  return at === -1 ? first : first.subarray(at + anchor.length);
}
