/** One line of the screen. */
export interface Line {
  text: string;
  tone?: 'title' | 'strong' | 'bad' | 'dim';
}

/** Letters that the console's font has: ASCII, Latin-1 and its block elements. Others become `?`, control characters spaces. */
export const plain = (text: string): string => text.replace(/\p{Cc}+/gu, ' ').replace(/[^ -~\u00A1-\u00FF█▀▄░]/gu, '?');

/** Cut with dots when too long, never longer than `width`. */
export const cut = (text: string, width: number): string =>
  text.length <= width ? text : width < 4 ? text.slice(0, width) : `${text.slice(0, width - 3)}...`;

/** Words in lines of at most `width` letters; the last of `most` lines is cut. */
export function wrap(text: string, width: number, most = 4): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of plain(text).split(/\s+/).filter(Boolean)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= width) line = longer;
    else {
      if (line !== '') lines.push(line);
      line = cut(word, width);
    }
  }
  if (line !== '') lines.push(line);
  const kept = lines.slice(0, most);
  const last = kept.at(-1);
  if (lines.length > most && last !== undefined) kept[most - 1] = cut(`${last} ...`, width);
  return kept;
}

export const bar = (fraction: number, width: number): string => {
  const inner = Math.max(4, width - 5);
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * inner);
  return `${'█'.repeat(full)}${'░'.repeat(inner - full)} ${String(Math.floor(fraction * 100)).padStart(3)}%`;
};

export const bytes = (size: number): string =>
  size >= 1e12
    ? `${(size / 1e12).toFixed(1)} TB`
    : size >= 1e9
      ? `${Math.round(size / 1e9)} GB`
      : `${Math.round(size / 1e6)} MB`;
