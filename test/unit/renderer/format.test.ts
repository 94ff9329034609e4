import { describe, expect, it } from 'vitest';
import { ago, bytes, duration, milliseconds, parseBytes, percent, rate } from '../../../renderer/lib/format.ts';

const GiB = 1024 ** 3;

describe('bytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [1023.9 * 1024, '1 MiB'],
    [31.2 * GiB, '31 GiB'],
    [2 ** 70, '1048576 PiB'],
    [-2048, '-2 KiB'],
  ])('%d is %s', (value, text) => expect(bytes(value)).toBe(text));
  it('says nothing about what is unknown', () => {
    expect(bytes(undefined)).toBe('–');
    expect(bytes(Number.NaN)).toBe('–');
    expect(rate(undefined)).toBe('–');
    expect(percent(undefined)).toBe('–');
  });
});

describe('parseBytes', () => {
  it.each([
    ['20 GiB', 20 * GiB],
    ['512M', 512 * 1024 ** 2],
    ['1,5g', 1.5 * GiB],
    ['4096', 4096],
  ])('%s', (text, value) => expect(parseBytes(text)).toBe(value));
  it.each(['', 'GiB', '-1G', '5 X', '1e9', '1.2.3G'])('refuses "%s"', (text) =>
    expect(parseBytes(text)).toBeUndefined(),
  );
  it('reads back what bytes wrote', () => {
    for (const size of [512 * 1024 ** 2, 10 * GiB, 1.5 * GiB]) expect(parseBytes(bytes(size))).toBe(size);
  });
});

describe('times', () => {
  it.each([
    [0, '0 s'],
    [59.4, '59 s'],
    [60, '1 min'],
    [185, '3 min 5 s'],
    [7800, '2 h 10 min'],
    [90_000, '1 d 1 h'],
    [-5, '0 s'],
  ])('%d seconds are %s', (seconds, text) => expect(duration(seconds)).toBe(text));
  it('tells how long ago', () => {
    const now = Date.parse('2026-01-02T00:00:00Z');
    expect(ago('2026-01-01T23:59:55Z', now)).toBe('just now');
    expect(ago('2026-01-01T23:55:00Z', now)).toBe('5 min ago');
    expect(ago('2025-12-31T00:00:00Z', now)).toBe('2 d ago');
    expect(ago('2026-01-02T00:05:00Z', now)).toBe('just now');
    expect(ago('nonsense', now)).toBe('–');
    expect(ago(undefined, now)).toBe('–');
  });
  it('writes milliseconds', () => expect([96, 1000, 1300].map(milliseconds)).toEqual(['96 ms', '1 s', '1.3 s']));
});
