import { createHash, createPrivateKey, sign } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { parse, stringify } from 'yaml';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import { statementFile } from '../../desktop/updates/feed.ts';
import type { UpdateInfo } from '../../desktop/updates/feed.ts';

const usage = `npm run package:feed -- --folder FOLDER [--staging 1-100] [--sums]

Makes a folder of packages a feed of updates: each channel file (latest.yml, beta-linux.yml ...) is compared with the packages it
names, gets the share of computers that are offered it (--staging, in percent; without it the share stays as it is, and is all in
a new one), and a signed statement beside it.
The key (Ed25519, PEM) is read from HEARTH_UPDATE_SIGNING_KEY. --sums also writes SHA256SUMS of all files.`;

/** The statement of one version, signed: see signedInfo in main/desktop/updates/feed.ts. Throws for a key of another kind. */
export function signedStatement(info: UpdateInfo, keyPem: string): string {
  const key = createPrivateKey(keyPem);
  if (key.asymmetricKeyType !== 'ed25519') throw new RangeError('the key is not an Ed25519 key');
  const { version, stagingPercentage } = info;
  const files = info.files.map(({ url, sha512, size }) => ({ url, sha512, ...(size !== undefined && { size }) }));
  const statement = JSON.stringify({ version, files, ...(stagingPercentage !== undefined && { stagingPercentage }) });
  return `${sign(null, Buffer.from(statement), key).toString('base64')}\n${statement}`;
}

/** A channel file with another share; 100 takes it away, undefined leaves it. Pure. */
export function staged(text: string, percent: number | undefined): { text: string; info: UpdateInfo } {
  const read = parse(text) as UpdateInfo & { stagingPercentage?: number };
  const { stagingPercentage: before, ...rest } = read;
  const share = percent ?? before ?? 100;
  const info = share >= 100 ? rest : { ...rest, stagingPercentage: share };
  return { text: stringify(info, { lineWidth: 0 }), info };
}

async function hashed(path: string, algorithm: string, encoding: 'base64' | 'hex'): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path), hash);
  return hash.digest(encoding);
}

/** Signs every channel file of a folder. Returns their names. Throws the Problem `feed-wrong` where one names what is not there. */
export async function signFeed(
  folder: string,
  options: { key: string; percent?: number | undefined },
): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /^(latest|beta)(-linux|-linux-arm64|-mac)?\.yml$/.test(name)).toSorted(); // prettier-ignore
  if (names.length === 0) throw wrong(`There is no channel file (latest.yml ...) in ${folder}.`);
  for (const name of names) {
    const { text, info } = staged(await readFile(join(folder, name), 'utf8'), options.percent);
    for (const { url, sha512, size } of info.files) {
      const path = join(folder, url);
      const found = await stat(path).catch(() => undefined);
      if (!found) throw wrong(`${name} names ${url}, which is not in ${folder}.`);
      if ((size !== undefined && size !== found.size) || (await hashed(path, 'sha512', 'base64')) !== sha512)
        throw wrong(`${url} is not the file that ${name} names.`);
    }
    await writeFile(join(folder, name), text);
    await writeFile(join(folder, statementFile(name)), signedStatement(info, options.key));
  }
  return names;
}

const wrong = (detail: string): ProblemError =>
  new ProblemError({ code: 'feed-wrong', title: 'This folder is no feed', detail, fix: 'Pack anew with npm run package:desktop.' }); // prettier-ignore

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      folder: { type: 'string' },
      staging: { type: 'string' },
      sums: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { folder, staging } = values;
  const key = process.env['HEARTH_UPDATE_SIGNING_KEY'] ?? '';
  if (values.help || folder === undefined || !/^([1-9]\d?|100)?$/.test(staging ?? '')) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  if (key !== '')
    for (const name of await signFeed(folder, { key, percent: staging === undefined ? undefined : Number(staging) })) console.log(`signed ${name}`); // prettier-ignore
  else
    console.error('HEARTH_UPDATE_SIGNING_KEY is not set: nothing was signed, and no Hearth takes an update from here.');
  if (values.sums) {
    const names = (await readdir(folder)).filter((name) => name !== 'SHA256SUMS' && !name.startsWith('.')).toSorted();
    const lines: string[] = [];
    for (const name of names)
      if ((await stat(join(folder, name))).isFile()) lines.push(`${await hashed(join(folder, name), 'sha256', 'hex')}  ${name}\n`); // prettier-ignore
    await writeFile(join(folder, 'SHA256SUMS'), lines.join(''));
  }
  return 0;
}

if (process.argv[1] === import.meta.filename)
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    const problem = asProblem(error);
    console.error(`${problem.title}: ${problem.detail}`);
    process.exitCode = 1;
  }
