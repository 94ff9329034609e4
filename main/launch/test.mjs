// `npm test`: system packages, build, every suite but the two of the appliance, and a last line "N passed, N failed".
// `npm run test:operations`, `test:appliance`, `test:whole`: the same of one of those, which boot guests or whole computers and take longer.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { build } from './build.mjs';
import { root, runPinned } from './node.mjs';
import { ensurePrograms } from './system-packages.mjs';

/**
 * A line for each test that failed or passed only when it was tried again, and for each file that failed as a whole: what the
 * end of a long log is read for.
 */
function troubles({ testResults }) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(root, name);
    const lines = assertionResults
      .filter((test) => test.failureMessages.length > 0)
      .map((test) => {
        const word = test.status === 'passed' ? 'RETRIED' : 'FAILED';
        return `${word} ${file}: ${test.fullName}: ${brief(test.failureMessages.join(' | '))}`;
      });
    return status === 'failed' && lines.length === 0 ? [`FAILED ${file}: ${brief(message)}`] : lines;
  });
}
const brief = (text) => text.replaceAll(/\s+/g, ' ').slice(0, 700);

const args = process.argv.slice(2);
const project = args[args.indexOf('--project') + 1];
const box = args.includes('--project') && project === 'box';
const appliance = ['appliance', 'whole'].includes(project);
const projects = args.includes('--project')
  ? []
  : ['appliance', 'whole', 'operations', 'box'].flatMap((name) => ['--project', `!${name}`]);

const missing = ensurePrograms([
  'qemu', 'qemuImg', 'ovmf', 'swtpm', 'xz', 'bzip2', 'chromium', 'kubectl', 'xorriso', 'e2fsck', 'fsckFat', 'sshd', 'strace', 'busybox', 'shellcheck',
  'mtools', 'partitions', 'grubEditenv',
  ...(appliance ? ['mmdebstrap', 'ssh'] : []),
  ...(box ? ['mmdebstrap', 'mksquashfs', 'zstd', 'sbsign'] : []),
]); // prettier-ignore
if (missing.length > 0) process.exit(1);
await build();
const folder = mkdtempSync(join(tmpdir(), 'hearth-test-'));
const report = join(folder, 'report.json');
const code = await runPinned([
  join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', join(root, 'test/vitest.config.ts'),
  '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...projects, ...args,
]); // prettier-ignore
let passed = 0;
let failed = code === 0 ? 0 : 1;
let skipped = 0;
try {
  const summary = JSON.parse(readFileSync(report, 'utf8'));
  passed = summary.numPassedTests;
  failed = Math.max(failed, summary.numFailedTests);
  skipped = summary.numPendingTests + summary.numTodoTests;
  for (const line of troubles(summary)) console.log(line);
} catch (error) {
  console.error(`The test report could not be read: ${error.message}`);
  failed = Math.max(failed, 1);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
