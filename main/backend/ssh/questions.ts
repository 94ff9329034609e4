/** Someone pressed Ctrl+C or Ctrl+D instead of answering. */
export class NotAnswered extends Error {
  override readonly name = 'NotAnswered';
}

/** Asks questions on a terminal before there is a shell: prints the question, reads one line from what is typed. */
export interface Questions {
  ask(question: string, echo: boolean): Promise<string>;
  /** What was typed; kept for the next question or for the shell where none is open. */
  typed(bytes: Uint8Array): void;
  /** Ends the open question; what was typed ahead of the shell comes back. */
  end(): Uint8Array;
}

/** Longest answer, in bytes. */
const longest = 4096;

export function createQuestions(print: (text: string) => void): Questions {
  let open:
    { line: number[]; echo: boolean; resolve: (text: string) => void; reject: (error: Error) => void } | undefined;
  let ahead: number[] = [];
  function eat(): void {
    while (open && ahead.length > 0) {
      const byte = ahead.shift();
      if (byte === undefined) return;
      if (byte === 0x0d || byte === 0x0a) {
        print('\r\n');
        const { line, resolve } = open;
        open = undefined;
        resolve(Buffer.from(line).toString('utf8'));
      } else if (byte === 0x03 || byte === 0x04) {
        print('\r\n');
        const { reject } = open;
        open = undefined;
        reject(new NotAnswered());
      } else if (byte === 0x7f || byte === 0x08) {
        // A character may be several bytes.
        while (open.line.length > 0 && ((open.line.pop() ?? 0) & 0xc0) === 0x80);
        if (open.echo) print('\b \b');
      } else if (byte === 0x15) open.line = [];
      else if (byte >= 0x20 && open.line.length < longest) {
        open.line.push(byte);
        if (open.echo) print(String.fromCharCode(byte));
      }
    }
  }
  return {
    ask(question, echo) {
      print(question.replaceAll(/\r?\n/g, '\r\n'));
      return new Promise((resolve, reject) => {
        open = { line: [], echo, resolve, reject };
        eat();
      });
    },
    typed(bytes) {
      for (const byte of bytes) if (ahead.length < longest) ahead.push(byte);
      eat();
    },
    end() {
      open?.reject(new NotAnswered());
      open = undefined;
      const rest = Uint8Array.from(ahead);
      ahead = [];
      return rest;
    },
  };
}
