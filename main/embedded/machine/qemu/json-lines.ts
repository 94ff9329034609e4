/** No answer of QEMU or of a guest agent is larger; a guest that sends more is cut off. */
const maxLine = 16 * 2 ** 20;

/** Splits a stream into lines of JSON. `push` throws on a line that is none or is too long. */
export class JsonLines {
  readonly #each: (message: Record<string, unknown>) => void;
  #rest = '';

  constructor(each: (message: Record<string, unknown>) => void) {
    this.#each = each;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > maxLine) throw new Error('line of JSON is too long');
    for (const line of lines) {
      // The guest agent marks a fresh start with 0xFF, which is no UTF-8.
      const clean = line.replace(/^[�ÿ\s]+/, '');
      if (clean) this.#each(JSON.parse(clean) as Record<string, unknown>);
    }
  }
}
