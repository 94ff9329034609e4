import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseFacts } from '../../../provisioning/preflight/parse.ts';

const script = join(import.meta.dirname, '../../../provisioning/preflight/facts.sh');
const text = readFileSync(script, 'utf8');
const there = (program: string): boolean => spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program]).status === 0;
const run = (argv: readonly string[], env: NodeJS.ProcessEnv = process.env) =>
  spawnSync(argv[0] ?? '', argv.slice(1), { input: text, encoding: 'utf8', env, timeout: 30_000, maxBuffer: 2 ** 24 });

const opening = ['open', 'openat', 'creat'];
const changing = [
  'unlink', 'unlinkat', 'rename', 'renameat', 'renameat2', 'mkdir', 'mkdirat', 'rmdir', 'link', 'linkat', 'symlink', 'symlinkat',
  'chmod', 'fchmod', 'fchmodat', 'chown', 'lchown', 'fchown', 'fchownat', 'setxattr', 'truncate', 'mount', 'umount2',
  'init_module', 'finit_module', 'delete_module', 'sethostname', 'settimeofday', 'clock_settime', 'clock_adjtime',
]; // prettier-ignore

describe('the collecting script', () => {
  it('passes shellcheck', () => {
    const { status, stdout } = spawnSync('shellcheck', ['-s', 'sh', script], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  it.each([
    ['sh', ['sh', '-s']],
    ['dash', ['dash', '-s']],
    ['bash', ['bash', '--posix', '-s']],
    ['busybox', ['busybox', 'sh', '-s']],
  ])('runs under %s, whole and with every section', (shell, argv) => {
    if (!there(shell)) throw new Error(`${shell} is not here`);
    const { status, stdout, stderr } = run(argv);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const facts = parseFacts(stdout);
    expect(facts.complete).toBe(true);
    expect(stdout.match(/^@begin /gm)?.length).toBe(stdout.match(/^@end /gm)?.length);
    expect(facts.system.kernel).toBe(spawnSync('uname', ['-r'], { encoding: 'utf8' }).stdout.trim());
    expect(facts.system.memory).toBeGreaterThan(2 ** 28);
    expect(facts.storage.syncs.length).toBeGreaterThan(0);
    expect(facts.storage.fileSystems.some((entry) => entry.folder === '/')).toBe(true);
  });

  it('runs on a system where nearly every program is missing', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hearth-bare-'));
    try {
      // Only what busybox itself brings; PATH is extended by the script, so its own tail is taken away here.
      const bare = text.replace(/^PATH=.*$/m, `PATH=${folder}`);
      expect(bare).not.toBe(text);
      const names = ['uname', 'id', 'cat', 'head', 'tr', 'sed', 'grep', 'test', 'cut', 'sort'];
      spawnSync('busybox', [
        'sh',
        '-c',
        `for n in ${names.join(' ')}; do ln -s "$(command -v busybox)" "${folder}/$n"; done`,
      ]);
      const { status, stdout } = spawnSync('/bin/busybox', ['sh', '-s'], {
        input: bare,
        encoding: 'utf8',
        timeout: 30_000,
      });
      expect(status).toBe(0);
      const facts = parseFacts(stdout);
      expect(facts.complete).toBe(true);
      expect(facts.system.arch).not.toBe('');
      expect(facts.storage.syncs).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('does nothing when only a part of it arrived', () => {
    const { stdout } = spawnSync('sh', ['-s'], { input: text.slice(0, text.lastIndexOf('main\n')), encoding: 'utf8' });
    expect(stdout).toBe('');
  });

  it('reads a ledger as the root helper writes it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hearth-ledger-'));
    const time = '2026-11-01T10:00:00Z';
    const step = (seq: number, ...rest: string[]): string[] => [
      'intent',
      `${seq}`,
      time,
      'install',
      ...rest,
      'before=absent',
    ];
    const lines = [
      ['hearth-ledger', '1'],
      step(1, 'claim-etc-rancher', 'claim', '/etc/rancher'),
      ['done', '1', time],
      step(2, 'handover', 'handover', '1000', '300'),
    ];
    const look = (entries: string[][]) => {
      writeFileSync(join(folder, 'ledger'), entries.map((entry) => `${entry.join('\t')}\n`).join(''));
      const { stdout } = spawnSync('sh', ['-s'], {
        input: text.replaceAll('/var/lib/hearth', folder),
        encoding: 'utf8',
      });
      return parseFacts(stdout).hearth;
    };
    try {
      expect(look(lines)).toMatchObject({
        folder: true,
        state: 'half',
        live: [
          { field: '/etc/rancher', done: true },
          { id: 'handover', done: false },
        ],
      });
      expect(look([...lines, ['done', '2', time]]).state).toBe('whole');
      expect(look([...lines, ['undone', '2', time], ['undone', '1', time]]).state).toBe('none');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('prints a bounded amount', () => {
    expect(run(['sh', '-s']).stdout.length).toBeLessThan(1024 * 1024);
  });

  it('looks at the folder it is told, or the nearest one above, and takes its name for nothing else', () => {
    const marker = join(tmpdir(), `hearth-injected-${process.pid}`);
    const volumes = `/var/lib/no; touch ${marker} $(touch ${marker})/hearth-volumes`;
    const { stdout } = run(['sh', '-s', '--', volumes]);
    expect(parseFacts(stdout).storage.volumes).toMatchObject({
      folder: volumes,
      mountedOn: expect.stringMatching(/^\//),
    });
    expect(existsSync(marker)).toBe(false);
  });
});

const ordinary = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs'];
const users: [string, string[]][] = [['as this user', []]];
if (process.getuid?.() === 0) users.push(['as an ordinary user', ordinary]);
describe.each(users)('what it changes %s', (_name, prefix) => {
  let trace: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'hearth-trace-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(() => {
    const log = join(folder, 'trace');
    const calls = [...opening, ...changing, 'connect'];
    // A name with ? in front is passed over where the kernel has no such call.
    const known = calls.map((name) => `?${name}`).join(',');
    const result = run(['strace', '-f', '-qq', '-o', log, '-e', `trace=${known}`, ...prefix, 'sh', '-s']);
    if (!parseFacts(result.stdout).complete) throw new Error(result.stderr);
    trace = readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => !/= -1 /.test(line));
  });
  const own = /^\/var\/tmp\/hearth-preflight\.\w+$/;
  const path = (line: string): string => /"([^"]*)"/.exec(line)?.[1] ?? line;

  it('is one file of its own in /var/tmp, and that is gone', () => {
    const wrote = new Set(trace.filter((line) => /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|creat\(/.test(line)).map(path));
    expect([...wrote].filter((entry) => !['/dev/null', '/dev/tty'].includes(entry) && !own.test(entry))).toEqual([]);
    const files = [...wrote].filter((entry) => own.test(entry));
    expect(files).toHaveLength(1);
    expect(files.filter((file) => existsSync(file))).toEqual([]);
  });

  it('is no name, mode, mount, module or clock', () => {
    // Its own file is removed: the trace is no empty one.
    const made = trace.filter((line) => changing.some((name) => line.includes(` ${name}(`)));
    expect(made.filter((line) => own.test(path(line))).length).toBeGreaterThan(0);
    expect(made.filter((line) => !own.test(path(line)))).toEqual([]);
  });

  it('reaches no other computer', () => {
    // Daemons of this computer are asked over Unix sockets; name servers only for the computer's own name.
    const out = trace.filter((line) => /\bconnect\(.*AF_INET6?\b/.test(line) && !/htons\((53|0)\)/.test(line));
    expect(out).toEqual([]);
  });
});
