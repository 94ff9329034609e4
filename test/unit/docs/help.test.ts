import { describe, expect, it } from 'vitest';
import { followIn } from '../../../renderer/features/help/follow.ts';
import { bodyOf, guideFiles, readGuide } from '../../../renderer/features/help/read.ts';
import { findPieces, piecesOf, readPieces } from '../../../renderer/features/help/search.ts';
import { guides, helpOf, helpRoute } from '../../../renderer/lib/guides.ts';
import { headingsOf } from '../../../renderer/ui/markdown/anchors.ts';
import { parseMarkdown } from '../../../renderer/ui/markdown/parse.ts';
import type { Block, Inline } from '../../../renderer/ui/markdown/tree.ts';
import { anchors, pages, read } from '../../support/docs.ts';

const byName = new Map(
  pages()
    .filter(({ path }) => path.startsWith('docs/'))
    .map((page) => [page.path.replace(/^.*\/|\.md$/g, ''), page]),
);
/** Whether a route of the help leads to a guide, and to a heading of it. */
function leads(route: string): boolean {
  const [, help, name = '', part] = route.split('/');
  const page = byName.get(name);
  return help === 'help' && page !== undefined && guides.some((each) => each.name === name) && (part === undefined || anchors(page).includes(part)); // prettier-ignore
}

describe('the help', () => {
  it('has every page of docs/, and each once', () => {
    expect(guides.map(({ name }) => name).toSorted()).toEqual([...byName.keys()].toSorted());
    expect([...guideFiles].toSorted()).toEqual([...byName.keys()].toSorted());
  });
  it.each(guides)('$name is read from the app under its own heading', async ({ name, title }) => {
    const text = await readGuide(name);
    expect(text).toBe(byName.get(name)?.text);
    expect(/^# (.+)$/m.exec(text)?.[1]).toBe(title);
    expect(bodyOf(text)).not.toContain(`# ${title}\n`);
  });
  it.each(guides)('$name: its headings lead where links of it lead', async ({ name }) => {
    const blocks = parseMarkdown(bodyOf(await readGuide(name)));
    // A page that is too much for the parser would be plain paragraphs.
    expect(blocks.some(({ kind }) => kind === 'heading')).toBe(true);
    const [, ...own] = anchors(byName.get(name) as NonNullable<ReturnType<typeof byName.get>>);
    expect(headingsOf(blocks).map(({ anchor }) => anchor)).toEqual(own);
    expect(new Set(own).size).toBe(own.length);
  });
  it('has nobody at a guide that does not exist', async () => {
    await expect(readGuide('nothing')).rejects.toThrow('nothing');
  });
});

describe('the way from a page to its guide', () => {
  const routes = ['renderer/app/routes.tsx', 'renderer/app/app.tsx'].flatMap((file) =>
    [...read(file).matchAll(/<Route path="([^"]+)"/g)].flatMap(([, route = '']) => variants(route)),
  );
  /** With its optional parts and without: /machines/:namespace/:name/:tab? */
  function variants(route: string): string[] {
    const whole = route.replaceAll(/:(\w+)\??/g, '$1');
    const short = route.replaceAll(/\/:\w+\?/g, '').replaceAll(/:(\w+)/g, '$1');
    return [...new Set([whole, short === '' ? '/' : short])];
  }
  it('knows all pages', () => {
    expect(routes.length).toBeGreaterThan(40);
  });
  it.each(routes.filter((route) => !route.startsWith('/help')))('%s has one that is there', (route) => {
    const to = helpOf(route);
    expect(to).toBeDefined();
    expect({ to, leads: leads(to ?? '') }).toEqual({ to, leads: true });
  });
  it.each(['console', 'hardware', 'disks', 'network', 'snapshots', 'guest', 'faults', 'events', 'yaml'])('the tab %s of a machine has one, too', (tab) => {
    expect(leads(helpOf(`/machines/default/web/${tab}`) ?? '')).toBe(true);
  }); // prettier-ignore
  it('is not offered on the help itself, and not where no page is', () => {
    expect(helpOf('/help')).toBeUndefined();
    expect(helpOf('/help/first-vm')).toBeUndefined();
    expect(helpOf('/nowhere')).toBeUndefined();
  });
});

describe('links in guides', () => {
  const links = (blocks: unknown): Extract<Inline, { kind: 'link' }>['to'][] =>
    Array.isArray(blocks)
      ? blocks.flatMap(links)
      : blocks !== null && typeof blocks === 'object'
        ? [...('kind' in blocks && blocks.kind === 'link' ? [(blocks as Extract<Inline, { kind: 'link' }>).to] : []), ...Object.values(blocks).flatMap(links)]
        : []; // prettier-ignore
  it('lead to pages of the help inside of the app', () => {
    const follow = followIn('box');
    expect(follow('#pair')).toEqual({ kind: 'page', to: '/help/box/pair' });
    expect(follow('images.md')).toEqual({ kind: 'page', to: '/help/images' });
    expect(follow('../root-helper.md#the-ledger')).toEqual({ kind: 'page', to: '/help/root-helper/the-ledger' });
    expect(follow('docs/guides/labs.md')).toEqual({ kind: 'page', to: '/help/labs' });
    expect(follow('https://k3s.io')).toEqual({ kind: 'web', href: 'https://k3s.io/' });
  });
  it.each(['../../README.md', 'nothing.md', 'javascript:alert(1)', 'file:///etc/passwd', '//evil.example/a.md', 'http://127.0.0.1:1/', '../../../etc/passwd'])('do not follow %s', (href) => {
    expect(followIn('box')(href)).toBeUndefined();
  }); // prettier-ignore
  it.each(guides)('of $name lead somewhere', async ({ name }) => {
    const blocks: Block[] = parseMarkdown(bodyOf(await readGuide(name)), new Set(), followIn(name));
    const dead = links(blocks).filter((to) => to.kind === 'page' && !leads(to.to));
    expect(dead).toEqual([]);
    expect(helpRoute(name)).toBe(`/help/${name}`);
  });
});

describe('the search through the guides', () => {
  const pieces = piecesOf('x', 'A guide', '# A guide\n\nFirst words.\n\n## Disks\n\nThey grow.\n\n- one\n- two\n\n| a | b |\n| - | - |\n| full disk | free some |\n');
  const found = (query: string): [string | undefined, string][] => findPieces(pieces, query).map(({ anchor, text }) => [anchor, text]);
  it('finds paragraphs, items, rows and headings by all words, headings first', () => {
    expect(found('grow')).toEqual([['disks', 'They grow.']]);
    expect(found('TWO')).toEqual([['disks', 'two']]);
    expect(found('full some')).toEqual([['disks', 'full disk · free some']]);
    expect(found('disks')).toEqual([['disks', '']]);
    expect(found('first')).toEqual([[undefined, 'First words.']]);
    expect(found('guide disks free')).toEqual([['disks', 'full disk · free some']]);
    expect(found('nothing like it')).toEqual([]);
    expect(found('  ')).toEqual([]);
  });
  it('leads to places that are there, in all guides', async () => {
    const all = await readPieces();
    expect(new Set(all.map(({ guide }) => guide)).size).toBe(guides.length);
    expect(all.filter(({ guide, anchor }) => !leads(helpRoute(guide, anchor)))).toEqual([]);
    expect(findPieces(all, 'quota')[0]).toMatchObject({ guide: 'troubleshooting', anchor: 'the-namespace-may-use-no-more' });
    expect(findPieces(all, 'e')).toHaveLength(30);
  });
}); // prettier-ignore
