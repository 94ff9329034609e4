import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { pageHeaders } from '../../../main/contract/page-headers.ts';
import { pageFile, rangeOf, servePage } from '../../../main/desktop/page-files.ts';

const outside = mkdtempSync(join(tmpdir(), 'hearth-page-files-'));
afterAll(() => rmSync(outside, { recursive: true, force: true }));
const folder = join(outside, 'renderer');
mkdirSync(join(folder, 'assets/folder.js'), { recursive: true });
mkdirSync(`${folder}-other`);
const page = '<!doctype html><title>Hearth</title>';
writeFileSync(join(folder, 'index.html'), page);
writeFileSync(join(folder, 'assets/größe 1.js'), '0123456789');
writeFileSync(join(folder, 'assets/empty.css'), '');
writeFileSync(join(folder, 'assets/notes.txt'), 'not of a page');
writeFileSync(join(folder, '.hidden.js'), 'hidden');
writeFileSync(join(outside, 'secret.json'), 'secret');
writeFileSync(`${folder}-other/secret.js`, 'secret');
symlinkSync(join(outside, 'secret.json'), join(folder, 'linked.json'));
symlinkSync(outside, join(folder, 'assets/up'));
symlinkSync('index.html', join(folder, 'same.html'));
symlinkSync('loop.js', join(folder, 'loop.js'));

const get = (url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
  servePage(folder, { url, method, headers: new Headers(headers) } as Request);

describe('nothing outside the folder of the pages', () => {
  // As they come from the network stack: some are made shorter by it, some are not.
  it.each([
    'app://ui/../secret.json', 'app://ui/../../secret.json', 'app://ui/assets/../../secret.json', 'app://ui/./../secret.json',
    'app://ui/%2e%2e/secret.json', 'app://ui/%2E%2E/secret.json', 'app://ui/.%2e/secret.json', 'app://ui/%2e./secret.json',
    'app://ui/..%2fsecret.json', 'app://ui/..%2Fsecret.json', 'app://ui/%2e%2e%2fsecret.json', 'app://ui/assets%2f..%2f..%2fsecret.json',
    'app://ui/%252e%252e/secret.json', 'app://ui/..%252fsecret.json', 'app://ui/%252e%252e%252fsecret.json', 'app://ui/%25252e%25252e%25252fsecret.json',
    'app://ui/..\\secret.json', 'app://ui/..%5csecret.json', 'app://ui/..%5Csecret.json', 'app://ui/%2e%2e%5csecret.json', 'app://ui/assets%5c..%5c..%5csecret.json', 'app://ui/..%255csecret.json',
    'app://ui/..;/secret.json', 'app://ui/....//secret.json', 'app://ui/...//secret.json', 'app://ui//../secret.json', 'app://ui/%c0%ae%c0%ae/secret.json', 'app://ui/%e0%80%ae%e0%80%ae/secret.json', 'app://ui/..%c0%afsecret.json',
    'app://ui/\u2025/secret.json', 'app://ui/\uff0e\uff0e/secret.json', 'app://ui/..\u2215secret.json', 'app://ui/..%e2%88%95secret.json',
    `app://ui/${outside}/secret.json`, `app://ui//${outside}/secret.json`, `app://ui/%2f${outside}/secret.json`, 'app://ui//etc/passwd', 'app://ui/file:///etc/passwd', 'app://ui/C:/Windows/win.ini', 'app://ui/index.html::$DATA', 'app://ui/index.html:x.js',
    'app://ui/../renderer-other/secret.js', 'app://ui/..%2frenderer-other%2fsecret.js', 'app://ui/-other/secret.js',
    'app://ui/index.html%00', 'app://ui/..%2fsecret.json%00.html', 'app://ui/%00', 'app://ui/index.html%0a', 'app://ui/index%1f.html', 'app://ui/index.html%7f', 'app://ui/%ff', 'app://ui/%', 'app://ui/%zz', 'app://ui/%e4.js',
    'app://ui/.hidden.js', 'app://ui/assets/.%2fx.js', 'app://ui/%2ehidden.js', 'app://ui/assets/notes.txt', 'app://ui/assets', 'app://ui/assets/', 'app://ui/assets/folder.js', 'app://ui/assets/folder.js/',
    'app://ui/linked.json', 'app://ui/assets/up/secret.json', 'app://ui/loop.js', 'app://ui/missing.js', 'app://ui/index.html/', 'app://ui/index.html/x.js',
    'app://other/index.html', 'app://UI/index.html', 'app://ui.evil/index.html', 'app://ui:80/index.html', 'app://x@ui/index.html', 'app://x:y@ui/index.html', 'app:///index.html', 'app:/index.html', 'app:index.html',
    'file:///etc/passwd', 'https://ui/index.html', 'blob:app://ui/index.html', 'index.html', '', 'app://',
  ])('%j', async (url) => {
    const answer = await get(url);
    expect([answer.status, await answer.text()]).toEqual([404, 'Not found']);
  }); // prettier-ignore

  it.each([
    'app://ui/a%5cb.js', 'app://ui/a%00.js', 'app://ui/a%0a.js', 'app://ui/c:x.js', 'app://ui/a%252e.js', 'app://ui/.a.js', `app://ui/${'a'.repeat(1024)}.js`,
  ])('such a name is not even looked for: %j', (url) => {
    expect(pageFile('/pages', url)).toBeUndefined();
    expect(pageFile('/pages', 'app://ui/a/b.js')).toBe(join('/pages/a/b.js'));
  }); // prettier-ignore

  it('nor for endless paths', async () => {
    for (const url of [`app://ui/${'a/'.repeat(100_000)}x.js`, `app://ui/${'%2e%2e%2f'.repeat(10_000)}secret.json`, `app://ui/${'a'.repeat(300)}.js`])
      expect((await get(url)).status).toBe(404);
  }); // prettier-ignore

  it('and what is named stays below it, whatever the name', () => {
    const parts = ['..', '.', '%2e%2e', '%2f', '%5c', '/', '//', '\\', '%00', 'a', 'assets', '%252e', ':', '~', '%', '\u2215', 'x.js', '.js'];
    let seed = 7;
    const next = (): number => (seed = (seed * 48_271) % 2_147_483_647);
    let named = 0;
    for (let round = 0; round < 20_000; round += 1) {
      const url = `app://ui/${Array.from({ length: 1 + (next() % 7) }, () => parts[next() % parts.length]).join('')}`;
      const path = pageFile('/pages', url);
      if (path === undefined) continue;
      named += 1;
      expect(path.startsWith('/pages/') && !path.split('/').includes('..'), `${url} is ${path}`).toBe(true);
    }
    expect(named).toBeGreaterThan(100);
  }); // prettier-ignore
});

describe('files of the pages', () => {
  it.each([
    ['app://ui/', page, 'text/html; charset=utf-8'],
    ['app://ui/index.html', page, 'text/html; charset=utf-8'],
    ['app://ui/index.html?x=../../secret.json#/../secret.json', page, 'text/html; charset=utf-8'],
    ['app://ui/assets/gr%C3%B6%C3%9Fe%201.js', '0123456789', 'text/javascript; charset=utf-8'],
    ['app://ui/assets/empty.css', '', 'text/css; charset=utf-8'],
    ['app://ui/same.html', page, 'text/html; charset=utf-8'],
  ])('%s', async (url, text, type) => {
    const answer = await get(url);
    expect([answer.status, await answer.text(), answer.headers.get('content-type')]).toEqual([200, text, type]);
    const head = await get(url, {}, 'HEAD');
    expect([head.status, await head.text(), head.headers.get('content-length')]).toEqual([
      200,
      '',
      String(text.length),
    ]);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH'])('are not for %s', async (method) => {
    const answer = await get('app://ui/index.html', {}, method);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('every answer has the policy, whatever it is', async () => {
    const answers = [await get('app://ui/'), await get('app://ui/no.js'), await get('app://ui/', {}, 'POST'), await get('app://ui/', { range: 'bytes=0-1' }), await get('app://ui/', { range: 'bytes=999-' })];
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 405, 206, 416]);
    for (const answer of answers)
      for (const [name, value] of Object.entries(pageHeaders)) expect(answer.headers.get(name)).toBe(value);
    expect(pageHeaders['content-security-policy']).toMatch(/^default-src 'none';/);
  }); // prettier-ignore
});

describe('ranges', () => {
  const url = 'app://ui/assets/gr%C3%B6%C3%9Fe%201.js';
  it.each([
    ['bytes=0-0', 206, '0', 'bytes 0-0/10'],
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=5-999999999999999', 206, '56789', 'bytes 5-9/10'],
    ['bytes=10-', 416, 'Range not satisfiable', 'bytes */10'],
    ['bytes=99-100', 416, 'Range not satisfiable', 'bytes */10'],
    ['bytes=-0', 416, 'Range not satisfiable', 'bytes */10'],
    ['bytes=4-2', 200, '0123456789', null],
    ['bytes=0-1,3-4', 200, '0123456789', null],
    ['bytes=-', 200, '0123456789', null],
    ['bytes=a-b', 200, '0123456789', null],
    ['bytes=-1-2', 200, '0123456789', null],
    ['bytes=1e1-', 200, '0123456789', null],
    ['bytes=99999999999999999999-', 200, '0123456789', null],
    ['lines=0-1', 200, '0123456789', null],
  ])('%s', async (range, status, text, header) => {
    const answer = await get(url, { range });
    expect([answer.status, await answer.text(), answer.headers.get('content-range')]).toEqual([status, text, header]);
  });
  it('of an empty file there is no byte', () => {
    expect([rangeOf('bytes=0-', 0), rangeOf('bytes=-1', 0), rangeOf(null, 0)]).toEqual(['none', 'none', undefined]);
  });
});
