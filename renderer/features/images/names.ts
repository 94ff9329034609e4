/** Endings a disk image's file name can have, compression last. */
const endings = /(\.(qcow2|raw|img|vmdk|vhdx|vhd|vdi|ova|iso|qcow))?(\.(xz|gz|zst|bz2))?$/i;

/** The file's name in an address, decoded; empty when there is none. */
export function fileNameOf(address: string): string {
  try {
    const last = new URL(address).pathname.split('/').findLast(Boolean) ?? '';
    return decodeURIComponent(last);
  } catch {
    return '';
  }
}

/** A library name made of a file's name: "Debian-13 generic.amd64.qcow2.xz" -> "debian-13-generic-amd64". */
export function nameOfFile(fileName: string): string {
  const base = fileName.split(/[\\/]/).at(-1) ?? '';
  return base
    .replace(endings, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 63)
    .replace(/-+$/, '');
}

/** The first of base, base-2, … that no image has. */
export function freeImageName(base: string, taken: ReadonlySet<string>): string {
  const stem = base || 'image';
  if (!taken.has(stem)) return stem;
  for (let n = 2; ; n += 1) {
    const next = `${stem.slice(0, 58)}-${n}`;
    if (!taken.has(next)) return next;
  }
}

/** A pasted digest as the contract wants it: "sha256:…", "sha512:…"; a whole line of a SHA256SUMS file will do. */
export function checksumOf(text: string): { value?: string; wrong: boolean } {
  const trimmed = text.trim();
  if (trimmed === '') return { wrong: false };
  const match = /(?:^|[^0-9a-f])([0-9a-f]{128}|[0-9a-f]{64})(?:$|[^0-9a-f])/i.exec(trimmed);
  if (!match?.[1]) return { wrong: true };
  const digest = match[1].toLowerCase();
  return { value: `${digest.length === 64 ? 'sha256' : 'sha512'}:${digest}`, wrong: false };
}
