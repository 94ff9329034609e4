/** What one line of kind's stderr says about a step: kind prints ` • Title 📦  ...` and then ` ✓ Title 📦` or ` ✗ Title 📦`. */
export interface KindStep {
  title: string;
  state: 'running' | 'done' | 'failed';
}

/** Those it goes through for one node, in order, as kind v0.32 names them. */
export const kindSteps = [
  'Ensuring node image',
  'Preparing nodes',
  'Writing configuration',
  'Starting control-plane',
  'Installing CNI',
  'Installing StorageClass',
  'Waiting for the control-plane',
] as const;

const states = { '•': 'running', '✓': 'done', '✗': 'failed' } as const;

/** undefined: a line that tells of no step. */
export function parseStep(line: string): KindStep | undefined {
  // oxlint-disable-next-line no-control-regex -- a spinner of an older version colours its marks
  const plain = line.replaceAll(/\u001b\[[0-9;]*[a-zA-Z]/g, '').trim();
  const mark = plain[0] as keyof typeof states | undefined;
  if (mark === undefined || !(mark in states)) return undefined;
  // Picture signs and the trailing dots go; "(kindest/node:…)" and "≤ 5m0s" vary.
  const words = plain.slice(1).replace(/\p{Extended_Pictographic}.*$/u, '').replace(/\.{3}\s*$/, '').trim(); // prettier-ignore
  if (words.startsWith('Waiting ≤')) return { title: 'Waiting for the control-plane', state: states[mark] };
  const known = kindSteps.find((title) => words.startsWith(title));
  return { title: known ?? words, state: states[mark] };
}
