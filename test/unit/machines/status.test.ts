import { describe, expect, test } from 'vitest';
import { cureOf } from '../../../renderer/features/machines/actions.ts';
import { plainWhy, statusWord } from '../../../renderer/features/machines/status.ts';
import type { MachineRow } from '../../../main/contract/machine.ts';

describe('states in plain words', () => {
  test('plain words stay, long ones become short', () => {
    expect(statusWord('Running')).toBe('Running');
    expect(statusWord('ErrorUnschedulable')).toBe('No room');
  });
  test('the count of nodes goes where a reason follows, and stays where nothing does', () => {
    const reason = 'The machine needs 200 GiB; 19.1 GiB are free.';
    expect(plainWhy(`0/1 nodes are available: 1 Insufficient memory. ${reason}`)).toBe(reason);
    expect(plainWhy('0/1 nodes are available: 1 Insufficient memory.')).toBe(
      '0/1 nodes are available: 1 Insufficient memory.',
    );
    expect(plainWhy('The disk is full.')).toBe('The disk is full.');
  });
  test('a machine that found no room is not offered a restart', () => {
    const row = { tone: 'error', why: 'no room', actions: ['stop', 'restart'] } as unknown as MachineRow;
    expect(cureOf(row)).toBeUndefined();
  });
});
