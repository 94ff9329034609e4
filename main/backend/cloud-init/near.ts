/** Number of edits between two short words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, x] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, y] of [...b].entries())
      next.push(Math.min((row[j] ?? 0) + (x === y ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The known word that was probably meant: dashes for underscores, or two letters off at most. Pure. */
export function near(word: string, known: readonly string[]): string | undefined {
  const dashed = word.replaceAll('-', '_');
  if (known.includes(dashed)) return dashed;
  return word.length > 60 ? undefined : known.find((each) => distance(each, word) <= (word.length < 4 ? 1 : 2));
}
