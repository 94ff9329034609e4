import { closeSync, constants, openSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';
import type { Log } from '../../../log.ts';
import type { Screen } from '../parts.ts';

/** A virtual console as screen and keyboard; undefined where there is none (a computer without graphics). */
export function openTty(path: string, log: Log): Screen | undefined {
  let descriptor: number;
  try {
    // Not as our controlling terminal: its Ctrl-C and hang-up are no business of the agent.
    descriptor = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  } catch (error) {
    log.warn({ err: error, path }, 'there is no screen to draw on');
    return undefined;
  }
  let input: ReadStream;
  let output: WriteStream;
  try {
    input = new ReadStream(descriptor);
    output = new WriteStream(descriptor);
    input.setRawMode(true);
  } catch (error) {
    log.warn({ err: error, path }, 'the screen cannot be used');
    closeSync(descriptor);
    return undefined;
  }
  let told = false;
  const broken = (error: Error): void => {
    if (!told) log.warn({ err: error, path }, 'the screen failed');
    told = true;
  };
  input.on('error', broken);
  output.on('error', broken);
  return {
    size: () => {
      // Node asks the kernel again only for stdout; a console grows when its graphics driver is loaded.
      (output as unknown as { _refreshSize?: () => void })._refreshSize?.();
      return { columns: Math.max(40, output.columns || 80), rows: Math.max(12, output.rows || 25) };
    },
    write: (text) => void output.write(text),
    onKey: (listener) => {
      input.on('data', (chunk: Buffer) => {
        for (const key of keys(chunk.toString('utf8'))) listener(key);
      });
    },
    close: () => {
      if (input.isRaw) input.setRawMode(false);
      output.write('\u001B[?25h\u001B[0m\n');
      input.destroy();
    },
  };
}

const escape = '\u001B';
/** Keys as a console sends them; one with an escape sequence (arrows, F-keys) counts once. */
export function keys(text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; at += found.at(-1)?.length ?? 1) {
    const rest = text.slice(at);
    const more = rest.startsWith(escape) ? /^(\[\[?[0-9;]*[A-Za-z~]|O[A-Z])/.exec(rest.slice(1))?.[0] : undefined;
    found.push(more === undefined ? (rest.match(/^[^]/u)?.[0] ?? rest) : escape + more);
  }
  return found;
}
