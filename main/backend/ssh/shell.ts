import type { Duplex } from 'node:stream';
import type { AuthHandlerMiddleware, Client, ClientChannel } from 'ssh2';
import { ProblemError } from '../../contract/problem.ts';
import type { BytePipe } from '../../contract/procedure.ts';
import { createQueue } from '../../contract/queue.ts';
import type { HostKey } from '../provision/places/known-hosts.ts';
import { hostKeyOf } from '../provision/places/ssh-connection.ts';
import { sshLibrary } from './library.ts';
import { createQuestions } from './questions.ts';
import { accessDenied, noServer, notAnswered, sshEnded, sshLost } from './problems.ts';

/** Milliseconds from the first byte to the server's host key: a guest that still boots accepts and says nothing. */
const helloMs = 15_000;
const aliveMs = 15_000;
const passwordTries = 3;

export interface Size {
  cols: number;
  rows: number;
}
export interface Shell {
  readonly pipe: BytePipe;
  resize(size: Size): void;
}

/**
 * A login shell over `stream` (the machine's SSH port): first with Hearth's key, then by what the server asks for, which
 * is asked on the terminal itself. `judge` sees the host key and throws to refuse it; it may return a line to print.
 * Everything that goes wrong is thrown by the pipe's `readable` as a Problem; a logout is `ssh-ended`.
 */
export function openShell(options: {
  stream: Duplex;
  user: string;
  name: string;
  privateKey: string;
  size: Size;
  judge: (key: HostKey) => Promise<string | undefined>;
}): Shell {
  const { stream, user, name } = options;
  const said = createQueue<Uint8Array>();
  const print = (text: string): void => said.push(Buffer.from(text));
  const questions = createQuestions(print);
  let size = options.size;
  let channel: ClientChannel | undefined;
  let client: Client | undefined;
  let over = false;
  const started = start();
  started.then(
    () => said.end(),
    (error: unknown) => said.end(error instanceof Error ? error : new Error(String(error))),
  );

  async function start(): Promise<ClientChannel> {
    const { Client: SshClient } = await sshLibrary();
    const made: Client = new SshClient();
    client = made;
    return new Promise<ClientChannel>((resolve, reject) => {
      let refused: unknown;
      let last: Error | undefined;
      let greeted = false;
      const hello = setTimeout(() => {
        last = new Error('no answer');
        made.destroy();
      }, helloMs);
      made.on('error', (error) => (last = error));
      made.on('close', () => {
        clearTimeout(hello);
        questions.end();
        reject(refused ?? (greeted ? sshLost(name, last) : noServer(name, last)));
      });
      made.on('ready', () => {
        made.shell({ term: 'xterm-256color', ...size }, (error, shell) => {
          if (error) return reject(sshLost(name, error));
          // At once: what is typed from now on goes to the shell, after what was typed before it was there.
          const typed = questions.end();
          channel = shell;
          shell.setWindow(size.rows, size.cols, 0, 0); // it may have changed meanwhile
          if (typed.length > 0) shell.write(Buffer.from(typed));
          resolve(shell);
        });
      });
      const judged = async (key: HostKey): Promise<boolean> => {
        try {
          const note = await options.judge(key);
          if (note !== undefined) print(`${note}\r\n`);
          return true;
        } catch (error) {
          refused = error;
          return false;
        }
      };
      made.connect({
        sock: stream,
        username: user,
        readyTimeout: 0, // a person may be typing a password
        keepaliveInterval: aliveMs,
        keepaliveCountMax: 3,
        hostVerifier: (raw: Buffer, accept: (fine: boolean) => void) => {
          greeted = true;
          clearTimeout(hello);
          void judged(hostKeyOf(raw)).then(accept);
        },
        authHandler: logins((error) => {
          refused = error;
          made.end();
        }),
      });
    });
  }

  /** What is tried, one after the other, with what the server still takes. */
  function logins(fail: (error: ProblemError) => void): AuthHandlerMiddleware {
    let keyTried = false;
    let passwords = 0;
    // The types leave out that the first question comes before the server said what it takes.
    return (left: readonly string[] | null, _partial, login) => {
      const takes = (method: string): boolean => left === null || left.includes(method);
      if (left === null) return login({ type: 'none', username: user });
      if (!keyTried && takes('publickey')) {
        keyTried = true;
        return login({ type: 'publickey', username: user, key: options.privateKey });
      }
      if (passwords >= passwordTries || !(takes('password') || takes('keyboard-interactive'))) {
        return fail(accessDenied(user, name, left));
      }
      passwords += 1;
      if (takes('keyboard-interactive') && !takes('password'))
        return login({
          type: 'keyboard-interactive',
          username: user,
          prompt: (_title, _text, _language, prompts, finish) => {
            const answers = async (): Promise<string[]> => {
              const all: string[] = [];
              for (const { prompt, echo } of prompts) all.push(await questions.ask(prompt, echo === true));
              return all;
            };
            answers().then(finish, () => fail(notAnswered(name)));
          },
        });
      const again = passwords > 1 ? 'Permission denied, please try again.\n' : '';
      questions.ask(`${again}${user}@${name}'s password: `, false).then(
        (password) => login({ type: 'password', username: user, password }),
        () => fail(notAnswered(name)),
      );
    };
  }

  return {
    resize(next) {
      size = next;
      channel?.setWindow(next.rows, next.cols, 0, 0);
    },
    pipe: {
      readable: {
        async *[Symbol.asyncIterator]() {
          yield* said;
          const shell = await started;
          try {
            for await (const chunk of shell) yield chunk as Uint8Array;
          } catch (error) {
            if (!over) throw sshLost(name, error);
          }
          if (!over) throw sshEnded(name);
        },
      },
      async write(bytes) {
        const shell = channel;
        if (!shell) return questions.typed(bytes);
        await new Promise<void>((resolve) => shell.write(Buffer.from(bytes), () => resolve()));
      },
      close() {
        over = true;
        questions.end();
        client?.end();
        stream.destroy();
      },
    },
  };
}
