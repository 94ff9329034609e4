const named: Readonly<Record<string, string>> = {
  amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00A0', hellip: '…', mdash: '—', ndash: '–', lsquo: '‘', rsquo: '’',
  ldquo: '“', rdquo: '”', larr: '←', rarr: '→', uarr: '↑', darr: '↓', copy: '©', reg: '®', times: '×', middot: '·', bull: '•',
  deg: '°', micro: 'µ', plusmn: '±', le: '≤', ge: '≥', ne: '≠', euro: '€', sect: '§', shy: '\u00AD', check: '✓',
}; // prettier-ignore

/** Character references as CommonMark reads them; names that are not known stay as they stand. */
export const decodeEntities = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z][a-z0-9]{1,30}));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return Object.hasOwn(named, name) ? (named[name] ?? whole) : whole;
    return character(decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal));
  }); // prettier-ignore

function character(code: number): string {
  const bad = code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
  return bad ? '\uFFFD' : String.fromCodePoint(code);
}

/** Marks that turn the direction of text could make a command read as another one. */
export const withoutTurns = (text: string): string => text.replaceAll(/[\u202A-\u202E\u2066-\u2069\u200E\u200F]/g, '');
