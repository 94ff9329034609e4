/** Bytes of the past that a new connection asks for: as much as the engine keeps. Other targets ignore the question. */
export const replayBytes = 256 * 1024;
/** So much of our own end must read the same to be taken for the same place. */
const anchorBytes = 512;

/** Where our own end is not found as a whole: pieces of this size before it, this far back. */
const pieceBytes = 64;
const farthestBytes = 4096;

/**
 * What of a connection's first piece is new to us. Where it holds the end of what we have (a replay of the past), only
 * the rest counts; else all of it: it is the present, or we missed more than was kept.
 *
 * The replay may come from QEMU's log file, in which a byte stands twice now and then (it is logged again when the socket
 * was busy), so a piece a little before our end is good enough where only such bytes are between.
 */
export function newPart(known: Buffer, first: Buffer): Buffer {
  const anchor = known.subarray(-anchorBytes);
  if (anchor.length === 0) return first;
  const at = first.lastIndexOf(anchor);
  if (at !== -1) return first.subarray(at + anchor.length);
  for (let back = 0; back < farthestBytes && back + pieceBytes <= known.length; back += pieceBytes) {
    const from = known.length - back;
    const piece = first.lastIndexOf(known.subarray(from - pieceBytes, from));
    const end = piece === -1 ? undefined : endOf(known.subarray(from), first, piece + pieceBytes);
    if (end !== undefined) return first.subarray(end);
  }
  return first;
}

/** Where `rest` ends in `first` when it begins at `at`, bytes that stand twice skipped; undefined when it is not there. */
function endOf(rest: Buffer, first: Buffer, at: number): number | undefined {
  let here = at;
  for (const byte of rest) {
    while (first[here] !== byte) {
      if (here >= first.length || first[here] !== first[here - 1]) return undefined;
      here += 1;
    }
    here += 1;
  }
  return here;
}
