import { createInterface } from 'node:readline';
import { UsageError } from '../command.ts';

/** Whether the person at the terminal says yes. Without a terminal nobody can: the flag that says it instead is named. */
export async function confirm(question: string, flag: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError(`there is no terminal to ask on; say ${flag}`);
  const answer = await line(`${question} [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
}

/** A line typed without being shown. */
export async function secret(question: string): Promise<string> {
  const input = process.stdin;
  if (!input.isTTY) throw new UsageError('there is no terminal to ask for a password on; say --password-stdin');
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
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    terminal.once('close', () => resolve(''));
    terminal.question(question, (answer) => {
      resolve(answer);
      terminal.close();
    });
  });
}
