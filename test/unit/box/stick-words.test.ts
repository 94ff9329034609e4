import { describe, expect, it } from 'vitest';
import { helperArguments, parseHelperArguments } from '../../../main/backend/boxes/sticks/helper/contract.ts';
import type { HelperCall } from '../../../main/backend/boxes/sticks/helper/contract.ts';
import { probePlaces } from '../../../main/backend/boxes/sticks/write/probe.ts';
import { progressTeller } from '../../../main/backend/boxes/sticks/write/progress.ts';
import type { Progress } from '../../../main/backend/boxes/sticks/write/progress.ts';

const call: HelperCall = {
  mode: 'write',
  device: '/dev/sdb',
  serial: "4C53 0001; $(reboot) --device '/dev/sda'",
  size: 32_000_000_000,
  diskseq: '41',
  image: '/home/ada/a b.img',
  imageSize: 2_000_000_000,
  imageSha256: 'ab'.repeat(32),
  typed: '',
  fullCheck: 'no',
};

describe('the words to the helper', () => {
  it('come out as they went in, whatever a drive calls itself', () => {
    expect(parseHelperArguments(helperArguments(call))).toEqual(call);
    const verify: HelperCall = { mode: 'verify', device: '/dev/mmcblk0', serial: '', size: 1, diskseq: '', originals: ['/a.img', '/b.img'] }; // prettier-ignore
    expect(parseHelperArguments(helperArguments(verify))).toEqual(verify);
    expect(parseHelperArguments(helperArguments({ ...verify, originals: [] }))).toMatchObject({ originals: [] });
  });

  const good = helperArguments(call);
  const changed = (name: string, value: string): string[] =>
    good.map((word, index) => (good[index - 1] === `--${name}` ? value : word));
  it.each([
    ['nothing', []],
    ['another mode', ['erase', ...good.slice(1)]],
    ['a partition by a path', changed('device', '/dev/disk/by-id/usb-x')],
    ['a way out of /dev', changed('device', '/dev/../etc/passwd')],
    ['another folder', changed('device', '/tmp/sdb')],
    ['a relative image', changed('image', 'a.img')],
    ['a size that is none', changed('size', '-1')],
    ['a size in other words', changed('size', '1e9')],
    ['a digest that is none', changed('imageSha256', 'xyz')],
    ['an option it does not know', [...good, '--force', 'yes']],
    ['an option twice', [...good, '--device', '/dev/sda']],
    ['an option without its value', good.slice(0, -1)],
    ['a word without an option', [...good, 'x', 'y']],
    ['settings in the arguments', [...good, '--settings', '{}']],
    ['an option of all objects', [...good, '--__proto__', 'x']],
    ['a missing option', good.filter((_, index) => index !== 1 && index !== 2)],
  ])('are refused with %s', (_name, words) => {
    expect(() => parseHelperArguments(words)).toThrow('The stick’s helper refused the call');
  });
});

describe('places that are looked at on a drive', () => {
  it.each([48 * 2 ** 20, 2e9, 32e9, 64 * 2 ** 30, 2e12])('of %d bytes', (size) => {
    const places = probePlaces(size);
    expect(places[0]).toBe(0);
    expect((places.at(-1) ?? 0) + 65536).toBeGreaterThan(size - 512);
    expect((places.at(-1) ?? 0) + 65536).toBeLessThanOrEqual(size);
    expect(places.every((place) => place % 512 === 0)).toBe(true);
    // Every power of two that a counterfeit may really have.
    for (let real = 2 ** 30; real < size - 65536; real *= 2) expect(places).toContain(real);
    const gaps = places.slice(1).map((place, index) => place - (places[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(size / 20);
  });
});

describe('progress', () => {
  it('tells rate, time left and what is waited for, and not too often', () => {
    let now = 0;
    const told: Progress[] = [];
    const teller = progressTeller('write', 1000, (progress) => told.push(progress), () => now); // prettier-ignore
    for (let done = 10; done <= 1000; done += 10) {
      now += 100;
      teller.at(done, { image: 1, drive: done });
    }
    expect(told.length).toBeLessThan(45);
    expect(told.at(-1)).toEqual({ stage: 'write', done: 1000, total: 1000, rate: 100, secondsLeft: 0, bottleneck: 'drive' });
    expect(told[10]?.secondsLeft).toBe(Math.ceil((1000 - (told[10]?.done ?? 0)) / 100));
    teller.at(1000, { image: 2000, drive: 1 });
    expect(told.at(-1)?.bottleneck).toBe('image');
  }); // prettier-ignore

  it('follows a drive that becomes slow', () => {
    let now = 0;
    let last: Progress | undefined;
    const teller = progressTeller('write', 1e9, (progress) => (last = progress), () => now); // prettier-ignore
    const run = (from: number, bytes: number): void => {
      for (let step = 1; step <= 40; step += 1) {
        now += 250;
        teller.at(from + step * bytes);
      }
    };
    run(0, 1e7);
    expect(last?.rate).toBe(4e7);
    run(4e8, 1e6);
    expect(last?.rate).toBe(4e6);
  });
});
