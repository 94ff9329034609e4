import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { EscapeChord } from '../../../renderer/features/console/escape.ts';
import { isReport, Replay } from '../../../renderer/features/console/reports.ts';
import { bytesOfBase64, stamped } from '../../../renderer/features/console/save.ts';
import { stageOf } from '../../../renderer/features/console/stage.ts';

describe('EscapeChord', () => {
  const run = (...keys: string[]): boolean[] => {
    const chord = new EscapeChord();
    return keys.map((key) => chord.key(key.startsWith('-') ? 'keyup' : 'keydown', key.replace('-', '')));
  };
  it('fires when Control and Alt are released and nothing else was pressed', () => {
    expect(run('Control', 'Alt', '-Alt', '-Control')).toEqual([false, false, true, false]);
    expect(run('Alt', 'Control', '-Control')).toEqual([false, false, true]);
  });
  it('leaves Ctrl+Alt+Del and either key alone to the guest', () => {
    expect(run('Control', 'Alt', 'Delete', '-Delete', '-Alt', '-Control')).not.toContain(true);
    expect(run('Control', 'c', '-c', '-Control', 'Alt', '-Alt')).not.toContain(true);
  });
  it('works again after a spoiled one', () => {
    expect(run('Control', 'Alt', 'F1', '-F1', '-Alt', '-Control', 'Control', 'Alt', '-Alt').at(-1)).toBe(true);
  });
});

describe('stageOf', () => {
  const row: MachineRow = {
    uid: 'u', namespace: 'default', name: 'web', status: 'Running', tone: 'running', cpus: 1, memory: 1, addresses: [],
    createdAt: '', actions: [],
  }; // prettier-ignore
  const off = { is: 'off' } as const;
  const vm = (devices: object) => ({
    apiVersion: 'v1', kind: 'VirtualMachine', metadata: {}, spec: { template: { spec: { domain: { devices } } } },
  }); // prettier-ignore
  it('tells a machine that is off, starting, failing or gone from a lost connection', () => {
    expect(stageOf(undefined, undefined, 'screen', off).is).toBe('gone');
    expect(stageOf({ ...row, tone: 'stopped', status: 'Stopped' }, undefined, 'screen', off).is).toBe('stopped');
    expect(stageOf({ ...row, tone: 'busy', status: 'Starting' }, undefined, 'serial', off).is).toBe('starting');
    expect(
      stageOf({ ...row, tone: 'error', status: 'CrashLoopBackOff', why: 'no disk' }, undefined, 'screen', off),
    ).toEqual({ is: 'failing', why: 'no disk' });
    expect(stageOf(row, undefined, 'screen', off).is).toBe('connecting');
    expect(stageOf({ ...row, tone: 'busy', status: 'Stopping' }, undefined, 'serial', off).is).toBe('connecting');
  });
  it('asks who logs in, and knows a console that stands elsewhere, only of a machine that is on', () => {
    expect(stageOf(row, undefined, 'ssh', off, 'login').is).toBe('login');
    expect(stageOf(row, undefined, 'screen', off, 'detached').is).toBe('detached');
    expect(stageOf({ ...row, tone: 'stopped', status: 'Stopped' }, undefined, 'ssh', off, 'login').is).toBe('stopped');
    expect(stageOf(row, vm({ autoattachSerialConsole: false }), 'ssh', off).is).toBe('connecting');
  });
  it('says when the machine has no screen or no serial console, and only then', () => {
    expect(stageOf(row, vm({ autoattachGraphicsDevice: false }), 'screen', off).is).toBe('no-screen');
    expect(stageOf(row, vm({ autoattachGraphicsDevice: false }), 'serial', off).is).toBe('connecting');
    expect(stageOf(row, vm({ autoattachSerialConsole: false }), 'serial', off).is).toBe('no-serial');
  });
});

describe('replay', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  it("knows a terminal's own answers from keys", () => {
    for (const report of [
      '\u001b[31;18R',
      '\u001b[?1;2c',
      '\u001b[>0;276;0c',
      '\u001b[0n',
      '\u001b]11;rgb:0/0/0\u0007',
      '\u001bP1$r0m\u001b\\',
    ])
      expect(isReport(report)).toBe(true);
    for (const key of ['a', '\r', '\u001b', '\u001b[A', '\u001b[3~', '\u001bOP', '\u001b[1;5C', '\u001bc'])
      expect(isReport(key)).toBe(false);
  });
  it('lasts until all is shown and nothing came for a while', () => {
    const replay = new Replay(100);
    replay.came();
    vi.advanceTimersByTime(1000);
    expect(replay.on).toBe(true);
    replay.shown();
    vi.advanceTimersByTime(50);
    replay.came();
    vi.advanceTimersByTime(100);
    expect(replay.on).toBe(true);
    replay.shown();
    vi.advanceTimersByTime(100);
    expect(replay.on).toBe(false);
  });
});

describe('saving', () => {
  it('decodes base64 and makes a name that every file system takes', () => {
    expect([...bytesOfBase64('iVBORw==')]).toEqual([0x89, 0x50, 0x4e, 0x47]);
    expect(stamped('web', new Date('2026-11-20T22:14:03Z'))).toBe('web 2026-11-20 22-14-03');
  });
});
