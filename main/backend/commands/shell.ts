/** One word for a POSIX shell; plain ones stay as they are. */
export const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** A command that reads `text` from a here-document, under an end mark that does not occur in it. */
export function withDocument(command: string, text: string): string {
  const lines = new Set(text.split('\n'));
  let end = 'EOF';
  for (let n = 1; lines.has(end); n += 1) end = `EOF_${n}`;
  return `${command} <<'${end}'\n${text.endsWith('\n') ? text : `${text}\n`}${end}`;
}
