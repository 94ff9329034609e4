/** Hands the page's own bytes to the browser as a download. */
export function saveFile(name: string, parts: BlobPart[], type: string): void {
  const address = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The download holds its own reference once it began.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Base64 as bytes. */
export const bytesOfBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** "web 2026-11-20 22-14-03", for file names. */
export const stamped = (name: string, at = new Date()): string =>
  `${name} ${at.toISOString().slice(0, 19).replace('T', ' ').replaceAll(':', '-')}`;
