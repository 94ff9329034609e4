import { describe, expect, test } from 'vitest';
import { report } from '../../soak/report.ts';
import { leftOver, median, slopeOf } from '../../soak/verdict.ts';

const memory = { what: 'memory', unit: 'MiB', share: 0.05, least: 4 };
/** What warms up for a third of the run and then goes on as told; with an outlier now and then. */
const run = (after: (at: number) => number): number[] =>
  Array.from({ length: 300 }, (_, at) => (at % 37 === 5 ? 900 : at < 100 ? 50 + at / 2 : after(at)));

describe('the slope of a soak', () => {
  test('warming up and outliers are no growth', () => {
    expect(
      slopeOf(
        run(() => 100),
        memory,
      ),
    ).toMatchObject({ middle: 100, last: 100, flat: true });
  });
  test('a leak is, however slow, once it is beyond the tolerance', () => {
    expect(
      slopeOf(
        run((at) => 100 + at / 50),
        memory,
      ).flat,
    ).toBe(true);
    expect(
      slopeOf(
        run((at) => 100 + at / 10),
        memory,
      ),
    ).toMatchObject({ flat: false, allowed: expect.closeTo(5.75, 1) });
  });
  test('what shrinks is flat; too few samples tell nothing', () => {
    expect(
      slopeOf(
        run((at) => 200 - at / 2),
        memory,
      ).flat,
    ).toBe(true);
    expect(slopeOf([1, 1, 1, 1, 1], memory).flat).toBe(false);
  });
  test('median', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, NaN]);
  });
});

describe('what is left', () => {
  const known = (name: string): string | undefined => (name.endsWith('.ring') ? 'graphs' : undefined);
  test('as often as it is there more, and not what is kept on purpose', () => {
    const { leaked, kept } = leftOver(['socket', 'log'], ['socket', 'socket', 'a.ring', 'b.ring', 'x'], known);
    expect(leaked).toEqual(['socket', 'x']);
    expect([...kept]).toEqual([['graphs', 2]]);
  });
});

describe('the verdict', () => {
  const good = {
    seconds: 60,
    machines: 3,
    slopes: [
      slopeOf(
        run(() => 100),
        memory,
      ),
    ],
    left: [{ what: 'processes', ...leftOver([], []) }],
    failures: [],
    warm: true,
  };
  test('is good only where all is', () => {
    expect(report(good)).toMatchObject({ good: true, text: expect.stringContaining('flat, nothing left') });
    expect(report({ ...good, left: [{ what: 'files', ...leftOver([], ['a']) }] }).good).toBe(false);
    expect(
      report({
        ...good,
        slopes: [
          slopeOf(
            run((at) => at),
            memory,
          ),
        ],
      }).good,
    ).toBe(false);
    expect(report({ ...good, failures: ['x'] }).good).toBe(false);
    expect(report({ ...good, machines: 0 }).good).toBe(false);
    // Growing memory of a run that was too short fails nothing, and is told; anything else still does.
    const grows = [slopeOf(run((at) => at), memory)]; // prettier-ignore
    const early = report({ ...good, warm: false, slopes: grows });
    expect(early).toMatchObject({ good: true, text: expect.stringContaining('too short to judge memory') });
    expect(early.text).toContain('GROWS');
    const files = grows.map((slope) => ({ ...slope, unit: '' }));
    expect(report({ ...good, warm: false, slopes: files }).good).toBe(false);
  });
});
