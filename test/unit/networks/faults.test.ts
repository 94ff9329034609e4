import { describe, expect, it } from 'vitest';
import { faultsOn, FaultsNotUnderstood, readFaults } from '../../../main/embedded/network/faults.ts';

describe('the annotation hearth.dev/faults', () => {
  it('tells what is wrong with each interface; kinds that are not the network’s are passed over', () => {
    const faults = readFaults(
      JSON.stringify({
        loss: { percent: 20, since: '2026-01-01T00:00:00Z' },
        delay: { ms: 50, interface: 'lan', way: 'out' },
        rate: { kbit: 256, interface: 'default' },
        dns: { off: true },
        disk: { percent: 100 },
      }),
      'me',
    );
    expect(faultsOn(faults, 'default')).toEqual({
      loss: { percent: 20, way: 'in' },
      rate: { kbit: 256, way: 'both' },
      dns: { off: true },
    });
    expect(faultsOn(faults, 'lan')).toEqual({
      loss: { percent: 20, way: 'in' },
      delay: { ms: 50, jitter: 0, way: 'out' },
      dns: { off: true },
    });
    expect(faultsOn(readFaults('{}', 'me'), 'default')).toBeUndefined();
    expect(faultsOn(readFaults('{"rate":{"kbit":256,"interface":"lan"}}', 'me'), 'default')).toBeUndefined();
  });

  it('is about the machine it names: a copy of it is whole', () => {
    const text = '{"machine":"me","loss":{"percent":20}}';
    expect(faultsOn(readFaults(text, 'me'), 'default')).toEqual({ loss: { percent: 20, way: 'in' } });
    expect(readFaults(text, 'my copy')).toEqual([]);
  });

  it.each([
    ['no JSON', '{', /no JSON/],
    ['a list', '[]', /object/],
    ['a fault that is no object', '{"loss":20}', /loss has to be an object/],
    ['a loss beyond all', '{"loss":{"percent":120}}', /loss\.percent .* 0 to 100/],
    ['a loss of nothing said', '{"loss":{}}', /loss\.percent/],
    ['a way that is none', '{"loss":{"percent":1,"way":"up"}}', /in, out or both/],
    ['a rate of nothing', '{"rate":{"kbit":0}}', /rate\.kbit/],
    ['names that are half off', '{"dns":{"off":"yes"}}', /dns\.off/],
    ['an interface that is no name', '{"delay":{"ms":1,"interface":3}}', /delay\.interface/],
  ])('that is %s is told apart', (_what, text, words) => {
    expect(() => readFaults(text, 'me')).toThrow(FaultsNotUnderstood);
    expect(() => readFaults(text, 'me')).toThrow(words);
  });
});
