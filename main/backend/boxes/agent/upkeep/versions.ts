const partsOf = (text: string): (number | string)[] =>
  (text.match(/\d+|[A-Za-z]+/g) ?? []).map((part) => (/^\d/.test(part) ? Number(part) : part.toLowerCase()));

/**
 * Orders versions such as 0.2.0, 0.10.0-rc.1 and 1.0.0+20261122: below 0 when `a` is older. What follows a dash comes before
 * the version itself, what follows a plus after it. Pure.
 */
export function compareVersions(a: string, b: string): number {
  const [one, two] = [split(a), split(b)];
  return (
    compareParts(partsOf(one.main), partsOf(two.main)) ||
    // "-rc.1" is before "", "" is before "+1".
    Number(one.before === '') - Number(two.before === '') ||
    compareParts(partsOf(one.before), partsOf(two.before)) ||
    compareParts(partsOf(one.after), partsOf(two.after))
  );
}
function split(version: string): { main: string; before: string; after: string } {
  const [, main = '', before = '', after = ''] = /^([^-~+]*)(?:[-~]([^+]*))?(?:\+(.*))?$/.exec(version.replace(/^v/, '')) ?? []; // prettier-ignore
  return { main, before, after };
}
function compareParts(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const [one = 0, two = 0] = [a[index], b[index]];
    if (one === two) continue;
    if (typeof one === 'number' && typeof two === 'number') return one - two;
    if (typeof one === 'string' && typeof two === 'string') return one < two ? -1 : 1;
    // A number comes before a word.
    return typeof one === 'number' ? -1 : 1;
  }
  return 0;
}
