import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TrialRun } from '../../../main/contract/host.ts';
import { diagnose } from '../../../main/backend/host/failure-classes.ts';
import type { HostFiles } from '../../../main/backend/host/signals.ts';
import { readSignals } from '../../../main/backend/host/signals.ts';
import { evidence, judge } from '../../../main/backend/host/trial.ts';

interface Fixture {
  expect: string;
  platform: string;
  kernel: string;
  groups: number[];
  files: Record<string, string>;
  writable: string[];
  kernelLog: string;
  runs: TrialRun[];
}

const folder = join(import.meta.dirname, 'fixtures');
const fixtures = readdirSync(folder).map(
  (file) => [file.replace('.json', ''), JSON.parse(readFileSync(join(folder, file), 'utf8')) as Fixture] as const,
);

const filesOf = (fixture: Fixture): HostFiles => ({
  read: (path) => fixture.files[path],
  exists: (path) => path in fixture.files,
  list: (path) => Object.keys(fixture.files).filter((name) => name.startsWith(`${path}/`)).map((name) => name.slice(path.length + 1).split('/')[0] ?? ''),
  writable: (path) => fixture.writable.includes(path),
}); // prettier-ignore

const diagnosisOf = (fixture: Fixture) =>
  diagnose(
    readSignals(
      filesOf(fixture),
      { platform: fixture.platform, arch: 'x64', kernel: fixture.kernel, user: 'ada', groups: fixture.groups },
      fixture.kernelLog,
    ),
    fixture.runs,
  );

describe('failure classes from files of other machines', () => {
  test.each(fixtures)('%s', (_name, fixture) => {
    expect(diagnosisOf(fixture).failureClass).toBe(fixture.expect);
  });

  test('every class K0..K13 has a fixture, a text of its own and, but for K0, a fix', () => {
    const byClass = new Map(fixtures.map(([, fixture]) => [fixture.expect, diagnosisOf(fixture)]));
    expect([...byClass.keys()].sort()).toEqual(Array.from({ length: 14 }, (_, i) => `K${i}`).sort());
    expect(new Set([...byClass.values()].map((one) => one.title)).size).toBe(14);
    const withoutFix = [...byClass].filter(([, one]) => !one.fix).map(([id]) => id);
    expect(withoutFix).toEqual(['K0']);
  });

  test('the fix fits the cause: vendor, blacklist, replaced kernel, pending group', () => {
    const of = (name: string) => diagnosisOf(fixtures.find(([file]) => file === name)![1]);
    expect(of('k02-off-in-firmware-amd').fix).toContain('SVM');
    expect(of('k02-off-in-firmware-intel').fix).toContain('Intel');
    expect(of('k02-likely-unreadable-log').title).toContain('most likely');
    expect(of('k03-blacklisted').detail).toContain('/etc/modprobe.d/no-kvm.conf');
    expect(of('k03-blacklisted').commands[0]).toBe('sudo modprobe kvm_amd');
    expect(of('k03-kernel-replaced').fix).toContain('restart');
    expect(of('k04-group-pending').fix).toBe('Log out and in again.');
    expect(of('k06-nested-off-virtualbox').commands[0]).toContain('VBoxManage');
  });
});

describe('verdict from what the guest wrote', () => {
  const seen = (letters: string, gap = 5): Map<string, number> =>
    new Map([...letters].map((letter, i) => [letter, i * gap]));
  const end = { ms: 96, timedOut: false, stderr: '' };

  test('all stages and quick work pass', () => {
    expect(judge('kvm', seen('RPLTUFC'), end)).toMatchObject({ verdict: 'pass', stages: 'RPLTUFC', workMs: 5 });
  });
  test('all stages and slow work do not', () => {
    expect(judge('kvm', seen('RPLTUFC', 500), end).verdict).toBe('slow');
  });
  test('an exception names the stage that was next', () => {
    expect(judge('kvm', seen('RPLTX'), end)).toMatchObject({ verdict: 'fail', stages: 'RPLT', stoppedAt: 'SYSCALL' });
  });
  test('silence until the limit is a hang, not a failure to start', () => {
    expect(judge('kvm', seen(''), { ...end, timedOut: true }).verdict).toBe('hang');
  });
  test('QEMU that does not start is unavailable', () => {
    expect(
      judge('kvm', seen(''), { ...end, stderr: 'failed to initialize kvm: No such file or directory' }).verdict,
    ).toBe('unavailable');
  });
  test('the evidence is one sentence with figures', () => {
    const runs = [judge('tcg', seen('RPLTUFC'), { ...end, ms: 41 }), judge('kvm', seen('RPLTX'), end)];
    expect(evidence(runs)).toBe('KVM stopped at SYSCALL after 96 ms; software mode passed in 41 ms');
  });
});
