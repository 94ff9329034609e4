import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { ProblemError } from '../../contract/problem.ts';
import type { BytePipe } from '../../contract/procedure.ts';
import { createQueue } from '../../contract/queue.ts';
import { asciicast } from './asciicast.ts';
import { openReader } from './reader.ts';
import type { Reader } from './reader.ts';

/** A pipe that only gives. */
const giving = (bytes: AsyncIterable<Uint8Array>): BytePipe => ({
  readable: bytes,
  write: () => Promise.resolve(),
  close: () => undefined, // whoever reads ends the reading
});

/** The bytes of a recording's file. */
export const wholeFile = (path: string): BytePipe => giving(createReadStream(path, { highWaterMark: 64 * 1024 }));

/** One machine's serial console as asciicast v2. Throws `recording-no-machine`. */
export function serialCast(reader: Reader, name: string, machine: number): BytePipe {
  const ref = reader.index.header.machines[machine];
  if (!ref) throw new ProblemError({ code: 'recording-no-machine', title: 'There is no such machine in it', detail: `"${name}" has ${reader.index.header.machines.length} machines.` }); // prettier-ignore
  async function* lines(): AsyncGenerator<Uint8Array> {
    for await (const line of asciicast(reader.index.header, `${name}: ${ref?.name ?? ''}`, machine, reader.text()))
      yield Buffer.from(line);
  }
  return giving(lines());
}

/**
 * Takes a file of so many bytes from somebody else into `path`, looks at all of it, and hands it to `keep`. The pipe answers
 * with what `keep` says, or fails with a Problem; nothing stays then.
 */
export function incoming(path: string, size: number, keep: () => Promise<{ name: string }>): BytePipe {
  const answer = createQueue<Uint8Array>({ returned: () => void drop() });
  let came = 0;
  let over = false;
  const opening = open(path, 'wx', 0o600);
  opening.catch((error: unknown) => answer.end(error as Error)); // and whoever writes is told, too
  async function drop(error?: unknown): Promise<void> {
    if (over) return;
    over = true;
    await opening.then((file) => file.close()).catch(() => undefined);
    await rm(path, { force: true });
    answer.end(error as Error | undefined);
  }
  async function taken(): Promise<void> {
    over = true;
    try {
      const file = await opening;
      await file.sync();
      await file.close();
      await (await openReader(path)).check();
      answer.push(Buffer.from(JSON.stringify(await keep())));
      answer.end();
    } catch (error) {
      await rm(path, { force: true });
      answer.end(error as Error);
    }
  }
  return {
    readable: answer,
    async write(bytes) {
      if (over) return;
      came += bytes.length;
      if (came > size) return drop(new ProblemError({ code: 'recording-too-long', title: 'More came than was said', detail: `${came} bytes of ${size}.` })); // prettier-ignore
      try {
        await (await opening).writeFile(bytes);
      } catch (error) {
        return drop(error);
      }
      if (came === size) await taken();
    },
    close: () => void drop(),
  };
}
