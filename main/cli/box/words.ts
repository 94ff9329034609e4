/** Options of every box command. */
export const common = { json: { type: 'boolean', default: false }, 'data-dir': { type: 'string' } } as const;

/** One JSON value a line, or words, on stdout. */
export function print(json: boolean, value: unknown, words: string): void {
  process.stdout.write(`${json ? JSON.stringify(value) : words}\n`);
}
