import { describe, expect, it } from 'vitest';
import { k3sBegun, parseLedger } from '../../../provisioning/ledger.ts';

const intent = (seq: number, kind: string, field: string): string =>
  ['intent', seq, '2026-11-21T00:00:00Z', 'install', `step-${seq}`, kind, field, 'before=x'].join('\t');
const mark = (word: 'done' | 'undone', seq: number): string => `${word}\t${seq}\t2026-11-21T00:00:01Z`;
const begun = (...lines: string[]): boolean => k3sBegun(parseLedger(['hearth-ledger\t1', ...lines, ''].join('\n')));

const claim = [intent(1, 'claim', '/var/lib/rancher/k3s'), mark('done', 1)];

describe('whether k3s was begun to be started', () => {
  it('not by an empty ledger, by folders and files alone, or by other services', () => {
    expect(begun()).toBe(false);
    expect(begun(...claim, intent(2, 'enable', 'k3s'), intent(3, 'start', 'hearth-net'))).toBe(false);
    expect(begun(...claim, intent(2, 'start', 'k3s-agent'), intent(3, 'stop', 'k3s'))).toBe(false);
  });
  it.each(['start', 'restart'])('by a %s that was done, or only begun', (kind) => {
    expect(begun(...claim, intent(2, kind, 'k3s'), mark('done', 2))).toBe(true);
    expect(begun(...claim, intent(2, kind, 'k3s'))).toBe(true);
  });
  it('also when the start is taken back and its folders are not yet', () => {
    const half = [...claim, intent(2, 'start', 'k3s'), mark('done', 2), mark('undone', 2)];
    expect(begun(...half)).toBe(true);
    expect(begun(...half, mark('undone', 1))).toBe(false);
    // Folders that were taken anew have nothing in them yet.
    expect(begun(...half, mark('undone', 1), intent(3, 'claim', '/var/lib/rancher/k3s'), mark('done', 3))).toBe(false);
  });
});
