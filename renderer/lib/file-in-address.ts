/** The path of a file of this computer as `hearth open --browser FILE` puts it into an address; undefined for what is none. */
export function fileInAddress(text: string): string | undefined {
  try {
    const letters = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const path = new TextDecoder('utf-8', { fatal: true }).decode(
      Uint8Array.from(letters, (each) => each.codePointAt(0) ?? 0),
    );
    return path !== '' && !/\p{Cc}/u.test(path) ? path : undefined;
  } catch {
    return undefined; // typed by hand, or cut off
  }
}
