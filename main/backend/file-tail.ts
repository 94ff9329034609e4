import { open } from 'node:fs/promises';

/**
 * The last bytes of a file, and how long it is: however large it has grown, no more than `most` bytes are read. Undefined
 * where there is no such file. Throws what else the system says.
 */
export async function tailOf(path: string, most: number): Promise<{ bytes: Buffer; size: number } | undefined> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    const length = Math.min(size, most);
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, size - length);
    return { bytes: buffer.subarray(0, bytesRead), size };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
