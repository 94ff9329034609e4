import type { ForeignFile } from '../../../main/contract/foreign.ts';

/** The same as the contract's `descriptionLimit` and `headLimit`; those come with its schemas. */
const wholeBelow = 512 * 1024;
const beginning = 64 * 1024;

/** What Hearth is shown of a file: a description as a whole, of a disk its beginning. */
export async function toForeign(file: File): Promise<ForeignFile> {
  const part = file.size <= wholeBelow ? file : file.slice(0, beginning);
  return { name: file.name, size: file.size, head: base64(new Uint8Array(await part.arrayBuffer())) };
}
/** The same of a text that was pasted. */
export function textToForeign(text: string): ForeignFile {
  const bytes = new TextEncoder().encode(text);
  return { name: 'text', size: bytes.length, head: base64(bytes) };
}

function base64(bytes: Uint8Array): string {
  let letters = '';
  // In pieces: a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8192) letters += String.fromCodePoint(...bytes.subarray(at, at + 8192));
  return btoa(letters);
}
