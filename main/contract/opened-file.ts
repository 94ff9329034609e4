const kinds: readonly (readonly [RegExp, string])[] = [
  [/\.(hearthlab|ya?ml)$/i, '/labs/-/open/'],
  [/\.hearth-vm$/i, '/machines/import/'],
];

/**
 * Place in the pages that shows a file of this computer before anything is kept of it; undefined for files that Hearth does not
 * open. Behind it the absolute path stands in base64url, letters that no address changes (renderer/lib/file-in-address.ts).
 */
export const placeOfKind = (path: string): string | undefined => kinds.find(([name]) => name.test(path))?.[1];
