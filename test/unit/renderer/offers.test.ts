import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { offers } from '../../../main/contract/offers.ts';

const folder = join(import.meta.dirname, '../../../renderer');
const files = globSync('**/*.{ts,tsx}', { cwd: folder });
const sources = new Map(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
const pages = [...sources.values()].join('\n');

test('every offer is asked for by a button of a page', () => {
  expect(pages).toContain('offerOfCure(');
  const asked = (id: string): boolean =>
    pages.includes(`'${id}'`) ||
    // A cure's offer comes with the cure.
    id.startsWith('why.cure') ||
    // Each kind of fault has an offer of its own, and the one that stands for all of them no button.
    (id.startsWith('faults.begin') && pages.includes('`faults.begin:${kind}`')) ||
    // Of machines each action has an offer of its own, and the one that stands for all of them no button.
    (id.startsWith('machines.act') && pages.includes('`machines.act:${action}`'));
  expect(Object.keys(offers).filter((id) => !asked(id))).toEqual([]);
});

test('pages ask what a target can do in one way', () => {
  const others = [...sources].filter(
    ([file, text]) => text.includes('.capabilities') && !file.endsWith('use-offer.ts'),
  );
  expect(others.map(([file]) => file)).toEqual([]);
});
