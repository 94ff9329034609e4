import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkedOut } from '../../../main/backend/sets/git.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-set-git-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { signal } = new AbortController();

/** A folder with one commit. */
function repository(name: string): { dir: string; head: string; git: (...args: string[]) => string } {
  const dir = join(folder, name);
  mkdirSync(dir);
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=me', '-c', 'user.email=me@example.org', '-C', dir, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim(); // prettier-ignore
  git('init', '-q');
  writeFileSync(join(dir, 'a.yaml'), 'a: 1\n');
  git('add', '-A');
  git('commit', '-qm', 'one');
  return { dir, head: git('rev-parse', 'HEAD'), git };
}

test('the commit that is checked out, and none outside of a repository', async () => {
  const { dir, head } = repository('plain');
  expect(await checkedOut(dir, signal)).toBe(head);
  const outside = join(folder, 'outside');
  mkdirSync(outside);
  expect(await checkedOut(outside, signal)).toBeUndefined();
});

test('a command that the repository itself names does not run', async () => {
  const { dir, head, git } = repository('hostile');
  const ran = join(folder, 'ran');
  git('config', 'core.repositoryFormatVersion', '1');
  git('config', 'extensions.partialClone', 'origin');
  git('config', 'remote.origin.url', `file://${dir}`);
  git('config', 'remote.origin.promisor', 'true');
  git('config', 'remote.origin.uploadpack', `touch ${ran}; git-upload-pack`);
  rmSync(join(dir, '.git/objects', head.slice(0, 2)), { recursive: true });
  expect(await checkedOut(dir, signal)).toBe(head);
  expect(existsSync(ran)).toBe(false);
  // The folder is such a trap: whoever reads the commit itself runs it.
  expect(() => git('rev-parse', '--verify', 'HEAD^{commit}')).toThrow('Command failed');
  expect(existsSync(ran)).toBe(true);
});
