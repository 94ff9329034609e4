import { StringDecoder } from 'node:string_decoder';
import type { BytePipe } from '../contract/procedure.ts';
import { ProblemError } from '../contract/problem.ts';

/** Talks with a console: sends lines and waits for what comes back. */
export interface Conversation {
  send(text: string): Promise<void>;
  /** Resolves once the pattern is in what came since the last match; fails after `ms` with the last lines seen. */
  expect(pattern: RegExp, ms: number): Promise<string>;
  close(): void;
}

export function converse(pipe: BytePipe): Conversation {
  const decoder = new StringDecoder('utf8');
  let heard = '';
  let ended: unknown;
  let check: (() => void) | undefined;
  const listening = (async () => {
    for await (const chunk of pipe.readable) {
      heard = (heard + decoder.write(Buffer.from(chunk))).slice(-256 * 1024);
      check?.();
    }
  })();
  listening
    .catch((error: unknown) => (ended = error))
    .finally(() => {
      ended ??= new Error('the console closed');
      check?.();
    });
  return {
    send: (text) => pipe.write(new TextEncoder().encode(text)),
    expect: (pattern, ms) =>
      new Promise((resolve, reject) => {
        const fail = (detail: string): void => {
          check = undefined;
          clearTimeout(timer);
          const output = heard.split(/\r?\n/).slice(-12);
          reject(
            new ProblemError(
              { code: 'console-silent', title: 'The guest did not answer', detail, output },
              { cause: ended },
            ),
          );
        };
        const timer = setTimeout(() => fail(`Nothing like ${pattern.source} came within ${ms / 1000} s.`), ms);
        check = () => {
          const match = pattern.exec(heard);
          if (match) {
            check = undefined;
            clearTimeout(timer);
            heard = heard.slice(match.index + match[0].length);
            resolve(match[0]);
          } else if (ended) fail('The console closed.');
        };
        check();
      }),
    close: () => pipe.close(),
  };
}
