import { describe, expect, it } from 'vitest';
import { chosenDisk, confirmWord, decide } from '../../../../main/backend/boxes/agent/disks/decide.ts';
import { asProblem } from '../../../../main/contract/problem.ts';
import type { DiskRule } from '../../../../main/contract/box/settings.ts';
import type { BoxDisk } from '../../../../main/contract/box/state.ts';

const mine = 'aa'.repeat(16);
const other = 'bb'.repeat(16);
const disk = (serial: string, more: Partial<BoxDisk> = {}): BoxDisk => ({
  name: `sd${serial.toLowerCase()}`,
  model: 'Disk',
  serial,
  size: 500e9,
  transport: 'sata',
  rotational: false,
  content: 'blank',
  partitions: [],
  ...more,
});
const refused = (code: string): Pick<BoxDisk, 'refused'> => ({ refused: { code, why: `It is ${code}.` } }); // prettier-ignore
const boxOf = (installId: string): Partial<BoxDisk> => ({ ...refused('hearth-box'), hearth: { boxId: other, hostName: 'x', installId } }); // prettier-ignore
const begun = (installId: string, same = true): Partial<BoxDisk> => ({ unfinished: { installId, same }, content: 'an installation of Hearth that was not finished' }); // prettier-ignore
const stick = disk('STICK', refused('stick'));
const serial = (wanted: string, more: { size?: number; wwn?: string } = {}): DiskRule => ({ rule: 'serial', serial: wanted, ...more }); // prettier-ignore
const blankOnly: DiskRule = { rule: 'single-blank' };
const confirm: DiskRule = { rule: 'confirm' };

const table: [string, BoxDisk[], DiskRule, string, RegExp][] = [
  ['the default asks', [stick, disk('A')], confirm, 'confirm', /in the app or at the console/],
  ['a serial number that one disk has', [stick, disk('A'), disk('B')], serial('B'), 'install B', /exactly one/],
  ['... also when it is not blank', [disk('A', { content: 'Windows, 3 partitions' })], serial('A'), 'install A', /exactly one/],
  ['none has it', [stick, disk('A')], serial('B'), 'confirm', /No disk has the serial number B/],
  ['two have it', [disk('A'), disk('A', { name: 'sdx' })], serial('A'), 'confirm', /2 disks have the serial number A, so none/],
  ['two have it, the size tells them apart', [disk('A'), disk('A', { size: 1e12 })], serial('A', { size: 1e12 }), 'install A', /exactly one/],
  ['two have it, the WWN tells them apart', [disk('A', { wwn: 'w1' }), disk('A', { wwn: 'w2' })], serial('A', { wwn: 'w2' }), 'install A', /exactly one/],
  ['another size', [disk('A')], serial('A', { size: 1 }), 'confirm', /another size or WWN/],
  ['another WWN', [disk('A', { wwn: 'w1' })], serial('A', { wwn: 'w2' }), 'confirm', /another size or WWN/],
  ['no WWN where one is named', [disk('A')], serial('A', { wwn: 'w2' }), 'confirm', /another size or WWN/],
  ['the stick itself', [stick], serial('STICK'), 'confirm', /It is stick/],
  ['a disk with the serial of the stick', [stick, disk('STICK', refused('stick-serial'))], serial('STICK'), 'confirm', /2 disks/],
  ['it is in use', [disk('A', refused('in-use'))], serial('A'), 'confirm', /It is in-use/],
  ['it has a box of somebody', [disk('A', boxOf(other))], serial('A'), 'confirm', /It is hearth-box/],
  ['the only disk, blank', [stick, disk('A')], blankOnly, 'install A', /only disk/],
  ['... beside what no box could live on', [stick, disk('U', refused('removable')), disk('S', refused('too-small')), disk('A')], blankOnly, 'install A', /only disk/],
  ['two disks', [stick, disk('A'), disk('B')], blankOnly, 'confirm', /2 disks inside/],
  ['two disks, one in use', [stick, disk('A'), disk('B', refused('in-use'))], blankOnly, 'confirm', /2 disks inside/],
  ['the only disk is in use', [stick, disk('B', refused('in-use'))], blankOnly, 'confirm', /It is in-use/],
  ['an empty table is not blank', [disk('A', { content: 'an empty partition table (GPT)' })], blankOnly, 'confirm', /not blank/],
  ['nor is noise without a signature', [disk('A', { content: 'nothing that is known, but not blank (perhaps encrypted)' })], blankOnly, 'confirm', /not blank/],
  ['no disk', [stick], blankOnly, 'confirm', /no disk inside/],
  ['done already', [disk('A', boxOf(mine)), disk('B')], serial('B'), 'already-installed A', /already/],
  ['begun and interrupted', [disk('A', begun(mine)), disk('B')], confirm, 'resume A', /begins again/],
  ['begun, but on the disk that this one was copied from', [disk('A', begun(mine, false))], confirm, 'confirm', /not the same/],
  ['begun on two', [disk('A', begun(mine)), disk('B', begun(mine))], confirm, 'confirm', /not the same/],
  ['begun, in use now', [disk('A', { ...begun(mine), ...refused('in-use') })], serial('A'), 'confirm', /cannot be used/],
  ['begun by another stick', [disk('A', begun(other))], blankOnly, 'confirm', /not blank/],
]; // prettier-ignore

describe('which disk is taken without asking', () => {
  it.each(table)('%s', (_, disks, rule, expected, why) => {
    const decision = decide(disks, rule, mine);
    expect(decision.do === 'confirm' ? 'confirm' : `${decision.do} ${decision.disk.serial}`).toBe(expected);
    expect(decision.why).toMatch(why);
  });

  it('names a disk that tells no model by what it is', () => {
    const said = (more: Partial<BoxDisk>, rule: DiskRule = blankOnly): string => decide([disk('A', { model: '', ...more })], rule, mine).why; // prettier-ignore
    expect(said({ name: 'vda', transport: 'virtio' })).toBe('The virtual disk vda (serial number A) is the only disk, and it is blank.'); // prettier-ignore
    expect(said({ name: 'mmcblk0', transport: 'mmc', content: 'Windows' })).toBe('The memory card mmcblk0 (serial number A) is not blank: Windows. Nothing was erased.'); // prettier-ignore
    expect(said({ name: 'sda', rotational: true }, serial('A'))).toBe('The stick names the hard disk sda (serial number A), and exactly one disk matches.'); // prettier-ignore
    expect(said({ name: 'nvme0n1', transport: 'nvme', ...boxOf(mine) })).toBe('This stick has installed the NVMe disk nvme0n1 (serial number A) already.'); // prettier-ignore
  });

  it('never depends on the order of the disks', () => {
    for (const [, disks, rule, expected] of table) {
      const decision = decide(disks.toReversed(), rule, mine);
      expect(decision.do === 'confirm' ? 'confirm' : `${decision.do} ${decision.disk.serial}`).toBe(expected);
    }
  });
});

describe('a disk that a person chose', () => {
  const disks = [
    disk('WD-1234', { wwn: 'w1' }),
    disk('BOX-9999', boxOf(other)),
    disk('IN-USE01', refused('in-use')),
    disk('TWIN', { name: 'sd1' }),
    disk('TWIN', { name: 'sd2' }),
  ];
  const choose = (
    wanted: { serial: string; size?: number; wwn?: string },
    typed: string,
    reinstall = false,
  ): string => {
    try {
      return chosenDisk(disks, { disk: { size: 500e9, ...wanted }, confirm: typed, reinstall }).serial;
    } catch (error) {
      return asProblem(error).code;
    }
  };
  it('is the one with all its marks, confirmed by the end of its serial number', () => {
    expect(confirmWord('WD-1234')).toBe('1234');
    expect(choose({ serial: 'WD-1234', wwn: 'w1' }, ' 1234 ')).toBe('WD-1234');
    expect(choose({ serial: 'WD-1234', wwn: 'w1' }, '1235')).toBe('disk-not-confirmed');
    expect(choose({ serial: 'WD-1234', wwn: 'w1' }, '')).toBe('disk-not-confirmed');
    expect(choose({ serial: 'WD-1234' }, '1234')).toBe('disk-gone');
    expect(choose({ serial: 'WD-1234', wwn: 'w1', size: 1 }, '1234')).toBe('disk-gone');
    expect(choose({ serial: 'TWIN' }, 'TWIN')).toBe('disk-ambiguous');
    expect(choose({ serial: 'IN-USE01' }, 'SE01', true)).toBe('disk-refused');
    expect(choose({ serial: 'BOX-9999' }, '9999')).toBe('disk-has-box');
    expect(choose({ serial: 'BOX-9999' }, '9999', true)).toBe('BOX-9999');
  });
});
