import { parseArgs } from 'node:util';
import { resolve } from 'node:path';
import { asProblem } from '../contract/problem.ts';
import { buildImage } from '../backend/boxes/image/build.ts';
import { releases } from '../backend/boxes/image/build-types.ts';
import type { BuildOptions, BuildStep } from '../backend/boxes/image/build-types.ts';

const usage = `npm run box:build -- [--out FOLDER] [--key FILE] [--bundle FILE] [--release ${releases.join('|')}]
  [--mirror URL] [--cache FOLDER] [--version VERSION] [--kernel-arguments WORDS] [--fresh]

Builds the image of a box from Debian packages: OUT/hearth-box-VERSION.img and its .json, .packages and .report.json.
Runs as root, or as a user with user namespaces. OUT is "box" in this folder unless told.`;

/** `npm run box:build`: the build with its progress as lines on stderr. Returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      out: { type: 'string', default: 'box' },
      key: { type: 'string' },
      bundle: { type: 'string' },
      release: { type: 'string' },
      mirror: { type: 'string' },
      cache: { type: 'string' },
      version: { type: 'string' },
      'kernel-arguments': { type: 'string' },
      fresh: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const release = releases.find((each) => each === values.release);
  if (values.help || (values.release !== undefined && !release)) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const options: BuildOptions = {
    out: resolve(values.out),
    fresh: values.fresh,
    ...(values.key !== undefined && { key: resolve(values.key) }),
    ...(values.bundle !== undefined && { bundle: resolve(values.bundle) }),
    ...(release && { release }),
    ...(values.mirror !== undefined && { mirror: values.mirror }),
    ...(values.cache !== undefined && { cache: resolve(values.cache) }),
    ...(values.version !== undefined && { version: values.version }),
    ...(values['kernel-arguments'] !== undefined && { kernelArguments: values['kernel-arguments'] }),
  };
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  let last: BuildStep | undefined;
  const built = await buildImage(
    options,
    ({ step, detail, kept }) => {
      if (step !== last) console.error(`${step} ...`);
      last = step;
      if (kept) console.error('  kept from the last build');
      if (detail) console.error(`  ${detail}`);
    },
    stop.signal,
  );
  for (const [step, ms] of Object.entries(built.times)) console.error(`${(ms / 1000).toFixed(1).padStart(7)} s  ${step}`);
  console.log(`${built.image} ${built.size} bytes, sha256 ${built.sha256}`);
  return 0;
} // prettier-ignore

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const problem = asProblem(error);
  console.error(`${problem.title}: ${problem.detail}${problem.fix ? `\n${problem.fix}` : ''}`);
  for (const line of problem.output ?? []) console.error(`  ${line}`);
  process.exitCode = 1;
}
