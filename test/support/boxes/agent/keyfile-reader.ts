/** GLib's GKeyFile as far as a keyfile needs it: groups, comments, spaces around, and the escapes of a string value. */
export function parseKeyfile(text: string): Record<string, Record<string, string>> {
  const groups: Record<string, Record<string, string>> = {};
  let group: Record<string, string> | undefined;
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const name = /^\[([^[\]]+)\]\s*$/.exec(line)?.[1];
    if (name !== undefined) {
      group = groups[name] = groups[name] ?? {};
      continue;
    }
    const at = line.indexOf('=');
    if (at < 1 || !group) throw new Error(`not a line of a keyfile: ${line}`);
    group[line.slice(0, at).trimEnd()] = unescape(line.slice(at + 1).trimStart());
  }
  return groups;
}
const letters: Record<string, string> = { s: ' ', n: '\n', t: '\t', r: '\r', '\\': '\\' };
const unescape = (value: string): string =>
  value.replace(/\\(.)/g, (_, letter: string) => {
    const meant = letters[letter];
    if (meant === undefined) throw new Error(`\\${letter} is no escape`);
    return meant;
  });
