import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bootstrapArgv } from '../../../../provisioning/bootstrap.ts';
import { parseLedger, undoInWords } from '../../../../provisioning/ledger.ts';
import type { RootAction, RootStep } from '../../../../provisioning/plan.ts';
import { contents, parseEvent, planText } from '../../../../provisioning/wire.ts';

const sha256 = 'b'.repeat(64);
const fileOf = () => ({ sha256, size: 12 });
const step = (id: string, action: RootAction): RootStep => ({ id, title: id, action });
const content = { from: 'text', text: 'hello' } as const;

describe('planText', () => {
  it('writes every kind as the helper reads it', () => {
    const steps = [
      step('a', { kind: 'dir', path: '/opt/bin', mode: '0755' }),
      step('b', { kind: 'claim', path: '/etc/rancher' }),
      step('c', { kind: 'file', path: '/usr/local/bin/k3s', mode: '0755', content }),
      step('d', { kind: 'modules', names: ['tun', 'overlay'] }),
      step('e', { kind: 'sysctl', key: 'kernel.panic', value: '10' }),
      step('f', { kind: 'enable', unit: 'k3s' }),
      step('g', { kind: 'wait-unit', unit: 'k3s', seconds: 60 }),
      step('h', { kind: 'handover', uid: 1000, seconds: 30 }),
      step('i', { kind: 'group', user: 'ada', group: 'kvm' }),
      step('j', { kind: 'firewall', tool: 'ufw', source: '10.42.0.0/16' }),
      step('k', { kind: 'pool-file', size: 1024 }),
      step('l', { kind: 'pool-disk', disk: '/dev/disk/by-id/x' }),
      step('m', { kind: 'backup', name: 'x' }),
      step('n', { kind: 'kill-pods' }),
      step('o', { kind: 'token', hours: 24 }),
    ];
    expect(planText('install', steps, fileOf).split('\n')).toEqual([
      'hearth-plan\t1\tinstall\t15',
      'step\ta\tdir\t0755\t/opt/bin',
      'step\tb\tclaim\t/etc/rancher',
      `step\tc\tfile\t0755\t12\t${sha256}\t/usr/local/bin/k3s`,
      'step\td\tmodules\ttun\toverlay',
      'step\te\tsysctl\tkernel.panic\t10',
      'step\tf\tenable\tk3s',
      'step\tg\twait-unit\tk3s\t60',
      'step\th\thandover\t1000\t30',
      'step\ti\tgroup\tada\tkvm',
      'step\tj\tfirewall\tufw\t10.42.0.0/16',
      'step\tk\tpool-file\t1024',
      'step\tl\tpool-disk\t/dev/disk/by-id/x',
      'step\tm\tbackup\tx',
      'step\tn\tkill-pods',
      'step\to\ttoken\t24',
      'end\t15',
      '',
    ]);
    expect(contents(steps)).toEqual([{ id: 'c', path: '/usr/local/bin/k3s', content }]);
  });

  it.each<[string, RootStep[]]>([
    ['a tab in a path', [step('a', { kind: 'claim', path: '/x\tfile' })]],
    ['a line end in a path', [step('a', { kind: 'claim', path: '/x\nstep\tb\tkill-pods' })]],
    ['a zero byte', [step('a', { kind: 'backup', name: 'x\u0000' })]],
    ['what is not ASCII', [step('a', { kind: 'claim', path: '/mnt/größe/hearth-volumes' })]],
    ['an empty field', [step('a', { kind: 'claim', path: '' })]],
    ['an id with a space', [step('a b', { kind: 'kill-pods' })]],
    ['an id that is too long', [step('a'.repeat(64), { kind: 'kill-pods' })]],
    ['an id twice', [step('a', { kind: 'kill-pods' }), step('a', { kind: 'kill-pods' })]],
    ['half a second', [step('a', { kind: 'wait-unit', unit: 'k3s', seconds: 0.5 })]],
    ['a size that is none', [step('a', { kind: 'pool-file', size: Number.NaN })]],
    ['nothing', []],
    ['too much', Array.from({ length: 501 }, (_, index) => step(`s${index}`, { kind: 'kill-pods' }))],
  ])('refuses %s', (_title, steps) => {
    expect(() => planText('install', steps, fileOf)).toThrow(RangeError);
  });
  it('refuses a purpose or hash that is none', () => {
    const file = step('a', { kind: 'file', path: '/x', mode: '0644', content });
    expect(() => planText('in\tstall', [file], fileOf)).toThrow(RangeError);
    expect(() => planText('install', [file], () => ({ sha256: '../../etc/passwd', size: 1 }))).toThrow(RangeError);
  });
});

describe('parseEvent', () => {
  it.each([
    '{"event":"hello","version":1,"purpose":"install","steps":31}',
    '{"event":"step","n":1,"id":"modules","state":"running","detail":"3 s"}',
    '{"event":"step","n":2,"id":"token","state":"done","value":"abc"}',
    '{"event":"step","n":3,"id":"x","state":"failed","code":"bad-file"}',
    '{"event":"log","level":"warning","text":"kept"}',
    '{"event":"end","ok":true}',
    '{"event":"end","ok":false,"failed":3,"id":"x","code":"stopped","text":"t"}',
  ])('reads %s', (line) => {
    expect(parseEvent(line)).toEqual(JSON.parse(line));
  });
  it.each([
    '',
    'null',
    '[]',
    '0',
    '"end"',
    '{',
    '{}',
    '{"event":"boom"}',
    '{"event":"hello","version":2,"purpose":"x","steps":1}',
    '{"event":"step","n":-1,"id":"x","state":"done"}',
    '{"event":"step","n":1,"id":"x","state":"exploded"}',
    '{"event":"end","ok":"true"}',
    '{"event":"log","level":"info","text":{"toString":1}}',
    '{"__proto__":{"event":"end"},"ok":true}',
    `{"event":"log","level":"info","text":"${'x'.repeat(70_000)}"}`,
    '['.repeat(60_000),
    'Password:',
  ])('takes no notice of a hostile line (%#)', (line) => {
    expect(parseEvent(line)).toBeUndefined();
  });
});

describe('the ledger', () => {
  const at = '2026-11-21T02:00:00Z';
  const intent = (seq: number, id: string, kind: string, fields: string[], before: string): string =>
    ['intent', seq, at, 'install', id, kind, ...fields, `before=${before}`].join('\t');
  const text = [
    'hearth-ledger\t1',
    'folder\t/var/lib/hearth',
    intent(1, 'sysctl-a', 'sysctl', ['kernel.panic', '10'], '0'),
    `done\t1\t${at}`,
    intent(2, 'k3s-config', 'file', ['0600', '900', sha256, '/etc/rancher/k3s/config.yaml'], 'absent:/etc/rancher'),
    `done\t2\t${at}`,
    intent(3, 'sysctl-file', 'file', ['0644', '9', sha256, '/etc/sysctl.d/90-hearth.conf'], `kept:${sha256}:0644:0:0`),
    `done\t3\t${at}`,
    intent(4, 'k3s-config', 'file', ['0600', '901', sha256, '/etc/rancher/k3s/config.yaml'], 'ours'),
    `done\t4\t${at}`,
    intent(5, 'volumes', 'claim', ['/var/lib/hearth/volumes'], 'absent:/var/lib/hearth/volumes'),
    intent(6, 'modules', 'modules', ['tun', 'overlay'], 'new:overlay'),
    `done\t6\t${at}`,
    intent(7, 'group', 'group', ['ada', 'kvm'], 'absent'),
    `done\t7\t${at}`,
    `undone\t7\t${at}`,
    'nonsense',
    '',
  ].join('\n');

  it('is read as far as it makes sense', () => {
    const entries = parseLedger(text);
    expect(entries.map(({ seq, state }) => `${seq} ${state}`)).toEqual(['1 done', '2 done', '3 done', '4 done', '5 begun', '6 done', '7 undone']);
    expect(entries[1]).toMatchObject({ purpose: 'install', kind: 'file', before: 'absent:/etc/rancher', time: at });
    expect(entries[1]?.fields[3]).toBe('/etc/rancher/k3s/config.yaml');
  }); // prettier-ignore
  it('may be torn anywhere', () => {
    for (let length = 0; length <= text.length; length += 1) {
      const entries = parseLedger(text.slice(0, length));
      expect(entries.length).toBeLessThanOrEqual(7);
      // Whatever is read of half a ledger is what the whole one says.
      const whole = parseLedger(text);
      for (const [index, entry] of entries.entries()) expect(entry.fields).toEqual(whole[index]?.fields);
    }
  });
  it('says what an uninstall would undo, newest first, each once', () => {
    expect(undoInWords(parseLedger(text))).toEqual([
      'Unload kernel modules that nothing uses: overlay',
      'Remove /var/lib/hearth/volumes with everything in it',
      'Bring back /etc/sysctl.d/90-hearth.conf as it was',
      'Remove /etc/rancher/k3s/config.yaml',
      'Set kernel.panic back to 0',
    ]);
  });
});

describe('the bootstrap', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-bootstrap-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const helper = join(folder, "the helper's $(file)");
  const script = 'printf "%s|" "$0" "$@"; exit 7';
  writeFileSync(helper, script);
  const hash = createHash('sha256').update(script).digest('hex');
  // The folder of root is another one here; everything else runs as it is.
  const run = (argv: string[]) => {
    const [program = '', ...rest] = argv.map((argument) => argument.replaceAll('/run/hearth-X', `${folder}/run-X`));
    return spawnSync(program, rest, { encoding: 'utf8', timeout: 20_000 });
  };

  it('runs what was shown, with its arguments as they are, and cleans up', () => {
    const { status, stdout } = run(bootstrapArgv(helper, hash, ['apply', '/tmp/a b', '$(id)']));
    expect(stdout).toMatch(/\/root-helper\|apply\|\/tmp\/a b\|\$\(id\)\|$/);
    expect(status).toBe(7);
    expect(readdirSync(folder).filter((name) => name.startsWith('run-'))).toEqual([]);
  });
  it('runs nothing else', () => {
    const { status, stdout } = run(bootstrapArgv(helper, '0'.repeat(64), ['apply']));
    expect(status).toBe(5);
    expect(parseEvent(stdout.trim())).toMatchObject({ event: 'end', ok: false, code: 'helper-changed' });
  });
  it('is a constant', () => {
    const [a, b] = [bootstrapArgv('/a', hash, ['x']), bootstrapArgv('/b', hash, [])];
    expect(a.slice(0, 3)).toEqual(b.slice(0, 3));
    expect(() => bootstrapArgv('a', hash, [])).toThrow(RangeError);
    expect(() => bootstrapArgv('/a', 'x', [])).toThrow(RangeError);
    expect(spawnSync('shellcheck', ['-s', 'sh', '-'], { input: a[2], encoding: 'utf8' }).stdout ?? '').toBe('');
  });
});
