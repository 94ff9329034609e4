// One run of vitest, and what it counted.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { root, runPinned } from './node.mjs';

const brief = (text) => text.replaceAll(/\s+/g, ' ').slice(0, 700);

/** Options of vitest (`--project NAME`, `--retry 0`) without the names of files. */
export const flagsOf = (args) => args.filter((arg, at) => arg.startsWith('-') || args[at - 1]?.startsWith('-'));

/**
 * Runs the tests and reads the report. `files`: each with `passed`, `failed`, `skipped` and a line for each test that failed
 * or passed only when it was tried again: what the end of a long log is read for.
 */
export async function runSuite({ projects, args }) {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-test-'));
  const report = join(folder, 'report.json');
  try {
    const code = await runPinned([
      join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', join(root, 'test/vitest.config.ts'),
      '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...projects, ...args,
    ]); // prettier-ignore
    const files = JSON.parse(readFileSync(report, 'utf8')).testResults.map(fileOf);
    return summed(files, code === 0 ? 0 : 1);
  } catch (error) {
    console.error(`The test report could not be read: ${error.message}`);
    return { ...summed([], 1), unread: true };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Two runs as one: files that ran again count as they ended the second time. */
export function joined(first, second) {
  if (second.unread) return first;
  const anew = new Map(second.files.map((file) => [file.name, file]));
  const files = first.files.map((file) => {
    const later = anew.get(file.name);
    if (!later) return file;
    const lines = file.lines.map((line) => (later.status === 'failed' ? line : line.replace(/^FAILED/, 'RETRIED')));
    return { ...later, lines: [...lines, ...later.lines] };
  });
  return summed(files, files.some(({ status }) => status === 'failed') ? 1 : 0);
}

function summed(files, leastFailed) {
  const sum = (of) => files.reduce((all, file) => all + of(file), 0);
  return {
    files,
    passed: sum((file) => file.passed),
    failed: Math.max(
      leastFailed,
      sum((file) => file.failed),
    ),
    skipped: sum((file) => file.skipped),
    lines: files.flatMap(({ lines }) => lines),
  };
}

function fileOf({ name, status, message, assertionResults }) {
  const file = relative(join(root, 'test'), name);
  const count = (...states) => assertionResults.filter((test) => states.includes(test.status)).length;
  const lines = assertionResults
    .filter((test) => test.failureMessages.length > 0)
    .map((test) => {
      const word = test.status === 'passed' ? 'RETRIED' : 'FAILED';
      return `${word} ${file}: ${test.fullName}: ${brief(test.failureMessages.join(' | '))}`;
    });
  const failed = count('failed');
  const whole = status === 'failed' && failed === 0;
  return {
    name: file,
    status,
    passed: count('passed'),
    // Its preparations failed: that is one failure, whatever was not run because of it.
    failed: whole ? 1 : failed,
    skipped: count('pending', 'skipped', 'todo', 'disabled'),
    lines: whole && lines.length === 0 ? [`FAILED ${file}: ${brief(message)}`] : lines,
  };
}
