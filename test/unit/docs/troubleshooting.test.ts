import { beforeAll, describe, expect, it } from 'vitest';
import type { ListedProblem } from '../../../main/launch/problem-list.mjs';
import { listProblems, problemPage } from '../../../main/launch/problem-list.mjs';
import { ordinary, proven } from '../../../main/backend/why/why.ts';
import { deleting, restartRequired } from '../../../main/backend/why/causes/ordinary.ts';
import { scheduleFailed } from '../../../main/backend/why/causes/snapshots.ts';
import { diagnose } from '../../../main/backend/host/failure-classes.ts';
import { headings, filesBelow, pages, read } from '../../support/docs.ts';

const guide = pages().find(({ path }) => path === 'docs/guides/troubleshooting.md');
if (!guide) throw new Error('there is no guide for troubles');
/** Its parts by their heading: what stands below each. */
const parts = new Map(
  guide.text
    .split(/^#{2,3} /m)
    .slice(1)
    .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n')).trim()]),
);

// All sources are read for them, once.
let problems: ListedProblem[] = [];
beforeAll(() => {
  problems = listProblems();
});

describe('troubleshooting', () => {
  const causes = [...proven, ...ordinary, deleting, restartRequired, scheduleFailed];
  it('knows the causes of every file', () => {
    const inFiles = filesBelow('main/backend/why/causes', /\.ts$/).flatMap((file) => [...read(file).matchAll(/^ {2}title: '(.+)',$/gm)].map(([, title = '']) => title)); // prettier-ignore
    expect(causes.map(({ title }) => title).toSorted()).toEqual(inFiles.toSorted());
    expect(new Set(inFiles).size).toBe(inFiles.length);
  });
  it.each(causes)('has a part about $id: $title', ({ title }) => {
    expect(headings(guide)).toContain(title);
    expect(parts.get(title)?.length).toBeGreaterThan(40);
  });
  it('has a line for every answer of the accelerator trial', () => {
    expect(diagnose).toBeTypeOf('function');
    const classes = [...read('main/backend/host/failure-classes.ts').matchAll(/failureClass: '(K\d+)'/g)].map(([, id = '']) => id); // prettier-ignore
    expect(classes.length).toBeGreaterThan(12);
    expect(classes.filter((id) => !guide.text.includes(`\n| ${id} `))).toEqual([]);
  });
  it('quotes messages that there are', () => {
    const titles = new Set(problems.map(({ title }) => title));
    const quoted = [...guide.text.matchAll(/^\| "([^"|]+)"/gm)].map(([, text = '']) => text);
    expect(quoted.length).toBeGreaterThan(4);
    expect(quoted.filter((text) => !titles.has(text))).toEqual([]);
  });
});

describe('docs/problems.md', () => {
  it('is what the sources say', () => {
    expect(read('docs/problems.md'), 'run `npm run docs:problems`').toBe(problemPage(problems));
  });
});

describe('the list of what Hearth leaves behind', () => {
  const uninstall = read('docs/guides/uninstall.md');
  it('names what lies in the data folder', () => {
    const names = [...filesBelow('main/backend', /\.ts$/), ...filesBelow('main/cli', /\.ts$/)].flatMap((file) =>
      [...read(file).matchAll(/join\((?:parts\.|scope\.)?(?:paths\.root|dataDir|options\.dataDir), '([a-z][\w.-]*)'/g)].map(([, name = '']) => name),
    ); // prettier-ignore
    expect(new Set(names).size).toBeGreaterThan(15);
    expect([...new Set(names)].filter((name) => !new RegExp(`\`${name.replaceAll('.', '\\.')}/?\``).test(uninstall))).toEqual([]);
  }); // prettier-ignore
  it('names what an appliance changes', async () => {
    const { claims, optionalClaims, paths, soloInterface } = await import('../../../provisioning/paths.ts');
    const own = [...claims, ...optionalClaims, paths.networkManager, paths.modules, paths.sysctl, paths.logind, soloInterface]; // prettier-ignore
    expect(own.filter((path) => !uninstall.includes(`\`${path}\``))).toEqual([]);
  });
});
