import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { EscapeChord } from '../../../renderer/features/console/escape.ts';
import { chords, press, typeText } from '../../../renderer/features/console/keys.ts';
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

describe('keys', () => {
  it('presses in order and releases in reverse', () => {
    const del = chords.find((chord) => chord.id === 'ctrl-alt-del');
    expect(press(del?.keys ?? []).map(({ key, down }) => `${down ? '+' : '-'}${key.code}`)).toEqual([
      '+ControlLeft', '+AltLeft', '+Delete', '-Delete', '-AltLeft', '-ControlLeft',
    ]); // prettier-ignore
  });
  it('gives the function keys their X11 keysyms', () => {
    expect(chords.find((chord) => chord.id === 'ctrl-alt-f1')?.keys.at(-1)?.keysym).toBe(0xffbe);
    expect(chords.find((chord) => chord.id === 'ctrl-alt-f6')?.keys.at(-1)?.keysym).toBe(0xffc3);
  });
  it('types a text with Shift where a US keyboard needs it', () => {
    const codes = typeText('aB_1!\n').map((keys) => keys.map((key) => key.code).join('+'));
    expect(codes).toEqual(['KeyA', 'ShiftLeft+KeyB', 'ShiftLeft+Minus', 'Digit1', 'ShiftLeft+Digit1', 'Enter']);
  });
  it('covers every printable ASCII sign with a physical key', () => {
    for (let point = 0x20; point < 0x7f; point += 1)
      expect(typeText(String.fromCodePoint(point))[0]?.at(-1)?.code).not.toBeNull();
  });
  it('sends other signs by keysym, counts Windows line ends once and drops control characters', () => {
    expect(typeText('é')[0]).toEqual([{ keysym: 0xe9, code: null }]);
    expect(typeText('€')[0]).toEqual([{ keysym: 0x010020ac, code: null }]);
    expect(typeText('a\r\nb\u0003\u001b')).toHaveLength(3);
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
