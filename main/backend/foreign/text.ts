import { descriptionLimit } from '../../contract/foreign.ts';
import { badDescription } from './problems.ts';

/**
 * A description's bytes as text. UTF-8 unless it says otherwise (a byte order mark, `encoding=` of XML, `.encoding` of
 * VMware); what is not what it says to be is refused rather than guessed. Throws ProblemError. Pure.
 */
export function decode(bytes: Uint8Array): string {
  if (bytes.length > descriptionLimit)
    throw badDescription(`It is larger than ${descriptionLimit / 1024} KiB, far more than a real one.`);
  const mark = marked(bytes);
  // A zero byte stands in no text but UTF-16, which is only believed with its mark.
  if (mark === undefined && bytes.includes(0)) throw badDescription('It holds bytes that stand in no text.', saveAs);
  const label = mark ?? declared(Buffer.from(bytes.subarray(0, 4096)).toString('latin1')) ?? 'utf-8';
  if (mark === undefined && /^(utf-?16|ucs|unicode)/i.test(label))
    throw badDescription(`It says that it is ${label}, and is not.`, saveAs);
  const decoder = decoderOf(label);
  try {
    const text = decoder.decode(bytes);
    if (text.includes('\0')) throw new TypeError('a zero character');
    return text;
  } catch {
    throw badDescription(`It says or seems to be ${decoder.encoding.toUpperCase()}, and is not.`, saveAs);
  }
}
function decoderOf(label: string) {
  try {
    return new TextDecoder(label, { fatal: true });
  } catch {
    throw badDescription(`It is written in an encoding that Hearth does not know (${label.slice(0, 40)}).`, saveAs);
  }
}
const saveAs = 'Save it as UTF-8 and try again.';

function marked([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return first === 0xef && second === 0xbb && third === 0xbf ? 'utf-8' : undefined;
}
const declared = (start: string): string | undefined =>
  /^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([^"']{1,60})["']/.exec(start)?.[1] ??
  /^\s*\.encoding\s*=\s*"?([\w.:-]{1,60})/m.exec(start)?.[1];
