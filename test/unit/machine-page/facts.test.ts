import { describe, expect, it } from 'vitest';
import { diffLines } from '../../../renderer/features/machine/diff.ts';
import type { DiffLine } from '../../../renderer/features/machine/diff.ts';
import { imageOf, sshCommand, strategyOf } from '../../../renderer/features/machine/facts.ts';
import { portOf } from '../../../renderer/features/machine/ports.ts';
import type { MachineDetail } from '../../../main/contract/machine.ts';

const signs = { same: ' ', added: '+', removed: '-', skipped: '~' };
const show = (lines: DiffLine[]): string[] => lines.map((line) => `${signs[line.kind]}${line.count ?? line.text}`);
/** What the diff makes of the text before, when applied. */
const after = (lines: DiffLine[]): string =>
  lines.flatMap((line) => (line.kind === 'same' || line.kind === 'added' ? [line.text] : [])).join('\n');
const before = (lines: DiffLine[]): string =>
  lines.flatMap((line) => (line.kind === 'same' || line.kind === 'removed' ? [line.text] : [])).join('\n');

describe('diffLines', () => {
  it('shows what changes with its surroundings and counts the rest', () => {
    const text = Array.from({ length: 12 }, (_, n) => `line ${n}`);
    const changed = text.with(6, 'LINE 6');
    expect(show(diffLines(text.join('\n'), changed.join('\n'), 1))).toEqual([
      '~5', ' line 5', '-line 6', '+LINE 6', ' line 7', '~4',
    ]); // prettier-ignore
    expect(diffLines('a\nb', 'a\nb')).toEqual([]);
  });
  it('always leads from one text to the other', () => {
    let seed = 3;
    const random = (n: number): number => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
    const text = (): string => Array.from({ length: random(30) }, () => 'abc'[random(3)]).join('\n');
    for (let round = 0; round < 300; round += 1) {
      const [a, b] = [text(), text()];
      if (a === b) continue;
      const lines = diffLines(a, b, 1000);
      expect(before(lines)).toBe(a);
      expect(after(lines)).toBe(b);
    }
  });
});

describe('portOf', () => {
  it('reads a port and nothing else', () => {
    expect(portOf(' 22 ', 1)).toBe(22);
    for (const wrong of ['', '0', '65536', '-1', '2.5', '1e3', '0x50', 'ssh']) expect(portOf(wrong, 1)).toBeUndefined();
    expect(portOf('80', 1024)).toBeUndefined();
  });
});

describe('facts', () => {
  const detail = (spec: object, forwards: MachineDetail['interfaces'][number]['forwards'] = []): MachineDetail => ({
    row: { uid: '', namespace: '', name: '', status: '', tone: 'running', cpus: 1, memory: 1, addresses: [], createdAt: '', actions: [] },
    actions: [], why: [], conditions: [], dataVolumes: [], services: [], disks: [], yaml: '',
    vm: { apiVersion: '', kind: '', metadata: {}, spec: { ...spec } },
    interfaces: [{ name: 'default', addresses: [], binding: '', network: '', forwards }],
  }); // prettier-ignore
  it('knows both ways of saying when it runs', () => {
    expect(strategyOf(detail({ runStrategy: 'Once' }))).toBe('Once');
    expect(strategyOf(detail({ running: true }))).toBe('Always');
    expect(strategyOf(detail({ runStrategy: 'Sometimes' }))).toBeUndefined();
  });
  it('finds the image its root disk was cloned from', () => {
    const volume = (source: object) => ({
      apiVersion: '',
      kind: 'DataVolume',
      metadata: { namespace: 'lab' },
      spec: { source },
    });
    const of = (...sources: object[]) => imageOf({ ...detail({}), dataVolumes: sources.map(volume) });
    expect(of({ blank: {} }, { pvc: { namespace: 'hearth-images', name: 'debian' } })).toBe('hearth-images/debian');
    expect(of({ pvc: { name: 'own' } })).toBe('lab/own');
    expect(of({ blank: {} })).toBeUndefined();
  });
  it('makes an ssh command of a forward that works', () => {
    const forward = { service: 's', protocol: 'TCP', hostPort: 30022, guestPort: 22, address: '' };
    expect(sshCommand(detail({}, [forward]), 'ada')).toBe('ssh -p 30022 ada@127.0.0.1');
    expect(sshCommand(detail({}, [{ ...forward, problem: 'taken' }]), 'ada')).toBeUndefined();
    expect(sshCommand(detail({}, [{ ...forward, guestPort: 80 }]), 'ada')).toBeUndefined();
  });
});
