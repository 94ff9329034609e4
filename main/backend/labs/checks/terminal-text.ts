// Escape sequences of ECMA-48 (CSI, OSC and other strings, two-character ones) and the control characters that draw nothing.
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const escapes = /\u001B(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001B]{0,4096}(?:\u0007|\u001B\\)|[ -/]*[0-~])/g;
// oxlint-disable-next-line no-control-regex -- as above
const silent = /[\u0000-\u0007\u000B-\u000C\u000E-\u001F\u007F]/g;

/** What a console said without what moves the cursor and colours: lines end with a line feed, corrected typing is corrected. Pure. */
export function plainText(text: string): string {
  return text
    .replaceAll(escapes, '')
    .replaceAll(/\r*\n|\r+/g, '\n')
    .split('\n')
    .map((line) => (line.includes('\b') ? erased(line) : line))
    .join('\n')
    .replaceAll(silent, '');
}

/** Backspaces take the character before them away, as they do on a screen that then writes over it. */
function erased(line: string): string {
  const kept: string[] = [];
  for (const character of line) {
    if (character === '\b') kept.pop();
    else kept.push(character);
  }
  return kept.join('');
}
