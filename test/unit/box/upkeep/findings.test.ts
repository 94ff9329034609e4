import { describe, expect, it } from 'vitest';
import { findingsOf } from '../../../../main/backend/boxes/agent/upkeep/findings.ts';
import { parseClock } from '../../../../main/backend/boxes/agent/upkeep/health.ts';
import { compareVersions } from '../../../../main/backend/boxes/agent/upkeep/versions.ts';

const gib = 1024 ** 3;
const well = {
  uptime: 1000,
  cpus: 4,
  load: [0.1, 0.1, 0.1],
  memory: { total: 16 * gib, available: 12 * gib },
  temperatures: [{ name: 'coretemp Package id 0', celsius: 50, high: 100 }],
  filesystems: [{ path: '/var', what: 'Data', total: 400 * gib, free: 300 * gib }],
  disks: [{ name: 'sda', model: 'M', serial: 'S', size: 1, verdict: 'good' as const, why: '' }],
  failedUnits: [],
  clock: { synchronised: true, timeZone: 'Europe/Berlin' },
};
const tones = (change: Partial<Parameters<typeof findingsOf>[0]>): string[] =>
  findingsOf({ ...well, ...change }).map(({ tone, title }) => `${tone}: ${title}`);

describe('what a person should know of a box', () => {
  it('is one good word when all is well', () => {
    expect(tones({})).toEqual(['good: All is well']);
    expect(tones({ clock: { synchronised: false, timeZone: 'UTC' } })).toEqual(['note: The clock is not set by the network', 'good: All is well'].toSorted((a) => (a.startsWith('good') ? -1 : 1))); // prettier-ignore
  });

  it('has the worst first, each with what to do', () => {
    const disk = { name: 'nvme0n1', model: 'Fast', serial: 'S', size: 1, why: 'Because.' };
    const found = findingsOf({
      ...well,
      disks: [{ ...disk, verdict: 'worn' }, { ...disk, verdict: 'failing', celsius: 85 }, { ...disk, verdict: 'unknown' }],
      failedUnits: [{ unit: 'hearth.service', lines: ['first', 'last'] }, { unit: 'man-db.service', lines: [] }],
    }); // prettier-ignore
    expect(found.map(({ tone, title }) => `${tone}: ${title}`)).toEqual([
      'bad: Fast (nvme0n1) is failing',
      'bad: hearth.service failed',
      'warning: Fast (nvme0n1) is worn',
      'warning: Fast (nvme0n1) is hot',
      'warning: man-db.service failed',
      'note: The health of Fast (nvme0n1) is not known',
    ]);
    expect(found.filter(({ tone, fix }) => tone !== 'note' && !fix)).toEqual([]);
    expect(found[1]?.detail).toBe('Its last line: last');
  });

  it('names a disk that tells no model', () => {
    const disk = { name: 'vda', model: '', serial: 'S', size: 1, why: 'Because.' };
    const titles = findingsOf({ ...well, disks: [{ ...disk, verdict: 'failing' }, { ...disk, verdict: 'unknown' }] }).map(({ title }) => title); // prettier-ignore
    expect(titles).toEqual(['The disk vda is failing', 'The health of the disk vda is not known']);
  });

  it.each([
    ['bad: The disk is full', { filesystems: [{ path: '/var', what: 'Data', total: 400 * gib, free: gib }] }],
    ['warning: The disk is getting full', { filesystems: [{ path: '/var', what: 'Data', total: 400 * gib, free: 30 * gib }] }],
    ['warning: Memory is nearly used up', { memory: { total: 16 * gib, available: gib / 4 } }],
    ['warning: It is too hot', { temperatures: [{ name: 'cpu', celsius: 97, high: 100 }] }],
    ['note: It is very busy', { load: [9, 9, 9] }],
  ])('%s', (title, change) => {
    expect(tones(change)).toContain(title);
  }); // prettier-ignore

  it('leaves a full start partition alone: two systems fill it on purpose', () => {
    expect(tones({ filesystems: [{ path: '/run/hearth/medium', what: 'Start', total: gib, free: 0 }] })).toEqual(['good: All is well']); // prettier-ignore
  });
});

describe('the clock', () => {
  it('is read of timedatectl', () => {
    expect(parseClock('Timezone=Europe/Berlin\nLocalRTC=no\nCanNTP=yes\nNTP=yes\nNTPSynchronized=yes\n')).toEqual({ synchronised: true, timeZone: 'Europe/Berlin' }); // prettier-ignore
    expect(parseClock('')).toEqual({ synchronised: false, timeZone: 'UTC' });
  });
});

describe('versions', () => {
  it('are ordered', () => {
    const order = ['0.1.0', '0.2.0-rc.1', '0.2.0-rc.2', '0.2.0-rc.10', '0.2.0', '0.2.0+20261122', '0.2.1', '0.10.0', '1.0.0~beta1', '1.0.0', '2.0']; // prettier-ignore
    for (const [index, one] of order.entries())
      for (const [other, two] of order.entries())
        expect(Math.sign(compareVersions(one, two)), `${one} and ${two}`).toBe(Math.sign(index - other));
    expect(compareVersions('2.0', '2.0.0')).toBe(0);
    expect(compareVersions('v1.0.0', '1.0.0')).toBe(0);
  });
});
