/**
 * An argument list as the one line that SSH carries to the login shell there. Every argument is quoted, so nothing in it is
 * ever read by a shell. Inside single quotes a POSIX shell leaves everything alone; fish does not leave a backslash alone,
 * so a backslash is written outside of them, where both read `\\` as one. Throws on a NUL byte, which no argument can have.
 */
export function remoteCommand(argv: readonly string[]): string {
  if (argv.length === 0) throw new TypeError('no program to run');
  return argv.map(quoted).join(' ');
}

function quoted(word: string): string {
  if (word.includes('\0')) throw new TypeError('an argument holds a NUL byte');
  if (word === '') return "''";
  return word
    .split(/(['\\])/)
    .filter((part) => part !== '')
    .map((part) => (part === "'" || part === '\\' ? `\\${part}` : `'${part}'`))
    .join('');
}
