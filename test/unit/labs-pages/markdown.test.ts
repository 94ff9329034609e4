import { describe, expect, it } from 'vitest';
import { safeLink } from '../../../renderer/ui/markdown/links.ts';
import { parseMarkdown } from '../../../renderer/ui/markdown/parse.ts';
import type { Block } from '../../../renderer/ui/markdown/tree.ts';

const ports = new Set([30_080]);
const one = (text: string): Block => {
  const [first, ...others] = parseMarkdown(text, ports);
  if (!first || others.length > 0) throw new Error(`not one block: ${JSON.stringify([first, ...others])}`);
  return first;
};
const words = (text: string) => ({ kind: 'paragraph', children: [{ kind: 'text', text }] });

describe('instructions', () => {
  it('become headings, lists, tables, code and links', () => {
    expect(parseMarkdown('## Look\n\nRun `ls` **now**, or *later*.')).toEqual([
      { kind: 'heading', level: 1, children: [{ kind: 'text', text: 'Look' }] },
      {
        kind: 'paragraph',
        children: [
          { kind: 'text', text: 'Run ' },
          { kind: 'code', text: 'ls' },
          { kind: 'text', text: ' ' },
          { kind: 'strong', children: [{ kind: 'text', text: 'now' }] },
          { kind: 'text', text: ', or ' },
          { kind: 'emphasis', children: [{ kind: 'text', text: 'later' }] },
          { kind: 'text', text: '.' },
        ],
      },
    ]);
    expect(one('3. a\n4. b\n   - c')).toMatchObject({
      kind: 'list',
      ordered: true,
      start: 3,
      items: [{ blocks: [words('a')] }, { blocks: [words('b'), { kind: 'list', ordered: false }] }],
    });
    expect(one('- [x] done\n- [ ] open')).toMatchObject({ items: [{ checked: true }, { checked: false }] });
    expect(one('| a | b |\n|--|:-:|\n| 1 | `2` |')).toEqual({
      kind: 'table',
      align: [undefined, 'center'],
      head: [[{ kind: 'text', text: 'a' }], [{ kind: 'text', text: 'b' }]],
      rows: [[[{ kind: 'text', text: '1' }], [{ kind: 'code', text: '2' }]]],
    });
    expect(one('[the docs](https://kubevirt.io/user-guide)')).toMatchObject({
      children: [{ kind: 'link', to: { kind: 'web', href: 'https://kubevirt.io/user-guide' } }],
    });
  });

  it('have headings one below the other, whatever they began with', () => {
    const levels = (text: string): number[] =>
      parseMarkdown(text).flatMap((block) => (block.kind === 'heading' ? [block.level] : []));
    expect(levels('### a\n\n##### b\n\n### c')).toEqual([1, 2, 1]);
    expect(levels('# a\n\n### b\n\n## c')).toEqual([1, 2, 2]);
    expect(levels('##### a\n\n# b')).toEqual([1, 1]);
  });

  it('know what can be typed, and where', () => {
    expect(one('```type machine=web\nls -l\nid\n```')).toEqual({ kind: 'code', text: 'ls -l\nid', language: '', types: { machine: 'web', into: 'serial' } }); // prettier-ignore
    expect(one('```sh type into=screen\nls\n```')).toMatchObject({ language: 'sh', types: { into: 'screen' } });
    expect(one('```yaml\na: 1\n```')).toMatchObject({ language: 'yaml', types: undefined });
    // A name that is none is nobody's.
    expect(one('```type machine=../../x\nls\n```')).toMatchObject({ types: { into: 'serial' } });
  });

  it('put buttons where they stand', () => {
    expect(parseMarkdown('Before.\n\n{{do:start-web}}\n\nOr {{do:b}} here.')).toEqual([
      words('Before.'),
      { kind: 'do', id: 'start-web' },
      { kind: 'paragraph', children: [{ kind: 'text', text: 'Or ' }, { kind: 'do', id: 'b' }, { kind: 'text', text: ' here.' }] },
    ]); // prettier-ignore
    expect(one('`{{do:a}}`')).toEqual({ kind: 'paragraph', children: [{ kind: 'code', text: '{{do:a}}' }] });
  });

  it('say what character references mean', () => {
    expect(one('a &amp; b &lt;x&gt; &#8594; &#x2192; &nope; &#0; &#xD800;')).toEqual(words('a & b <x> → → &nope; \uFFFD \uFFFD')); // prettier-ignore
  });
});

describe('texts of strangers', () => {
  it('show HTML as the text that it is, and nothing of a comment', () => {
    expect(one('<script>alert(1)</script>')).toEqual(words('<script>alert(1)</script>'));
    expect(one('<iframe src="https://x"></iframe>')).toEqual(words('<iframe src="https://x"></iframe>'));
    expect(parseMarkdown('<!-- for authors -->')).toEqual([]);
    const inline = one('a <img src=x onerror=alert(1)> b <b>c</b>');
    expect(JSON.stringify(inline)).not.toMatch(/"kind":"(?!paragraph|text)/);
  });

  it('load no picture', () => {
    expect(one('![a cat](https://tracker.example/cat.png)')).toEqual(words('a cat'));
    expect(one('![a cat](data:image/svg+xml;base64,PHN2Zz4=)')).toEqual(words('a cat'));
  });

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\tscript:alert(1)',
    '&#106;avascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://x/y',
    'http://example.com/',
    'https://good.example@evil.example/',
    'https://user:secret@example.com/',
    'http://127.0.0.1:631/',
    'http://localhost:30080.evil.example/',
    'https://127.0.0.1/',
    'http://[::1]:631/',
    'http://0.0.0.0:8080/',
    '//evil.example/x',
    '/\\evil.example',
    '#//evil.example',
    'mailto:a@b.example',
    'ssh://host',
    'relative/path',
    '',
  ])('lead nowhere with %s', (href) => {
    expect(safeLink(href, ports)).toBeUndefined();
    const drawn = JSON.stringify(parseMarkdown(`[words](<${href}>)`, ports));
    expect(drawn).not.toContain('"link"');
  });

  it('lead to pages, the web over TLS, and the ports of the lab', () => {
    expect(safeLink('#/machines/lab-a/web', ports)).toEqual({ kind: 'page', to: '/machines/lab-a/web' });
    expect(safeLink('/networks', ports)).toEqual({ kind: 'page', to: '/networks' });
    expect(safeLink('https://kubevirt.io', ports)).toEqual({ kind: 'web', href: 'https://kubevirt.io/' });
    expect(safeLink('http://127.0.0.1:30080/x', ports)).toEqual({ kind: 'web', href: 'http://127.0.0.1:30080/x' });
  });

  it('do not turn the direction of a command', () => {
    expect(JSON.stringify(parseMarkdown('`rm \u202Eecho`\u2066x'))).not.toMatch(/[\u202E\u2066]/);
  });

  it.each([
    ['quotes in quotes', '>'.repeat(20_000)],
    ['lists in lists', '- '.repeat(9_999) + 'x'],
    ['numbers in numbers', '1. '.repeat(6_000)],
    ['emphasis', '_a'.repeat(10_000)],
    ['stars', '**a *b '.repeat(2_800)],
    ['brackets', '['.repeat(20_000)],
    ['open links', '[a](<'.repeat(4_000)],
    ['tags', '<'.repeat(20_000)],
    ['ticks', '`a``'.repeat(5_000)],
    ['rows', `a|b\n-|-\n${'|\n'.repeat(9_000)}`],
    ['lists by their indent', Array.from({ length: 140 }, (_, n) => `${' '.repeat(n * 2)}- x`).join('\n')],
  ])('cannot keep the page busy with %s', (_name, text) => {
    const from = performance.now();
    expect(parseMarkdown(text.slice(0, 20_000)).length).toBeGreaterThan(0);
    expect(performance.now() - from).toBeLessThan(1_500);
  });

  it('end in plain words below a depth', () => {
    const deep = Array.from({ length: 20 }, (_, n) => `${'  '.repeat(n)}- ${n}`).join('\n');
    expect(JSON.stringify(parseMarkdown(deep)).match(/"list"/g)?.length).toBe(12);
    expect(JSON.stringify(parseMarkdown(deep))).toContain('- 19');
  });
});
