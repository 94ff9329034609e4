export interface DiffLine {
  kind: 'same' | 'added' | 'removed' | 'skipped';
  text: string;
  /** For `skipped`: how many lines are left out. */
  count?: number;
}

/** What changes between two texts, line by line, with `context` unchanged lines around; empty when nothing does. */
export function diffLines(before: string, after: string, context = 3): DiffLine[] {
  const all = compare(before.split('\n'), after.split('\n'));
  const near = all.map(() => false);
  all.forEach((line, at) => {
    if (line.kind === 'same') return;
    for (let n = Math.max(0, at - context); n <= Math.min(all.length - 1, at + context); n += 1) near[n] = true;
  });
  if (!near.includes(true)) return [];
  const shown: DiffLine[] = [];
  let skipped = 0;
  const flush = (): void => {
    if (skipped > 0) shown.push({ kind: 'skipped', text: '', count: skipped });
    skipped = 0;
  };
  all.forEach((line, at) => {
    if (near[at]) {
      flush();
      shown.push(line);
    } else skipped += 1;
  });
  flush();
  return shown;
}

/** Longest common subsequence on what is left between a common head and tail: manifests are a few hundred lines. */
function compare(a: readonly string[], b: readonly string[]): DiffLine[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail])
    tail += 1;
  const left = a.slice(head, a.length - tail);
  const right = b.slice(head, b.length - tail);
  const same = (texts: readonly string[]): DiffLine[] => texts.map((text) => ({ kind: 'same', text }));
  return [...same(a.slice(0, head)), ...middle(left, right), ...same(a.slice(a.length - tail))];
}

function middle(a: readonly string[], b: readonly string[]): DiffLine[] {
  const width = b.length + 1;
  const length = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => length[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      length[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: 'same', text: a[i] ?? '' });
      i += 1;
      j += 1;
    } else if (i < a.length && (j >= b.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ kind: 'removed', text: a[i] ?? '' });
      i += 1;
    } else {
      lines.push({ kind: 'added', text: b[j] ?? '' });
      j += 1;
    }
  }
  return lines;
}
