import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { beyond, checklist, fuseRows } from '../../../main/desktop/checklist.ts';
import { fuses } from '../../../main/launch/package/desktop-config.ts';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../../..', path), 'utf8');

describe('Electron’s security checklist', () => {
  it('has all twenty items, in its order', () => {
    expect(checklist.map(({ item }) => item)).toEqual([
      'Only load secure content', 'Do not enable Node.js integration for remote content', 'Enable context isolation', 'Enable process sandboxing',
      'Handle session permission requests from remote content', 'Do not disable webSecurity', 'Define a Content Security Policy', 'Do not enable allowRunningInsecureContent',
      'Do not enable experimental features', 'Do not use enableBlinkFeatures', '<webview>: Do not use allowpopups', '<webview>: Verify WebView options before creation',
      'Disable or limit navigation', 'Disable or limit creation of new windows', 'Do not use shell.openExternal with untrusted content', 'Use a current version of Electron',
      'Validate the sender of all IPC messages', 'Avoid usage of the file:// protocol and prefer usage of custom protocols', 'Check which fuses you can change',
      'Do not expose Electron APIs to untrusted web content',
    ]);
  }); // prettier-ignore

  it.each([...checklist, ...beyond])('$item: stands where it says, and has its test', ({ where, test }) => {
    expect(read(where[0])).toContain(where[1]);
    // In the name of a test, which stands behind `it(`, or behind the table of `it.each`.
    const named = [...read(test[0]).matchAll(/(?:\b(?:it|test|describe)|\]\))\(\s*'([^'\n]+)'/g)];
    expect(named.some(([, name]) => name?.includes(test[1]))).toBe(true);
  });
});

it('every fuse is named, as packages set it', () => {
  expect(Object.fromEntries(fuseRows.map(({ fuse, on }) => [fuse, on]))).toEqual(fuses);
  expect(fuseRows).toHaveLength(Object.keys(fuses).length);
});
