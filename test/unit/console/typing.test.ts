import { describe, expect, it } from 'vitest';
import { common, consoles, parseChord, sysrq } from '../../../renderer/features/console/keys/chords.ts';
import { press } from '../../../renderer/features/console/keys/key.ts';
import type { Key } from '../../../renderer/features/console/keys/key.ts';
import { typeKeys, typePlain } from '../../../renderer/features/console/keys/typing.ts';

const codes = (keys: readonly Key[]): string => keys.map((key) => key.code).join('+');
const parsed = (text: string): string => {
  const chord = parseChord(text);
  return chord && 'keys' in chord ? codes(chord.keys) : `? ${chord?.unknown}`;
};

describe('key combinations', () => {
  it('press in order and release in reverse', () => {
    const del = common.find((chord) => chord.id === 'ctrl-alt-del');
    expect(press(del?.keys ?? []).map(({ key, down }) => `${down ? '+' : '-'}${key.code}`)).toEqual([
      '+ControlLeft', '+AltLeft', '+Delete', '-Delete', '-AltLeft', '-ControlLeft',
    ]); // prettier-ignore
  });
  it('have the twelve text consoles, with the X11 keysyms of the function keys', () => {
    expect(consoles.map((chord) => chord.keys.at(-1)?.code)).toEqual(Array.from({ length: 12 }, (_, n) => `F${n + 1}`));
    expect(consoles[0]?.keys.at(-1)?.keysym).toBe(0xffbe);
    expect(consoles[11]?.keys.at(-1)?.keysym).toBe(0xffc9);
  });
  it('send SysRq as PrintScreen with Alt held, and then the letter', () => {
    const help = sysrq.find((chord) => chord.letter === 'h');
    expect(codes(help?.keys ?? [])).toBe('AltLeft+PrintScreen+KeyH');
    expect(sysrq.find((chord) => chord.letter === 'b')?.harsh).toBe(true);
    expect(help?.harsh).toBe(false);
  });
  it('are read from what a person writes', () => {
    expect(parsed('Ctrl+Shift+Esc')).toBe('ControlLeft+ShiftLeft+Escape');
    expect(parsed(' win + page up ')).toBe('MetaLeft+PageUp');
    expect(parsed('AltGr+e')).toBe('AltRight+KeyE');
    expect(parsed('Alt+SysRq+b')).toBe('AltLeft+PrintScreen+KeyB');
    expect(parsed('Ctrl+Hyper')).toBe('? Hyper');
    expect(parsed('Ctrl++')).toBe('? +');
    expect(parseChord('  ')).toBeUndefined();
  });
});

describe('typing', () => {
  const a: Key = { keysym: 0x61, code: 'KeyA' };
  const shift: Key = { keysym: 0xffe1, code: 'ShiftLeft' };
  function screen(sent: () => Promise<void> = () => Promise.resolve()) {
    const events: string[] = [];
    return {
      events,
      target: {
        sendKey: (_sym: number, code: string | null, down: boolean) => void events.push(`${down ? '+' : '-'}${code}`),
        sent,
      },
    };
  }
  const instantly = () => Promise.resolve();

  it('waits as long as a guest needs for every press and release, and until all of it was taken', async () => {
    const waits: number[] = [];
    let taken = 0;
    const { target } = screen(() => {
      taken += 1;
      return Promise.resolve();
    });
    const wait = (ms: number): Promise<void> => {
      waits.push(ms);
      return Promise.resolve();
    };
    const progress: number[] = [];
    await typeKeys(target, [[[a]], [[shift, a]]], {
      signal: new AbortController().signal, pace: 'normal', progress: (done) => progress.push(done), wait,
    }); // prettier-ignore
    expect(waits).toEqual([24, 48]);
    expect(taken).toBe(2);
    expect(progress).toEqual([1, 2]);
  });

  it('stops between two characters and lets go of every modifier', async () => {
    const { target, events } = screen();
    const stop = new AbortController();
    const done = await typeKeys(target, [[[shift, a]], [[a]], [[a]]], {
      signal: stop.signal, pace: 'slow', progress: (n) => n === 1 && stop.abort(), wait: instantly,
    }); // prettier-ignore
    expect(done).toBe(1);
    expect(events.slice(0, 4)).toEqual(['+ShiftLeft', '+KeyA', '-KeyA', '-ShiftLeft']);
    expect(events.slice(4)).toEqual([
      '-ShiftLeft', '-ShiftRight', '-ControlLeft', '-ControlRight', '-AltLeft', '-AltRight', '-MetaLeft', '-MetaRight',
    ]); // prettier-ignore
  });

  it('lets go of the modifiers also when the screen is lost in the middle', async () => {
    const { target, events } = screen(() => Promise.reject(new Error('gone')));
    await expect(
      typeKeys(target, [[[shift, a]]], {
        signal: new AbortController().signal,
        pace: 'normal',
        progress: () => undefined,
        wait: instantly,
      }),
    ).rejects.toThrow('gone');
    expect(events).toContain('-AltRight');
  });

  it('sends plain text in small pieces with the line ends of a terminal', async () => {
    const pieces: string[] = [];
    const done = await typePlain(
      { input: (text) => void pieces.push(text), sent: instantly },
      `${'x'.repeat(40)}\r\ny\n`,
      { signal: new AbortController().signal, progress: () => undefined, wait: instantly },
    );
    expect(pieces.map((each) => each.length)).toEqual([32, 11]);
    expect(pieces.join('')).toBe(`${'x'.repeat(40)}\ry\r`);
    expect(done).toBe(43);
  });
});
