import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ReadableStream } from 'node:stream/web';

const limit = 1024 ** 3;

/** Decompresses an xz stream: by the `xz` program where there is one (twice as fast), else by a library. */
export async function unxz(data: Uint8Array, signal?: AbortSignal): Promise<Buffer> {
  return (await unxzByProgram(data, signal)) ?? unxzByLibrary(data);
}

/** Undefined where there is no `xz` program. */
async function unxzByProgram(data: Uint8Array, signal?: AbortSignal): Promise<Buffer | undefined> {
  const child = spawn('xz', ['--decompress', '--stdout', '--threads=1'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: 120_000,
    ...(signal ? { signal } : {}),
  });
  const ended = new Promise<number | null | undefined>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? resolve(undefined) : reject(error)));
    child.on('close', (code) => resolve(code));
  });
  // A broken pipe is told by the exit code.
  child.stdin.on('error', () => undefined);
  child.stdin.end(data);
  const [output, errors, code] = await Promise.all([collect(child.stdout), buffer(child.stderr), ended]);
  if (code === undefined) return undefined;
  if (code !== 0) throw new Error(`xz could not decompress a package: ${errors.toString().trim() || `exit ${code}`}`);
  return output;
}

/** The same without any program. */
export async function unxzByLibrary(data: Uint8Array): Promise<Buffer> {
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(data);
      controller.close();
    },
  });
  const module = await import('xz-decompress');
  // A CommonJS package: Node gives its exports as the default, a bundler may give them by name.
  const { XzReadableStream } = module.default ?? module;
  // Node's typing of its own streams and the library's typing differ; at run time they are the same.
  const Decompressed = XzReadableStream as unknown as new (from: unknown) => ReadableStream<Uint8Array>;
  const stream = new Decompressed(source);
  return collect(Readable.fromWeb(stream));
}

/** All bytes, refused above 1 GiB: no package of ours is near that. */
async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > limit) throw new Error('decompressed data is larger than 1 GiB');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
