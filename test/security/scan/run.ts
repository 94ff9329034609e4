import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { judge, readTriage } from './judge.ts';
import type { Scan } from './judge.ts';
import { advisories, contentSecurityPolicy, currentElectron, electronegativity, lockfiles, signatures, strayTriage } from './scanners.ts'; // prettier-ignore

// `npm run scan`: scanners of others on what is built. What they find and nobody has accepted (triage/*.json) fails.
// Those that need the registry say so where it cannot be asked, and do not fail; `--online` makes that a failure.
const scanners: Record<string, () => Promise<Scan>> = {
  electronegativity,
  'content-security-policy': contentSecurityPolicy,
  lockfiles,
  signatures,
  advisories,
  'current-electron': currentElectron,
};

const online = process.argv.includes('--online');
const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith('-'));
const unknown = wanted.filter((name) => !(name in scanners));
if (unknown.length > 0) {
  console.error(`There is no scanner ${unknown.join(', ')}. There are: ${Object.keys(scanners).join(', ')}.`);
  process.exit(2);
}
let failed = 0;
for (const path of strayTriage(Object.keys(scanners))) {
  failed += 1;
  console.log(`${path} is of no scanner: remove it.`);
}
for (const [name, scan] of Object.entries(scanners)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const file = join(import.meta.dirname, 'triage', `${name}.json`);
  const result = await scan();
  if ('notRun' in result) {
    console.log(`${name}: not run, ${result.notRun}`);
    if (online) failed += 1;
    continue;
  }
  const { fresh, accepted, stale } = judge(result.findings, readTriage(readFileSync(file, 'utf8')));
  console.log(`${name}: ${fresh.length} new, ${accepted} accepted`);
  for (const { id, where, text } of fresh) console.log(`  NEW ${id} | ${where} | ${text.slice(0, 300)}`);
  for (const { id, where } of stale) console.log(`  GONE ${id} | ${where}: found less often than accepted, correct ${file}`); // prettier-ignore
  failed += fresh.length + stale.length;
}
process.exitCode = failed > 0 ? 1 : 0;
