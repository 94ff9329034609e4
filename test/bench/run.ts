// Every figure beside the bare tool's, in the same run on the same machine. Not a test: it judges nothing.
import os from 'node:os';
import { join } from 'node:path';
import { readdirSync } from 'node:fs';
import type { Figure } from './figures.ts';
import { line } from './figures.ts';

const folder = join(import.meta.dirname, 'cases');
const wanted = process.argv.slice(2);
const names = readdirSync(folder).filter((name) => name.endsWith('.ts')).map((name) => name.replace('.ts', '')).filter((name) => wanted.length === 0 || wanted.includes(name)); // prettier-ignore

console.log(
  `${os.cpus()[0]?.model}, ${os.availableParallelism()} threads, load ${os.loadavg()[0]?.toFixed(1)}, Node ${process.version}`,
);
let failures = 0;
for (const name of names) {
  console.log(`\n${name}`);
  try {
    const { measure } = (await import(join(folder, `${name}.ts`))) as { measure: () => Promise<Figure[]> };
    for (const figure of await measure()) console.log(line(figure));
  } catch (error) {
    failures += 1;
    console.log(`     could not be measured: ${error instanceof Error ? error.stack : String(error)}`);
  }
}
process.exit(failures > 0 ? 1 : 0);
