import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { transformWithOxc } from 'vite';
import { pageHeaders } from '../../../main/contract/page-headers.ts';
import type { Finding, Scan } from './judge.ts';

const run = promisify(execFile);
export const root = join(import.meta.dirname, '../../..');
const tools = join(import.meta.dirname, 'tools');
const fromTools = createRequire(join(tools, 'package.json'));
const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
/** Milliseconds. */
const scanLimitMs = 600_000;
const networkLimitMs = 120_000;

/** Runs a program; its output and exit code, whatever that is. Throws when it cannot be started or takes too long. */
async function output(program: string, args: readonly string[], limitMs: number, cwd = root): Promise<{ code: number; text: string; errors: string }> {
  try {
    const { stdout, stderr } = await run(program, args, { cwd, timeout: limitMs, maxBuffer: 64 * 1024 * 1024 });
    return { code: 0, text: stdout, errors: stderr };
  } catch (error) {
    const failed = error as { code?: unknown; stdout?: string; stderr?: string; killed?: boolean };
    if (typeof failed.code !== 'number' || failed.killed) throw error;
    return { code: failed.code, text: failed.stdout ?? '', errors: failed.stderr ?? '' };
  }
} // prettier-ignore

interface Sarif {
  runs: {
    results: {
      ruleId: string;
      message: { text: string };
      locations: { physicalLocation: { artifactLocation: { uri: string }; region?: { startLine?: number } } }[];
    }[];
  }[];
}

/** Doyensec's Electronegativity on what is packed into the app: the window's process, its preload, the pages, package.json. */
export async function electronegativity(): Promise<Scan> {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-scan-'));
  try {
    const app = join(folder, 'app');
    mkdirSync(join(app, 'out/main'), { recursive: true });
    for (const path of ['package.json', 'out/main/desktop.js', 'out/preload', 'out/renderer'])
      cpSync(join(root, path), join(app, path), { recursive: true });
    // It reads no .cjs, and no private fields: those are written in an older way for it.
    renameSync(join(app, 'out/preload/preload.cjs'), join(app, 'out/preload/preload.js'));
    for (const path of ['out/main/desktop.js', 'out/preload/preload.js']) {
      const { code } = await transformWithOxc(readFileSync(join(app, path), 'utf8'), join(app, path), { target: 'es2020', sourcemap: false }); // prettier-ignore
      writeFileSync(join(app, path), code);
    }
    const report = join(folder, 'report.sarif');
    const { electron } = (json(join(root, 'package.json')) as { devDependencies: Record<string, string> }).devDependencies; // prettier-ignore
    const program = join(tools, 'node_modules/@doyensec/electronegativity/dist/index.js');
    const { text, errors } = await output(process.execPath, ['--require', join(import.meta.dirname, 'offline.cjs'), program, '-i', app, '-o', report, '-e', electron ?? '', '-r', '-x', 'availablesecurityfixesglobalcheck'], scanLimitMs, folder); // prettier-ignore
    let read: Sarif;
    try {
      read = json(report) as Sarif;
    } catch {
      throw new Error(`Electronegativity wrote no report:\n${(text + errors).slice(-2000)}`);
    }
    const findings = read.runs.flatMap(({ results }) =>
      results.map(({ ruleId, message, locations: [at] }): Finding => {
        const { artifactLocation, region } = at?.physicalLocation ?? { artifactLocation: { uri: 'N/A' } };
        const path = artifactLocation.uri.replace(/^file:\/\//, '').replace(app, '').replace(/^\//, ''); // prettier-ignore
        return { id: ruleId, where: withoutHash(path), text: `${path}:${region?.startLine ?? 0}: ${message.text}` };
      }),
    );
    // A file that it cannot read is one that it finds nothing in.
    const unread = [...(text + errors).matchAll(/Error parsing (\S+)/g)].map(([, path = '']) =>
      path.replace(`${app}/`, ''),
    );
    return { findings: [...findings, ...unread.map((path) => ({ id: 'UNREAD', where: withoutHash(path), text: `${path} could not be parsed` }))] }; // prettier-ignore
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Names of the build without the part that changes with its content. */
const withoutHash = (path: string): string => path.replace(/-[\w-]{8}(\.\w+)$/, '$1');

interface CspFinding {
  description: string;
  directive: string;
  value?: string;
  severity: number;
}

/** Google's CSP Evaluator on the policy that is sent with every file, and on the one in the page. */
export async function contentSecurityPolicy(): Promise<Scan> {
  const { CspEvaluator } = fromTools('csp_evaluator/dist/evaluator.js') as { CspEvaluator: new (csp: unknown) => { evaluate(): CspFinding[] } }; // prettier-ignore
  const { CspParser } = fromTools('csp_evaluator/dist/parser.js') as { CspParser: new (text: string) => { csp: unknown } }; // prettier-ignore
  const page = readFileSync(join(root, 'renderer/index.html'), 'utf8');
  const [, inPage = ''] = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(page) ?? [];
  const policies = { 'page-headers.ts': pageHeaders['content-security-policy'] ?? '', 'index.html': inPage };
  const findings = Object.entries(policies).flatMap(([where, policy]) =>
    new CspEvaluator(new CspParser(policy).csp).evaluate().map(({ description, directive, value }): Finding => ({
      id: value === undefined ? directive : `${directive} ${value}`,
      where,
      text: description.replaceAll(/\s+/g, ' '),
    })),
  ); // prettier-ignore
  return Promise.resolve({ findings });
}

/** Every lock of the project. */
export const locks = ['.', 'main/launch/package/tools', 'test/security/scan/tools'] as const;

/** lockfile-lint: packages come from npm's registry, over TLS, with checksums, under their own names. */
export async function lockfiles(): Promise<Scan> {
  const program = fromTools.resolve('lockfile-lint/bin/lockfile-lint.js');
  const findings: Finding[] = [];
  for (const folder of locks) {
    const path = join(folder, 'package-lock.json');
    const args = ['--path', path, '--type', 'npm', '--allowed-hosts', 'npm', '--validate-https', '--validate-integrity', '--validate-package-names', '--format', 'plain']; // prettier-ignore
    const { code, text, errors } = await output(process.execPath, [program, ...args], scanLimitMs);
    const said = `${text}\n${errors}`.split('\n').map((line) => line.trim()).filter((line) => line !== ''); // prettier-ignore
    const wrong = said.filter((line) => /detected invalid|error/i.test(line));
    if (code !== 0 && wrong.length === 0) throw new Error(`lockfile-lint failed:\n${said.join('\n').slice(-2000)}`);
    if (code !== 0) findings.push(...wrong.map((line) => ({ id: line.slice(0, 160), where: path, text: line })));
  }
  return { findings };
}

/** Signatures of the registry on every package that is installed. Needs the registry and its keys. */
export async function signatures(): Promise<Scan> {
  const { text, errors } = await output(npm, ['audit', 'signatures', '--json'], networkLimitMs).catch(tooLong);
  const read = asJson(text) as { invalid?: Signed[]; missing?: Signed[]; error?: { summary?: string; code?: string } } | undefined; // prettier-ignore
  if (!read?.invalid || !read.missing) return { notRun: reason(read?.error?.summary ?? read?.error?.code ?? errors) };
  const of = (id: string, packages: readonly Signed[]): Finding[] =>
    packages.map(({ name, version }) => ({ id, where: name, text: `${name}@${version}: ${id} signature` }));
  return { findings: [...of('invalid', read.invalid), ...of('missing', read.missing)] };
}
interface Signed {
  name: string;
  version: string;
}

/** Known weaknesses of the packages that are shipped. Needs the registry. */
export async function advisories(): Promise<Scan> {
  const { text, errors } = await output(npm, ['audit', '--omit=dev', '--json'], networkLimitMs).catch(tooLong);
  const read = asJson(text) as { vulnerabilities?: Record<string, { severity: string; via: (string | { title: string; url: string })[] }>; message?: string } | undefined; // prettier-ignore
  if (!read?.vulnerabilities) return { notRun: reason(read?.message ?? errors) };
  const findings = Object.entries(read.vulnerabilities).flatMap(([name, { severity, via }]) =>
    via.filter((each) => typeof each !== 'string').map(({ title, url }): Finding => ({ id: basename(url), where: name, text: `${severity}: ${title} (${url})` })),
  ); // prettier-ignore
  return { findings };
}

/** Whether Electron is the newest stable one. Needs the registry. */
export async function currentElectron(): Promise<Scan> {
  const { code, text, errors } = await output(npm, ['view', 'electron@latest', 'version'], networkLimitMs).catch(tooLong); // prettier-ignore
  const newest = text.trim();
  if (code !== 0 || !/^\d+\.\d+\.\d+$/.test(newest)) return { notRun: reason(errors) };
  const { devDependencies } = json(join(root, 'package.json')) as { devDependencies: Record<string, string> };
  const pinned = devDependencies['electron'] ?? '';
  return { findings: pinned === newest ? [] : [{ id: newest, where: 'package.json', text: `Electron ${newest} is out; ${pinned} is pinned.` }] }; // prettier-ignore
}

const tooLong = (): { code: number; text: string; errors: string } => ({
  code: 1,
  text: '',
  errors: 'npm did not answer in time',
});
const reason = (text: string): string => {
  const line = text.split('\n').map((each) => each.trim()).find((each) => each !== '' && !/^npm warn/i.test(each)); // prettier-ignore
  return `the registry cannot be asked here (${(line ?? 'no answer').slice(0, 200)})`;
};
function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Files of triage that no scanner has. */
export const strayTriage = (names: readonly string[]): string[] =>
  readdirSync(join(import.meta.dirname, 'triage'))
    .filter((name) => !names.includes(basename(name, '.json')))
    .map((name) => relative(root, join(import.meta.dirname, 'triage', name)));
