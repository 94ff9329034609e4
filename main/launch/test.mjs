// `npm test`: system packages, build, every suite but the two of the appliance, and a last line "N passed, N failed".
// `npm run test:operations`, `test:appliance`, `test:whole`: the same of one of those, which boot guests or whole computers and take longer.
import { build } from './build.mjs';
import { ensurePrograms } from './system-packages.mjs';
import { flagsOf, joined, runSuite } from './test-run.mjs';

// `--once` (for CI, which does that itself): no second run of what failed, and a line of counts for each file.
const once = process.argv.includes('--once');
const args = process.argv.slice(2).filter((arg) => arg !== '--once');
const project = args[args.indexOf('--project') + 1];
const box = args.includes('--project') && project === 'box';
const operations = project === 'operations';
const appliance = ['appliance', 'whole'].includes(project);
/** More failed files than this are not the computer's fault; whole boxes take too long for a second run. */
const fewFiles = box || once ? 0 : 3;
const projects = args.includes('--project')
  ? []
  : ['appliance', 'whole', 'operations', 'box'].flatMap((name) => ['--project', `!${name}`]);

const missing = ensurePrograms([
  'qemu', 'qemuImg', 'ovmf', 'swtpm', 'xz', 'bzip2', 'chromium', 'kubectl', 'xorriso', 'e2fsck', 'fsckFat', 'sshd', 'strace', 'busybox', 'shellcheck',
  'mtools', 'partitions', 'grubEditenv',
  ...(appliance ? ['mmdebstrap', 'ssh'] : []),
  ...(operations ? ['mmdebstrap', 'dpkgDeb', 'appstream', 'desktopFileValidate', 'mimeInfo'] : []),
  ...(box ? ['mmdebstrap', 'mksquashfs', 'zstd', 'sbsign'] : []),
]); // prettier-ignore
if (missing.length > 0) process.exit(1);
await build();
const first = await runSuite({ projects, args });
// What a whole file failed for may be a busy computer, in the preparations of all its tests too: a few files get a second
// run on their own, and the report says so. What fails twice failed.
const again = first.files.filter(({ status }) => status === 'failed').map(({ name }) => name);
const second = again.length > 0 && again.length <= fewFiles ? await runSuite({ projects, args: [...flagsOf(args), ...again] }) : undefined; // prettier-ignore
const { files, passed, failed, skipped, lines } = second ? joined(first, second) : first;
if (once) for (const file of files) console.log(`COUNTED ${file.name}: ${file.passed} ${file.failed} ${file.skipped}`);
for (const line of lines) console.log(line);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
