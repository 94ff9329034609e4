import { expect, test } from 'vitest';
import type { Source } from '../../../../provisioning/failures/failure.ts';
import { failures, recognise } from '../../../../provisioning/failures/recognise.ts';
import { farLines, literalLines } from './lines.ts';

test.each(literalLines)('%s by %s: %s', (id, source, text) => {
  expect(recognise([{ source, text }]).map((trouble) => trouble.id)).toContain(id);
});

test.each(farLines)('nothing is read into %s: %s', (source, text) => {
  expect(recognise([{ source, text }])).toEqual([]);
});

test('every known failure is shown by a literal line, has a cure, and an id of its own', () => {
  const ids = failures.map((failure) => failure.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(literalLines.map(([id]) => id))).toEqual(new Set(ids));
  for (const failure of failures) {
    expect(failure.id).toMatch(/^[a-z0-9-]+$/);
    expect(failure.fix).not.toBe('');
    for (const other of failure.explains ?? []) expect(ids).toContain(other);
  }
});

test('a line counts only where it can come from', () => {
  const text = 'avc:  denied  { read } for  pid=1 comm="k3s-server"';
  expect(recognise([{ source: 'podlog', text }])).toEqual([]);
  expect(recognise([{ source: 'journal', text }])).toHaveLength(1);
});

const line = (source: Source, text: string) => ({ source, text });

test('one failure once, with its last different lines', () => {
  const lines = Array.from({ length: 9 }, (_, n) => line('journal', `${n % 5}: leaderelection lost`));
  expect(recognise(lines)).toEqual([
    expect.objectContaining({
      id: 'lost-lead',
      evidence: ['2: leaderelection lost', '3: leaderelection lost', '4: leaderelection lost'],
      action: 'restart',
    }),
  ]);
});

test('what another one explains is left out, whatever came first', () => {
  const lost = line('journal', 'E0519 20:50:28 controllermanager.go:328] "leaderelection lost"');
  const slow = line('journal', 'msg="Slow SQL (started: 2026-06-30) (total time: 5.162300684s):  SELECT *"');
  for (const lines of [
    [lost, slow],
    [slow, lost],
  ])
    expect(recognise(lines).map((trouble) => trouble.id)).toEqual(['slow-disk']);
  const pull = line('event', 'Pod virt-api: Failed: ErrImagePull: x509: certificate signed by unknown authority');
  expect(recognise([pull]).map((trouble) => trouble.id)).toEqual(['pull-untrusted']);
});

test('causes in the machine come before their company', () => {
  const ids = recognise([
    line('event', 'Pod virt-launcher: FailedScheduling: 1 Insufficient devices.kubevirt.io/tun.'),
    line('podlog', 'dial tcp 10.43.0.1:443: i/o timeout'),
    line('journal', 'kubelet is configured to not run on a host using cgroup v1'),
  ]).map((trouble) => trouble.id);
  expect(ids).toEqual(['cgroup-v1', 'pod-network-blocked', 'devices']);
});
