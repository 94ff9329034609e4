import { describe, expect, it } from 'vitest';
import {
  bootChoice,
  bootenvSize,
  parseBootenv,
  renderBootenv,
  renderChoice,
} from '../../../../main/backend/boxes/agent/upkeep/bootenv.ts';

describe("GRUB's environment block", () => {
  it('is 1024 bytes: signature, variables, padding', () => {
    const block = renderChoice({ keep: 'a', trial: 'b', tried: false });
    expect(block).toHaveLength(bootenvSize);
    expect(block.toString().replace(/#+$/, '')).toBe('# GRUB Environment Block\nkeep=a\ntrial=b\ntried=0\n');
    expect(bootChoice(parseBootenv(block))).toEqual({ keep: 'a', trial: 'b', tried: false });
  });

  it('keeps newlines, backslashes and other letters', () => {
    const variables = new Map([
      ['words', 'one\ntwo\\three = äöü'],
      ['empty', ''],
    ]);
    expect(parseBootenv(renderBootenv(variables))).toEqual(variables);
  });

  it('reads what it can of a damaged one', () => {
    expect(parseBootenv(Buffer.from('garbage\nkeep=b\n'))).toEqual(new Map());
    expect(parseBootenv(Buffer.alloc(0))).toEqual(new Map());
    const torn = Buffer.concat([
      renderChoice({ keep: 'b', tried: true }).subarray(0, 40),
      Buffer.from('\0\0\nx y=1\ntried=1'),
    ]);
    expect(bootChoice(parseBootenv(torn))).toEqual({ keep: 'b', tried: false });
    expect(bootChoice(new Map([['keep', 'c']]))).toBeUndefined();
    expect(bootChoice(new Map([['keep', 'a'], ['trial', 'stick']]))).toEqual({ keep: 'a', tried: false }); // prettier-ignore
  });

  it('refuses what GRUB could not hold or read', () => {
    expect(() => renderBootenv([['keep', 'a'.repeat(1000)]])).toThrow(RangeError);
    // The very last byte stays free: GRUB finds its space by it.
    expect(() => renderBootenv([['keep', 'a'.repeat(bootenvSize - 25 - 6)]])).toThrow(RangeError);
    expect(renderBootenv([['keep', 'a'.repeat(bootenvSize - 25 - 7)]])).toHaveLength(bootenvSize);
    expect(() => renderBootenv([['a b', '1']])).toThrow(TypeError);
  });
});
