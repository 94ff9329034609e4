// Short, common, easy to type on any keyboard layout: y, z, q, w, a, m and signs move between layouts and are left out.
const words = [
  'bird', 'blue', 'bold', 'book', 'bridge', 'cedar', 'cello', 'chief', 'cliff', 'cloud', 'corn', 'dive', 'dove', 'echo',
  'field', 'fish', 'flint', 'flute', 'folk', 'frost', 'gold', 'green', 'grid', 'gulf', 'hill', 'hotel', 'inch', 'kite',
  'lion', 'lost', 'night', 'noble', 'north', 'ocre', 'otter', 'pilot', 'pine', 'plot', 'point', 'reef', 'ring', 'river',
  'robin', 'rope', 'scout', 'shore', 'silk', 'silver', 'ski', 'sonic', 'south', 'spice', 'spring', 'stone', 'three',
  'tiger', 'tribe', 'trio', 'tulip', 'velvet', 'vine', 'violin', 'voice', 'trunk',
]; // prettier-ignore

/** A password a person can read off the screen and type: four of 64 words and two digits, about 30 bits. */
export function suggestPassword(random: (n: number) => number = secureRandom): string {
  const picked = Array.from({ length: 4 }, () => words[random(words.length)] ?? 'stone');
  return `${picked.join('')}${2 + random(8)}${2 + random(8)}`;
}
function secureRandom(n: number): number {
  const limit = Math.floor(2 ** 32 / n) * n;
  for (;;) {
    const [value = 0] = crypto.getRandomValues(new Uint32Array(1));
    if (value < limit) return value % n;
  }
}
