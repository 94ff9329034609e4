import { openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { ReadStream } from 'node:tty';
import { UsageError } from '../command.ts';

/** Whether the person at the terminal says yes. Without a terminal nobody can: the flag that says it instead is named. */
export async function confirm(question: string, flag: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError(`there is no terminal to ask on; say ${flag}`);
  const answer = await line(`${question} [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
}

/** The terminal we are on, also where stdin is a pipe or a here-document. */
function terminal(): ReadStream {
  if (process.stdin.isTTY) return process.stdin;
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch (error) {
    throw new UsageError('there is no terminal to ask for a password on; say --password-stdin', { cause: error });
  }
}

/** A line typed without being shown. */
export async function secret(question: string): Promise<string> {
  const input = terminal();
  process.stderr.write(question);
  input.setRawMode(true);
  input.resume();
  try {
    return await new Promise<string>((resolve, reject) => {
      let text = '';
      const take = (chunk: Buffer): void => {
        for (const char of chunk.toString('utf8')) {
          if (char === '\r' || char === '\n') {
            input.off('data', take);
            resolve(text);
            return;
          }
          if (char === '\u0003' || char === '\u0004') {
            input.off('data', take);
            reject(new DOMException('interrupted', 'AbortError'));
            return;
          }
          text = char === '\u007f' || char === '\b' ? text.slice(0, -1) : text + char;
        }
      };
      input.on('data', take);
    });
  } finally {
    input.setRawMode(false);
    input.pause();
    if (input !== process.stdin) input.destroy();
    process.stderr.write('\n');
  }
}

/** The first line of stdin, for passwords and tokens from a file or a pipe. */
export async function firstLine(what: string): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  try {
    for await (const text of lines) return text;
  } finally {
    lines.close();
  }
  throw new UsageError(`${what} was to come on stdin, but nothing came`);
}

function line(question: string): Promise<string> {
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    asking.once('close', () => resolve(''));
    asking.question(question, (answer) => {
      resolve(answer);
      asking.close();
    });
  });
}
