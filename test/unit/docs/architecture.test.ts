import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow, read, root } from '../../support/docs.ts';

const page = read('docs/architecture.md');
const drawn = /```folders\n([\s\S]*?)\n```/.exec(page)?.[1] ?? '';

/** Folders of the picture, as paths: two spaces a level, one or more names to a line. */
function folders(): string[] {
  const open: string[] = [];
  return drawn.split('\n').flatMap((line) => {
    const level = (/^ */.exec(line)?.[0].length ?? 0) / 2;
    const names = line.trim().split(/\s+/).filter((word, at, all) => word.endsWith('/') && all.slice(0, at).every((each) => each.endsWith('/'))).map((word) => word.slice(0, -1)); // prettier-ignore
    const paths = names.map((name) => join(...open.slice(0, level), name));
    if (names.length === 1) open.splice(level, open.length, names[0] ?? '');
    return paths;
  });
}
const on = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^(\.|node_modules$|out$|coverage$|test-results$)/.test(entry.name))
    .map(({ name }) => join(folder, name));

describe('the picture of the folders (docs/architecture.md)', () => {
  const shown = folders();
  it('shows folders that there are', () => {
    expect(shown.length).toBeGreaterThan(100);
    expect(shown.filter((path) => !existsSync(join(root, path)) || !statSync(join(root, path)).isDirectory())).toEqual([]);
    expect(new Set(shown).size).toBe(shown.length);
  }); // prettier-ignore
  it.each(['.', ...shown.filter((path) => shown.some((other) => other.startsWith(`${path}/`)))])('shows all of %s', (path) => {
    expect(on(path).filter((each) => !shown.includes(each))).toEqual([]);
  }); // prettier-ignore
  it('names files and folders that there are', () => {
    // Capitals stand for any name.
    const named = [...page.matchAll(/`((?:main|renderer|provisioning|assets|test|docs)\/[\w./-]+)`/g)].map(([, path = '']) => path); // prettier-ignore
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((path) => !/[A-Z]{3}/.test(path) && !existsSync(join(root, path)))).toEqual([]);
    // Within a paragraph about a folder, files stand by their last names.
    const sources = ['main', 'renderer', 'provisioning', 'test'].flatMap((folder) => filesBelow(folder, /\.(ts|tsx|mjs|sh)$/));
    const short = [...page.matchAll(/`([\w./-]+\.(?:tsx?|sh))`/g)].map(([, path = '']) => path);
    expect(short.length).toBeGreaterThan(15);
    expect(short.filter((path) => !/[A-Z]{3}/.test(path) && !sources.some((file) => `/${file}`.endsWith(`/${path}`)))).toEqual([]);
  }); // prettier-ignore
});
