import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { consoleRuns } from '../../../main/backend/cloud-init/console-log.ts';
import { brokenCloudInit, verdictOf } from '../../../main/backend/cloud-init/verdict.ts';

const log = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../support/cloud-init', `${name}.log`), 'utf8');
const at = (text: string): number => Date.parse(text);
const day = at('Sat, 21 Nov 2026 08:00:00 +0000');

describe('what a serial console tells', () => {
  test.each([
    ['debian-12-done', 'done', 72.13, 'cloud-init 22.4.2', []],
    ['ubuntu-24-done', 'done', 41.2, 'cloud-init 24.4', []],
    ['ubuntu-24-error', 'error', 58.34, 'cloud-init 24.4', ['packages', 'runcmd']],
    ['fedora-41-error', 'error', 39.71, 'cloud-init 24.2', ['users']],
    ['alpine-3-done', 'done', 21.05, 'cloud-init 24.4', []],
    ['starter-done', 'done', 3.61, 'Hearth starter', []],
    ['starter-error', 'error', 6.02, 'Hearth starter', ['packages', 'runcmd']],
  ])('%s', (name, state, seconds, by, parts) => {
    const verdict = verdictOf(log(name), day, day + 60_000);
    expect(verdict).toMatchObject({ state, seconds, by });
    expect(verdict.problems.map(({ part }) => part)).toEqual(parts);
  }); // prettier-ignore
  test('a recorded one: each failure once, with what its command said', () => {
    expect(verdictOf(log('debian-12-error'), at('2026-11-21T12:15:00Z'), at('2026-11-21T12:22:00Z'))).toEqual({
      state: 'error', seconds: 372.98, endedAt: '2026-11-21T12:21:36.000Z', by: 'cloud-init 22.4.2',
      problems: [
        { severity: 'error', part: 'locale', text: 'Running module locale failed: *** update-locale: Error: invalid locale settings:  LANG=en_US.UTF-8' },
        { severity: 'error', part: 'runcmd', text: 'Failed to run module scripts-user (scripts in /var/lib/cloud/instance/scripts): cat: /nowhere/at/all: No such file or directory' },
      ],
    }); // prettier-ignore
  });
  test('a run under way, one that hangs at a failed unit, and silence', () => {
    const half = log('debian-12-done').split('finished at')[0] ?? '';
    expect(verdictOf(half, day, day + 60_000).state).toBe('running');
    const failed = `${half}\n[\u001B[0;1;31mFAILED\u001B[0m] Failed to start \u001B[0;1;39mcloud-final.service\u001B[0m - Cloud-init: Final Stage.\n`;
    expect(verdictOf(failed, day, day)).toMatchObject({ state: 'error', problems: [{ part: 'systemd' }] });
    expect(verdictOf('Welcome\nlogin: ', day, day + 60_000).state).toBe('waiting');
    expect(verdictOf('Welcome\nlogin: ', day, day + 3600_000).state).toBe('not-seen');
  });
  test('of several starts the one asked for counts, and of its boots the first', () => {
    const text = log('starter-error') + log('starter-done').replaceAll('08:00:', '09:00:');
    expect(consoleRuns(text)).toHaveLength(2);
    expect(verdictOf(text, day, day).state).toBe('error');
    expect(verdictOf(text, day + 3600_000, day).state).toBe('done');
    const ended = at('Sat, 21 Nov 2026 08:00:06 +0000');
    expect(verdictOf(log('starter-error'), day, day, ended).state).toBe('waiting');
    expect(verdictOf(text, day, day, ended).state).toBe('done');
    expect(verdictOf(text, day + 2 * 3600_000, day + 2 * 3600_000).state).toBe('waiting');
  });
  test('errors after its end are not its own', () => {
    const text = `${log('starter-done')}\nfoo.py[ERROR]: something else failed\n`;
    expect(verdictOf(text, day, day).state).toBe('done');
  });
  test('no data source is an error, a warning is none', () => {
    const none = "Cloud-init v. 24.4 running 'init-local' at Sat, 21 Nov 2026 08:00:05 +0000. Up 5.00 seconds.\nCloud-init v. 24.4 finished at Sat, 21 Nov 2026 08:00:09 +0000. Datasource DataSourceNone.  Up 9.00 seconds\n"; // prettier-ignore
    expect(verdictOf(none, day, day).problems).toMatchObject([{ severity: 'error', part: 'datasource' }]);
    const warned = none.replace('DataSourceNone', 'DataSourceNoCloud').replace('Cloud-init v. 24.4 finished', '2026-11-21 08:00:07,000 - cc_locale.py[WARNING]: locale is deprecated\nCloud-init v. 24.4 finished'); // prettier-ignore
    expect(verdictOf(warned, day, day)).toMatchObject({ state: 'done', problems: [{ severity: 'warning', part: 'locale' }] }); // prettier-ignore
  });
  test('a broken set-up is a cause of its own', () => {
    const verdict = verdictOf(log('starter-error'), day, day);
    expect(brokenCloudInit(verdict)).toMatchObject({ cause: 'cloud-init-broken', says: expect.stringContaining('runcmd') as string }); // prettier-ignore
    expect(brokenCloudInit(verdictOf(log('starter-done'), day, day))).toBeUndefined();
  });
  test('any bytes are read without harm', () => {
    let seed = 3;
    const bytes = Buffer.from(Array.from({ length: 20_000 }, () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % 256)); // prettier-ignore
    expect(() => verdictOf(bytes.toString('latin1'), day, day)).not.toThrow();
  });
});
