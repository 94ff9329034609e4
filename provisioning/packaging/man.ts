/** What `hearth --help` and `hearth COMMAND --help` print. */
export interface HelpTexts {
  overview: string;
  commands: readonly { name: string; summary: string; usage: string }[];
}

/** Names and summaries of the commands, from the text of `hearth --help`. Throws where it lists none. Pure. */
export function commandsOf(overview: string): { name: string; summary: string }[] {
  const found = [...overview.matchAll(/^ {2}([a-z][a-z-]*) {2,}(\S.*)$/gm)].map(([, name = '', summary = '']) => ({ name, summary })); // prettier-ignore
  if (found.length === 0) throw new RangeError('the help text lists no commands');
  return found;
}

/** Backslashes, hyphens that are to be typed, and lines that roff would take for requests. */
const roff = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^([.'])/gm, '\\&$1');

/** hearth(1), all from the help texts, so that it never says anything else. Pure. */
export function manPage({ overview, commands }: HelpTexts, { version, date }: { version: string; date: string }): string {
  const codes = /^Exit codes: (.*)$/m.exec(overview)?.[1];
  return `.TH HEARTH 1 "${date}" "Hearth ${roff(version)}" "User Commands"
.SH NAME
hearth \\- home lab in one window: virtual machines, labs and boxes
.SH SYNOPSIS
.B hearth
.I COMMAND
.RI [ OPTION " ...]"
.SH COMMANDS
${commands.map(({ name, summary }) => `.TP\n.B ${roff(name)}\n${roff(summary)}`).join('\n')}
${commands
  .map(({ name, usage }) => `.SH "HEARTH ${roff(name.toUpperCase())}"\n.nf\n${roff(usage.trimEnd())}\n.fi`)
  .join('\n')}
.SH "EXIT STATUS"
${roff(codes ?? '')}
.SH ENVIRONMENT
.TP
.B HEARTH_DATA_DIR
Where everything is kept; else $XDG_DATA_HOME/hearth (~/.local/share/hearth).
`;
} // prettier-ignore
