/** What is taken from QEMU in one piece (bytes): it waits for us less often. */
export const portion = 4 * 2 ** 20;

/** Lines of the writer: that it listens, then how it ended. */
export type FromWriter = { listens: true } | { bytes: number } | { why: string; code?: string };
