import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { stringify } from 'yaml';
import type { SupportFile } from '../../contract/support.ts';
import { asProblem } from '../../contract/problem.ts';
import type { DataPaths } from '../paths.ts';
import { createRedactor } from '../redact/redact.ts';
import type { KubeClient } from '../target/client.ts';
import { objectSources } from './objects.ts';
import { fileSources, learnFiles, learnKubeconfig } from './sources.ts';
import type { Source } from './sources.ts';

export interface BundleTarget {
  id: string;
  kubeconfig: string;
  /** What is known of it (its state and capabilities). */
  state: unknown;
  client?: KubeClient;
}
export interface BundleSources {
  paths: DataPaths;
  /** Versions, ports, uptime. */
  info: unknown;
  hostReport: () => Promise<unknown>;
  targets: readonly BundleTarget[];
  /** Values that are secret and stand in none of the documents. */
  secrets: readonly string[];
}
/** A file with its secrets taken out. */
export interface BundleFile extends SupportFile {
  text: string;
}

/** Variables of the environment that say how Hearth was started; others are told by name alone. */
const shownVariables = /^(?:HEARTH_\w+|XDG_\w+|LANG|LC_\w+|NODE_OPTIONS|PATH|HOME|SHELL|TERM|DISPLAY|WAYLAND_DISPLAY|KUBECONFIG|no_proxy|NO_PROXY|https?_proxy|HTTPS?_PROXY)$/; // prettier-ignore
const environment = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [name, shownVariables.test(name) ? (value ?? '') : '(set; not shown)'])); // prettier-ignore

/**
 * Gathers everything, then takes the secrets out: first what is secret by its place is learned from all documents, then
 * each document loses what is secret by its place, by its looks, and wherever a learned value stands.
 */
export async function collect(
  sources: BundleSources,
  step: (title: string) => void = () => undefined,
): Promise<BundleFile[]> {
  const { paths, targets } = sources;
  const redactor = createRedactor();
  for (const secret of sources.secrets) redactor.learnValue(secret);
  step('Look at this computer');
  const all: Source[] = [
    { path: 'versions.json', what: 'Versions, process, ports', content: { object: { made: new Date().toISOString(), info: sources.info, versions: process.versions, platform: process.platform, arch: process.arch }, as: 'json' } },
    { path: 'environment.json', what: 'Environment (values of a few variables only)', content: { object: environment(process.env), as: 'json' } },
    { path: 'host.json', what: 'Report of this computer: checks, accelerator trial', content: { object: await sources.hostReport().catch((error: unknown) => asProblem(error)), as: 'json' } },
  ]; // prettier-ignore
  for (const target of targets) {
    const folder = `targets/${target.id.replaceAll(/[^\w.-]/g, '_')}`;
    await learnKubeconfig(target.kubeconfig, redactor);
    all.push({ path: `${folder}/target.json`, what: 'State of the target and what it can do', content: { object: target.state, as: 'json' } }); // prettier-ignore
    if (!target.client) continue;
    step(`Read the objects of ${target.id}`);
    try {
      all.push(...(await objectSources(target.client, folder)));
    } catch (error) {
      all.push({ path: `${folder}/objects.json`, what: 'Why its objects could not be read', content: { object: asProblem(error), as: 'json' } }); // prettier-ignore
    }
  }
  step('Read files and logs');
  await learnFiles(paths, redactor);
  all.push(...(await fileSources(paths)));
  step('Take secrets out');
  for (const { content } of all) if ('object' in content) redactor.learn(content.object);
  return all.map(({ path, what, content }) => {
    const before = redactor.count;
    const text =
      'text' in content
        ? redactor.text(content.text)
        : content.as === 'json'
          ? `${JSON.stringify(redactor.object(content.object), undefined, 2)}\n`
          : yamlOf(redactor.object(content.object));
    return {
      path: redactor.text(path),
      what,
      text,
      size: Buffer.byteLength(text),
      redactions: redactor.count - before,
    };
  });
}

const yamlOf = (value: unknown): string =>
  (Array.isArray(value) ? value : [value])
    .map((each: unknown) => `---\n${stringify(each, { lineWidth: 0, aliasDuplicateObjects: false })}`)
    .join('');

/** What the person who gets it reads first. Pure. */
export const readme = (files: readonly SupportFile[]): string =>
  [
    'A support bundle of Hearth.',
    '',
    `Secrets were taken out (${files.reduce((sum, { redactions }) => sum + redactions, 0)} places, marked [redacted]): values of Secret objects, cloud-init`,
    'data, passwords, tokens, keys, credentials in addresses. Names of machines, images and computers, and addresses, stay.',
    '',
    ...files.map(({ path, what, size }) => `${path}  (${size} bytes)  ${what}`),
    '',
  ].join('\n');

/** Writes the archive whole or not at all. `signal` ends it; nothing is left then. */
export async function writeBundle(
  path: string,
  name: string,
  files: readonly BundleFile[],
  signal?: AbortSignal,
): Promise<void> {
  const archive = pack();
  const mtime = new Date();
  for (const file of [{ path: 'README.txt', text: readme(files) }, ...files])
    archive.entry({ name: `${name}/${file.path}`, mode: 0o600, mtime }, file.text);
  archive.finalize();
  const temporary = `${path}.part`;
  try {
    await pipeline(
      archive,
      createGzip(),
      createWriteStream(temporary, { mode: 0o600 }),
      ...(signal ? [{ signal }] : []),
    );
    const written = await open(temporary, 'r');
    await written.sync();
    await written.close();
    await rename(temporary, path);
    const folder = await open(dirname(path), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
