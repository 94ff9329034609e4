import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diskHealth } from '../../../../main/backend/boxes/agent/upkeep/disks.ts';
import { parseSmartReport } from '../../../../main/backend/boxes/agent/upkeep/smart-report.ts';
import { judgeDisk } from '../../../../main/backend/boxes/agent/upkeep/smart.ts';

const folder = join(import.meta.dirname, '../../../support/boxes/smart');
const text = (name: string): string => readFileSync(join(folder, `${name}.json`), 'utf8');
const judged = (name: string, disk: { name?: string; transport?: string } = {}) =>
  judgeDisk({ name: 'sda', model: 'lsblk model', serial: 'lsblk serial', size: 1000, transport: 'sata', ...disk }, parseSmartReport(text(name))); // prettier-ignore

describe('the health of a disk', () => {
  const expected: Record<string, [verdict: string, why: RegExp, facts?: object]> = {
    'samsung-860-evo-good': ['good', /no damage/, { model: 'Samsung SSD 860 EVO 500GB', serial: 'S3Z1NB0K702513L', used: 0.06, celsius: 34, powerOnHours: 12411, reallocated: 0, mediaErrors: 0 }],
    'crucial-mx500-worn': ['worn', /^96 % of the life/, { used: 0.96 }],
    'wd-red-good': ['good', /no damage/, { celsius: 32, pending: 0 }],
    'seagate-reallocated': ['worn', /^856 sectors were bad and were replaced\.$/, { reallocated: 856 }],
    'toshiba-pending-failing': ['failing', /self-test: Completed: read failure.*24 sectors cannot be read/, { pending: 24, reallocated: 40 }],
    'hitachi-prefail-now': ['failing', /self-assessment.*Reallocated_Sector_Ct is at 1, its limit is 5/],
    'nvme-970-good': ['good', /no damage/, { used: 0.03, mediaErrors: 0, powerOnHours: 5120, celsius: 41 }],
    'nvme-over-its-life': ['worn', /^131 % of the life/, { used: 1.31 }],
    'nvme-media-errors-hot': ['worn', /^7 times/, { celsius: 83, mediaErrors: 7 }],
    'nvme-spare-read-only': ['failing', /self-assessment.*spare blocks are used up.*read-only.*4 % of its spare blocks are left, its limit is 10 %/],
    'usb-bridge-unknown': ['unknown', /USB adapter does not pass SMART on \(Unknown USB bridge \[0x0bda:0x9210/],
    'usb-sat-good': ['good', /no damage/],
    virtio: ['unknown', /Unable to detect device type/],
    'qemu-harddisk': ['unknown', /virtual disk/],
    'smart-switched-off': ['unknown', /switched off/],
    'sas-grown-defects': ['worn', /12 sectors.*3 times/, { reallocated: 12, mediaErrors: 3, model: 'SEAGATE ST4000NM0023' }],
    'sas-impending-failure': ['failing', /self-assessment/],
  }; // prettier-ignore

  it.each(Object.entries(expected))('%s', (name, [verdict, why, facts = {}]) => {
    const health = judged(name);
    expect(health.why).toMatch(why);
    expect(health).toMatchObject({ verdict, ...facts });
  });

  it('has an expectation for every sample', () => {
    expect(readdirSync(folder).map((file) => file.replace('.json', '')).toSorted()).toEqual(Object.keys(expected).toSorted()); // prettier-ignore
  });

  it('keeps what lsblk told where smartctl says nothing', () => {
    const disk = { name: 'vda', model: 'Virtio disk', serial: 'X1', size: 5, transport: 'virtio' };
    expect(judgeDisk(disk, parseSmartReport(text('virtio')))).toEqual({ name: 'vda', model: 'Virtio disk', serial: 'X1', size: 5, verdict: 'unknown', why: 'A virtual disk does not report its health.' }); // prettier-ignore
    expect(judgeDisk(disk, parseSmartReport('smartctl: not found'))).toMatchObject({ verdict: 'unknown' });
    expect(judged('usb-bridge-unknown', { name: 'mmcblk0', transport: 'mmc' }).why).toMatch(/USB adapter/);
  });

  it('asks every real disk, and a USB disk once more in its own language', async () => {
    const asked: string[] = [];
    const lsblk = { blockdevices: [
      { name: 'zram0', model: null, serial: null, size: 0, tran: null, type: 'disk' },
      { name: 'loop0', model: null, serial: null, size: 9, tran: null, type: 'loop' },
      { name: 'nvme0n1', model: 'A ', serial: 'B', size: 1000204886016, tran: 'nvme', type: 'disk' },
      { name: 'sdg', model: 'Bridge', serial: 'C', size: 4000787030016, tran: 'usb', type: 'disk' },
      { name: 'vda', model: null, serial: null, size: 274877906944, tran: null, type: 'disk' },
    ] }; // prettier-ignore
    const answers: Record<string, string> = {
      'smartctl --json -a /dev/nvme0n1': text('nvme-970-good'),
      'smartctl --json -a /dev/sdg': text('usb-bridge-unknown'),
      'smartctl --json -a -d sat /dev/sdg': text('usb-sat-good'),
      'smartctl --json -a /dev/vda': text('virtio'),
    };
    const found = await diskHealth(async (argv) => {
      const line = argv.join(' ');
      asked.push(line);
      const stdout = argv[0] === 'lsblk' ? JSON.stringify(lsblk) : (answers[line] ?? '');
      return { code: 0, stdout, stderr: '', timedOut: false };
    });
    expect(found.map(({ name, verdict, model }) => [name, verdict, model])).toEqual([
      ['nvme0n1', 'good', 'Samsung SSD 970 EVO Plus 1TB'],
      ['sdg', 'good', 'WDC WD40EFRX-68N32N0'],
      ['vda', 'unknown', ''],
    ]);
    expect(asked.filter((line) => line.startsWith('smartctl'))).toHaveLength(4);
  });
});
