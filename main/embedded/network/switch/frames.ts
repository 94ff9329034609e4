/** QEMU sends each frame with its length before it: four bytes, big-endian (net/net.c, net_fill_rstate). */
export const headerLength = 4;
/** QEMU's own limit (NET_BUFSIZE). */
export const longestFrame = 4096 + 65_536;
const shortestFrame = 14;

/** Cuts a stream into frames. */
export class FrameReader {
  #rest: Buffer | undefined;

  /**
   * Calls `each` with every whole frame, its header still before it (so that it can be sent on as it is). False when the
   * stream makes no sense any more: the connection has to be made anew.
   */
  push(chunk: Buffer, each: (packet: Buffer) => void): boolean {
    let data = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = undefined;
    while (data.length >= headerLength) {
      const length = data.readUInt32BE(0);
      if (length > longestFrame || length === 0) return false;
      const end = headerLength + length;
      if (data.length < end) break;
      // What is no Ethernet frame is nobody's.
      if (length >= shortestFrame) each(data.subarray(0, end));
      data = data.subarray(end);
    }
    if (data.length > 0) this.#rest = data;
    return true;
  }
}

/** A frame with its header. */
export function packetOf(frame: Uint8Array): Buffer {
  const packet = Buffer.allocUnsafe(headerLength + frame.length);
  packet.writeUInt32BE(frame.length);
  packet.set(frame, headerLength);
  return packet;
}
