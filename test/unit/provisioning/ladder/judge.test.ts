import { expect, test } from 'vitest';
import { judge } from '../../../../provisioning/ladder/judge.ts';
import type { Observations, Verdict } from '../../../../provisioning/ladder/observations.ts';
import { parseUnit } from '../../../../provisioning/ladder/observations.ts';
import { rungOf, rungs } from '../../../../provisioning/ladder/rungs.ts';
import type { RungId } from '../../../../provisioning/plan.ts';
import { fixtures } from './fixtures.ts';

const flat: [string, RungId, Observations[RungId], Verdict['state'], RegExp[]][] = Object.entries(fixtures).flatMap(
  ([rung, cases]) =>
    cases.map(
      ([title, observation, state, ...words]): [string, RungId, Observations[RungId], Verdict['state'], RegExp[]] => [
        title,
        rung as RungId,
        observation,
        state,
        words,
      ],
    ),
);

test.each(flat)('%s (%s)', (_title, rung, observation, state, words) => {
  const verdict = judge(rung, observation as never);
  expect(verdict.state).toBe(state);
  const text = [verdict.detail, verdict.cause ?? '', verdict.fix ?? ''].join('\n');
  for (const word of words) expect(text).toMatch(word);
  expect(text).not.toMatch(/undefined|null|\[object/);
});

test('every rung has a fixture that passes and one that does not', () => {
  expect(Object.keys(fixtures)).toEqual(rungs.map((rung) => rung.id));
  for (const cases of Object.values(fixtures)) {
    const states = new Set(cases.map((each) => each[2]));
    expect(states).toContain('pass');
    expect(states).toContain('wait');
  }
});

test('systemctl show is read, and nothing else is', () => {
  expect(parseUnit('ActiveState=activating\nSubState=auto-restart\nNRestarts=7\nExecMainStatus=1\n')).toEqual({
    active: 'activating',
    sub: 'auto-restart',
    restarts: 7,
    exitStatus: 1,
  });
  expect(parseUnit('ActiveState=active\nNRestarts=many')).toMatchObject({ restarts: 0, sub: '' });
  expect(parseUnit('Unit k3s.service could not be found.')).toBeUndefined();
  expect(parseUnit('')).toBeUndefined();
});

test('rungs have a time each, and an unknown one is a mistake', () => {
  for (const rung of rungs) expect(rung.timeoutSeconds).toBeGreaterThan(30);
  expect(() => rungOf('roof' as RungId)).toThrow(TypeError);
});
