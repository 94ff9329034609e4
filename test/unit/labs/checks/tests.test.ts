import { describe, expect, it } from 'vitest';
import { jsonPathOf, standardPath } from '../../../../main/backend/labs/checks/json-path.ts';
import { plainText } from '../../../../main/backend/labs/checks/terminal-text.ts';
import { textMisfit } from '../../../../main/backend/labs/checks/text-test.ts';
import { sameValue, valueMisfit } from '../../../../main/backend/labs/checks/value-test.ts';
import { compilePattern } from '../../../../main/backend/labs/pattern.ts';

describe('regular expressions of a lab', () => {
  it('are found anywhere, and know the ends of lines', async () => {
    const pattern = await compilePattern('^web login: *$');
    expect(pattern.in('Debian\nweb login: \n')).toBe(true);
    expect(pattern.in('the web login: page')).toBe(false);
  });
  it('take no long time, whatever was written', async () => {
    const text = 'x'.repeat(200_000);
    for (const bad of ['(x+x+)+y', '(x*)*y', '(x|x)*y', '(x?){100}y']) {
      const begun = performance.now();
      expect((await compilePattern(bad)).in(text)).toBe(false);
      expect(performance.now() - begun).toBeLessThan(5000);
    }
  });
  it.each([
    ['(a)\\1', 'invalid escape'],
    ['(?=a)', 'invalid'],
    ['[a', 'missing'],
    ['\\pL{1000}'.repeat(20), 'repeats too often'],
    ['(a{30}){30}'.repeat(10), 'too large'],
  ])('are refused in words: %s', async (source, words) => {
    await expect(compilePattern(source)).rejects.toMatchObject({ problem: { code: 'pattern-refused', detail: expect.stringContaining(words) as string } }); // prettier-ignore
  });
});

describe('paths of a lab', () => {
  const object = {
    metadata: { labels: { 'app.kubernetes.io/name': 'shop' } },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }, { type: 'Paused', status: 'False' }] },
  }; // prettier-ignore
  it.each([
    ['.status.phase', ['Running']],
    ['{.status.phase}', ['Running']],
    ['status.phase', ['Running']],
    ['$.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".status.conditions[?(@.type=='Paused')].status", ['False']],
    ['.status.conditions[*].type', ['Ready', 'Paused']],
    [String.raw`.metadata.labels.app\.kubernetes\.io/name`, ['shop']],
    ["..conditions[?@.status == 'True'].type", ['Ready']],
    ['.spec.nothing', []],
  ])('find what kubectl finds: %s', async (path, values) => {
    expect((await jsonPathOf(path))(object)).toEqual(values);
  });
  it('are written in full', () => {
    expect(standardPath(String.raw` {.a.b\.c\.d} `)).toBe("$.a['b.c.d']");
    expect(standardPath('[0]')).toBe('$[0]');
  });
  it.each([
    ['.a[', "'"],
    ['$..a..b', 'more than once'],
    ['.a[?$.b]', 'whole object'],
    ['.a[0,0,0,0,0,0,0]', 'too many'],
    ['.a[?match(@.b, "(x+x+)+y")]', 'match'],
    ['.a[?(process.exit())]', 'process'],
  ])('run nothing, and are refused where they could take long: %s', async (path, words) => {
    await expect(jsonPathOf(path)).rejects.toMatchObject({ problem: { code: 'path-refused', detail: expect.stringContaining(words) as string } }); // prettier-ignore
  });
});

describe('what a text has to be', () => {
  it('holds all at once, and says which does not', async () => {
    const text = 'one\ntwo three\n';
    expect(await textMisfit(text, { contains: 'two', lacks: 'four', matches: '^two' }, 'It')).toBeUndefined();
    expect(await textMisfit(text, { contains: 'four' }, 'The console')).toBe('The console has no “four”. It ends with “two three”.'); // prettier-ignore
    expect(await textMisfit(text, { lacks: 'two' }, 'It')).toBe('It still has “two”.');
    expect(await textMisfit(text, { matches: '^three' }, 'It')).toContain('nothing that fits “^three”');
    expect(await textMisfit('3\n', { equals: '3' }, 'It')).toBeUndefined();
    expect(await textMisfit('4\n', { equals: '3' }, 'It')).toBe('It is “4”, not “3”.');
    expect(await textMisfit('', { contains: 'x' }, 'It')).toBe('It has no “x”. There is no text yet.');
    expect(await textMisfit(' \n', {}, 'It')).toBe('It is empty.');
  });
});

describe('what a value has to be', () => {
  it('compares quantities and numbers as such', async () => {
    expect(sameValue('1Gi', '1024Mi')).toBe(true);
    expect(sameValue(2, '2')).toBe(true);
    expect(sameValue('500m', 0.5)).toBe(true);
    expect(sameValue(true, true)).toBe(true);
    expect(sameValue('1G', '1Gi')).toBe(false);
    expect(await valueMisfit('256Mi', { atLeast: '0.25Gi', atMost: '256Mi' }, 'It')).toBeUndefined();
    expect(await valueMisfit('128Mi', { atLeast: '256Mi' }, 'Memory')).toBe('Memory is 128Mi, less than 256Mi.');
    expect(await valueMisfit(9, { atMost: 8 }, 'It')).toBe('It is 9, more than 8.');
    expect(await valueMisfit('soon', { atMost: 8 }, 'It')).toBe('It is “soon”, which is no number.');
    expect(await valueMisfit('Running', { not: 'Running' }, 'It')).toBe('It is still “Running”.');
    expect(await valueMisfit({ a: 1 }, { contains: '"a":1' }, 'It')).toBeUndefined();
  });
});

describe('the text of a terminal', () => {
  it('is without colours, titles and corrected typing', () => {
    const said = '\u001B[1;32mada\u001B[0m@web:~$ \u001B]0;web\u0007lss\b \b\r\n\u001B[?2004htotal 0\r\r\n\u0000';
    expect(plainText(said)).toBe('ada@web:~$ ls\ntotal 0\n');
  });
  it('begins a line where the cursor goes back to one', () => {
    expect(plainText('\r\r\n\rweb login: \r10 %\r20 %')).toBe('\n\nweb login: \n10 %\n20 %');
  });
  it('takes a broken sequence for text, and does not hang on it', () => {
    expect(plainText(`\u001B]${'x'.repeat(100_000)}`).length).toBeGreaterThan(90_000);
  });
});
