/** Ending of a recording's file, as main/contract/recordings.ts has it: that one comes with all of zod. */
export const ending = '.hearthrec';
const longest = 60;
const wrong = /[\p{Cc}/\\:*?"<>|%]/gu;

export const pathOf = (name: string): string => `/recordings/${encodeURIComponent(name)}`;

/** Whether a recording may be called so. */
export const isName = (text: string): boolean => {
  const name = text.trim();
  return name !== '' && name.length <= longest && !name.startsWith('.') && name.search(wrong) === -1;
};

/** A name for a file from somebody else. */
export function nameOfFile(file: string): string {
  const stem = file.endsWith(ending) ? file.slice(0, -ending.length) : file.replace(/\.[^.]*$/, '');
  return stem.replaceAll(wrong, ' ').replace(/^[.\s]+/, '').slice(0, longest).trim() || 'recording'; // prettier-ignore
}

/** Milliseconds -> "3:07", "1:02:07". */
export function clock(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number): string => String(n).padStart(2, '0');
  const minutes = Math.floor(s / 60) % 60;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}
