/** How well a text fits what was typed: higher is better, 0 = not at all. Every typed word must occur. */
export function match(text: string, query: string): number {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const lower = text.toLowerCase();
  let score = 1;
  for (const word of words) {
    const at = lower.indexOf(word);
    if (at < 0) return 0;
    const starts = at === 0 ? 4 : /[\s/.\-_]/.test(lower[at - 1] ?? '') ? 2 : 0;
    score += 1 + starts + word.length / lower.length;
  }
  return score;
}
