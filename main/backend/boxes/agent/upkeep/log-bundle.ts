import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { asProblem } from '../../../../contract/problem.ts';
import { createRedactor } from '../../../redact/redact.ts';
import type { Redactor } from '../../../redact/redact.ts';
import { writeBundle } from '../../../support/bundle.ts';
import type { BundleFile } from '../../../support/bundle.ts';
import { readJournal } from './journal.ts';
import type { Run } from './parts.ts';
import type { RunningSystem } from './running.ts';

export interface LogBundleParts {
  run: Run;
  root: string;
  running: RunningSystem;
  /** What the agent knows. */
  state: () => unknown;
  now: () => Date;
  signal?: AbortSignal;
}

/** What other programs say of the system; each within 20 s and 1 MiB. */
const commands: readonly [path: string, what: string, argv: readonly string[]][] = [
  ['units.txt', 'Units that are loaded', ['systemctl', 'list-units', '--all', '--no-pager', '--full', '--plain']],
  ['units-failed.txt', 'Units that failed', ['systemctl', 'status', '--failed', '--no-pager', '--full', '--lines=30']],
  ['boots.txt', 'Starts that the journal knows', ['journalctl', '--list-boots', '--no-pager']],
  ['disks.json', 'Disks and what is mounted', ['lsblk', '-J', '-b', '-O']],
  ['mounts.txt', 'File systems', ['findmnt', '--real', '--df']],
  ['addresses.txt', 'Addresses', ['ip', '-details', 'address']],
  ['routes.txt', 'Routes', ['ip', 'route', 'show', 'table', 'all']],
  ['network.txt', 'What NetworkManager says', ['nmcli', '--terse', '--fields', 'all', 'device', 'show']],
  ['firewall.txt', 'Firewall', ['nft', 'list', 'ruleset']],
  ['pci.txt', 'Devices', ['lspci', '-nnk']],
  ['usb.txt', 'USB devices', ['lsusb']],
  ['packages.txt', 'Versions of packages', ['dpkg-query', '-W']],
  ['clock.txt', 'Clock', ['timedatectl', 'show']],
];
const files: readonly [path: string, what: string, from: string][] = [
  ['command-line.txt', 'Command line of the kernel', 'proc/cmdline'],
  ['os-release.txt', 'System', 'etc/os-release'],
  ['start-check.txt', 'What the check of the data partition said at the start', 'run/hearth/fsck.log'],
  ['bootenv.txt', 'Which system starts', 'run/hearth/medium/hearth/bootenv'],
];
/** Files whose values must not be in the bundle, wherever they turn up. Whole small files, and `name=value` lines of others. */
const secretFiles = [
  'var/lib/rancher/k3s/server/token',
  'var/lib/rancher/k3s/server/node-token',
  'var/lib/rancher/k3s/server/agent-token',
  'var/lib/rancher/k3s/agent/node-password',
  'etc/rancher/node/password',
];
const secretFolders = ['etc/NetworkManager/system-connections', 'etc/rancher/k3s'];

/** Writes the bundle, whole or not at all. What cannot be read is told in its place. */
export async function writeLogBundle(path: string, parts: LogBundleParts): Promise<void> {
  const collected = await collectLogs(parts);
  await writeBundle(path, `hearth-box-${parts.now().toISOString().slice(0, 10)}`, collected, parts.signal);
}

/** The files of the bundle but the journal, secrets taken out. */
export async function systemFiles(parts: LogBundleParts, redactor = createRedactor()): Promise<BundleFile[]> {
  const { run, root, running, signal } = parts;
  await learnSecrets(root, redactor);
  const found: BundleFile[] = [];
  const add = (name: string, what: string, text: string): void => {
    const before = redactor.count;
    const clean = redactor.text(text);
    found.push({ path: name, what, text: clean, size: Buffer.byteLength(clean), redactions: redactor.count - before });
  };
  const state = redactor.object(parts.state());
  add('versions.json', 'Version of the box', json({ made: parts.now().toISOString(), running, node: process.version }));
  add('state.json', 'What the agent knows', json(state));
  for (const [name, what, from] of files) {
    const text = await readFile(join(root, from), 'utf8').catch(() => undefined);
    if (text !== undefined) add(name, what, text);
  }
  const answers = await Promise.all(commands.map(([, , argv]) => said(run, argv, signal)));
  for (const [index, [name, what]] of commands.entries()) add(name, what, answers[index] ?? '');
  return found;
}

/** The files of the bundle, secrets taken out. */
export async function collectLogs(parts: LogBundleParts): Promise<BundleFile[]> {
  const { run, signal } = parts;
  const redactor = createRedactor();
  const found = await systemFiles(parts, redactor);
  // Of this start whole, of all starts the end: a start that failed stands there.
  for (const [name, what, query] of [
    ['journal.txt', 'Journal of this start', { lines: 20_000, boot: '0' }],
    ['journal-before.txt', 'Journal of all starts', { lines: 10_000 }],
  ] as const) {
    signal?.throwIfAborted();
    const before = redactor.count;
    const { lines, problem } = await readJournal(run, { ...query, limit: 8 * 1024 * 1024, redactor });
    const text = [...lines.map((line) => `${line.at} ${line.unit}: ${line.text}`), ...(problem ? [json(problem)] : [])].join('\n'); // prettier-ignore
    found.push({ path: name, what, text: `${text}\n`, size: Buffer.byteLength(text) + 1, redactions: redactor.count - before }); // prettier-ignore
  }
  return found;
}

const json = (value: unknown): string => `${JSON.stringify(value ?? null, undefined, 2)}\n`;

async function said(run: Run, argv: readonly string[], signal?: AbortSignal): Promise<string> {
  try {
    const { code, stdout, stderr, timedOut } = await run(argv, { timeoutMs: 20_000, limit: 1024 * 1024, ...(signal && { signal }) }); // prettier-ignore
    const end = timedOut ? '\n(it took too long)\n' : code === 0 ? '' : `\n(exit code ${code ?? 'none'})\n`;
    return `${stdout}${stderr}${end}`;
  } catch (error) {
    signal?.throwIfAborted();
    return `${asProblem(error).detail}\n`;
  }
}

async function learnSecrets(root: string, redactor: Redactor): Promise<void> {
  for (const file of secretFiles) {
    const text = await readFile(join(root, file), 'utf8').catch(() => '');
    for (const line of text.split('\n')) {
      redactor.learnValue(line.trim());
      // Of `K10HASH::server:SECRET` the last part is used alone as well.
      redactor.learnValue(line.trim().split(':').at(-1) ?? '');
    }
  }
  for (const folder of secretFolders)
    for (const name of await readdir(join(root, folder)).catch(() => [])) {
      const text = await readFile(join(root, folder, name), 'utf8').catch(() => '');
      redactor.learn({ text });
      for (const [, value] of text.matchAll(/^\s*(?:psk|password|secret|private-key|[\w-]*token)\s*[=:]\s*["']?(.+?)["']?\s*$/gim))
        if (value) redactor.learnValue(value);
    }
} // prettier-ignore
