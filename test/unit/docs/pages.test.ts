import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { anchors, commandLines, emphases, filesBelow, ownLinks, pages, read, root } from '../../support/docs.ts';

const all = pages();
const byPath = new Map(all.map((page) => [page.path, page]));

describe('links between pages', () => {
  it.each(all.map((page) => [page.path, page] as const))('%s leads to files and headings that are there', (_path, page) => {
    const dead = ownLinks(page).filter(({ file, part }) => {
      if (!existsSync(join(root, file))) return true;
      const other = byPath.get(file);
      return part !== undefined && other !== undefined && !anchors(other).includes(part);
    });
    expect(dead.map(({ href }) => href)).toEqual([]);
  }); // prettier-ignore
  it('are looked at: there are many', () => {
    expect(all.flatMap(ownLinks).length).toBeGreaterThan(45);
  });
});

// The program itself is asked, once: what it would write, and so what each command takes.
let reference = '';
const usages = new Map<string, string>();
beforeAll(async () => {
  const said = await promisify(execFile)(process.execPath, [join(root, 'main/launch/docs-cli.mjs'), '--print'], { timeout: 110_000 }); // prettier-ignore
  reference = said.stdout;
  for (const [, name = '', usage = ''] of reference.matchAll(/^## hearth (\S+)\n[\s\S]*?```text\n([\s\S]*?)\n```$/gm)) usages.set(name, usage); // prettier-ignore
});

describe('pictures', () => {
  // Those of docs/pictures/pages are what the pages' own test compares with.
  it.each(filesBelow('docs/pictures', /./).filter((file) => !file.includes('/pages/')))(
    '%s is shown on a page, and small',
    (file) => {
      expect(all.flatMap(ownLinks).map((link) => link.file)).toContain(file);
      expect(statSync(join(root, file)).size).toBeLessThan(300_000);
    },
  );
});

describe('docs/cli.md', () => {
  it('is what the commands say of themselves', () => {
    expect(read('docs/cli.md'), 'run `npm run docs:cli`').toBe(reference);
  });
  it('has every command of `hearth --help`', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'main/cli.ts'), '--help'], { timeout: 18_000 }); // prettier-ignore
    expect(reference).toContain(stdout.trimEnd());
    const names = Array.from(stdout.matchAll(/^ {2}([a-z]+) {2,}\S/gm), ([, name]) => name);
    expect([...usages.keys()]).toEqual(names);
  });
});

/** `hearth lab run NAME --x  # why` -> its words and the options, without what follows. */
function parts(line: string): { words: string[]; options: string[] } | undefined {
  const text = /^(?:\$ )?(?:export \w+="\$\()?(?:npx )?hearth (?=[a-z])(.*)$/.exec(line.trim())?.[1];
  if (text === undefined) return undefined;
  const own = text.split(/\s#|\s{2,}#|\||&&|;|\)"/)[0] ?? '';
  const words = own.split(/\s+/).filter(Boolean);
  return { words: words.filter((word) => !word.startsWith('-')), options: words.filter((word) => /^--[a-z]/.test(word)).map((word) => word.replace(/=.*/, '')) }; // prettier-ignore
}

describe('commands that pages name', () => {
  const named = all
    .filter(({ path }) => path !== 'docs/cli.md')
    .flatMap((page) => commandLines(page).map((line) => ({ page: page.path, line, ...parts(line) })))
    .filter((each): each is typeof each & { words: string[]; options: string[] } => each.words !== undefined);
  it('exist, with their subcommands and options', () => {
    const wrong = named.filter(({ words: [name = '', second], options }) => {
      const usage = usages.get(name);
      if (usage === undefined) return true;
      // A command with subcommands names them in small letters behind its own name.
      const heads = usage.split('\n').filter((line) => /^(Usage:)?\s+hearth /.test(line)).join('\n'); // prettier-ignore
      const has = (word: string): boolean => new RegExp(`(^|[\\s|[])${word}(?![\\w-])`, 'm').test(usage);
      const subcommands = new RegExp(`hearth ${name} [a-z]`).test(heads);
      if (subcommands && second !== undefined && /^[a-z][a-z-]+$/.test(second) && !has(second)) return true;
      return options.some((option) => option !== '--help' && !has(option));
    });
    expect(wrong.map(({ page, line }) => `${page}: ${line}`)).toEqual([]);
    expect(named.length).toBeGreaterThan(60);
  });
  it('are in package.json where npm runs them', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const asked = all.flatMap((page) => [...page.text.matchAll(/\bnpm (?:run (?:-s )?([a-z][\w:-]*)|(start|test)\b)/g)].map(([, run, own]) => ({ page: page.path, script: run ?? own ?? '' }))); // prettier-ignore
    expect(asked.filter(({ script }) => !Object.hasOwn(scripts, script))).toEqual([]);
  });
});

describe('words of the window that guides name', () => {
  // In guides what is slanted stands in the window word for word; what is stressed is bold.
  const window = new Set<string>();
  for (const file of filesBelow('assets/locales/en', /\.json$/))
    for (const entry of Object.values(JSON.parse(read(file)) as Record<string, string | Record<string, string>>))
      for (const text of typeof entry === 'string' ? [entry] : Object.values(entry)) window.add(text);
  const sources = [...filesBelow('main/backend', /\.ts$/), ...filesBelow('provisioning', /\.ts$/)].map(read).join('\n');
  const shown = (text: string): boolean => {
    const plain = text.replaceAll(/\s+/g, ' ');
    if (window.has(plain) || [`'${plain}'`, `"${plain}"`, `\`${plain} \${`].some((quoted) => sources.includes(quoted))) return true; // prettier-ignore
    return [...window].some(
      (each) => /\{\w+\}/.test(each) && (each.startsWith(`${plain} {`) || each === `${plain} {name}`),
    );
  };
  it.each(all.filter(({ path }) => path.startsWith('docs/guides/')).map((page) => [page.path, page] as const))('%s', (_path, page) => {
    expect(emphases(page).filter((text) => !shown(text))).toEqual([]);
  }); // prettier-ignore
});
