import { describe, expect, it } from 'vitest';
import { boxWishesSchema } from '../../../../main/contract/box/settings.ts';
import type { StickDrive } from '../../../../main/contract/box/sticks.ts';
import { certificates, isPath, newDraft, placeOf, toWishes } from '../../../../renderer/features/boxes/stick/draft.ts';
import { passwordWanted } from '../../../../renderer/features/boxes/stick/password.ts';

const pem = (text: string): string => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----`;
const drive: StickDrive = {
  path: '/dev/sdb', name: 'sdb', model: 'Stick', serial: '1', size: 32e9, transport: 'usb', content: 'blank', mounts: [], key: 'sdb|1',
}; // prettier-ignore

describe('the form of a stick', () => {
  it('is fine as it begins, with the keys of this Hearth, and asks before it erases', () => {
    const wishes = boxWishesSchema.parse(toWishes(newDraft(['ssh-ed25519 AAAA ada@attic'])));
    expect(wishes.disk).toEqual({ rule: 'confirm' });
    expect(wishes.sshKeys).toEqual(['ssh-ed25519 AAAA ada@attic']);
    expect(wishes.appliance).toEqual({ install: true, storage: 'local-path' });
    expect(wishes).not.toHaveProperty('proxy');
  });
  it('names exactly one disk, the size only when it is given', () => {
    const draft = { ...newDraft([]), rule: 'serial' as const, serial: ' S4EV ' };
    expect(boxWishesSchema.parse(toWishes(draft)).disk).toEqual({ rule: 'serial', serial: 'S4EV' });
    expect(toWishes({ ...draft, size: 5e11 }).disk).toEqual({ rule: 'serial', serial: 'S4EV', size: 5e11 });
    expect(boxWishesSchema.safeParse(toWishes({ ...draft, serial: '' })).success).toBe(false);
  });
  it('leaves the size of a pool out where there is no pool', () => {
    const draft = newDraft([]);
    expect(toWishes(draft).appliance).not.toHaveProperty('poolSize');
    expect(toWishes({ ...draft, storage: 'pool-file' }).appliance).toHaveProperty('poolSize', 64 * 1024 ** 3);
  });
  it('takes several certificates out of one text, and what is none as it is', () => {
    expect(certificates(`${pem('AA')}\nnoise\n${pem('BB')}\n`)).toEqual([pem('AA'), pem('BB')]);
    expect(certificates('nonsense')).toEqual(['nonsense']);
    expect(certificates(' \n')).toEqual([]);
  });
});

describe('where it is written', () => {
  it('is the very drive that was chosen, while it is there and may be written', () => {
    const draft = { ...newDraft([]), key: 'sdb|1' };
    expect(placeOf(draft, [drive])).toEqual({ type: 'drive', path: '/dev/sdb', key: 'sdb|1' });
    expect(placeOf(draft, [{ ...drive, key: 'sdb|2' }])).toBeUndefined();
    expect(placeOf(draft, [{ ...drive, refused: { code: 'mounted', why: '' } }])).toBeUndefined();
    expect(placeOf(draft, [])).toBeUndefined();
  });
  it('is a large one only with its size typed', () => {
    const draft = { ...newDraft([]), key: 'sdb|1' };
    const large = { ...drive, typed: '512' };
    expect(placeOf(draft, [large])).toBeUndefined();
    expect(placeOf({ ...draft, typed: '500' }, [large])).toBeUndefined();
    expect(placeOf({ ...draft, typed: ' 512 ' }, [large])).toMatchObject({ typed: '512' });
  });
  it('is a file by its whole path', () => {
    const draft = { ...newDraft([]), target: 'file' as const };
    expect(placeOf({ ...draft, path: 'stick.img' }, [])).toBeUndefined();
    expect(placeOf({ ...draft, path: '/tmp/stick.img' }, [])).toEqual({ type: 'file', path: '/tmp/stick.img', overwrite: false }); // prettier-ignore
    expect(isPath('C:\\sticks\\a.img')).toBe(true);
    expect(isPath('/tmp/')).toBe(false);
  });
  it('asks for a password only where one helps', () => {
    const problem = (code: string) => ({ code, title: '', detail: '', kind: 'denied' as const });
    expect(passwordWanted(problem('root-wrong-password'))).toBe(true);
    expect(passwordWanted(problem('root-denied'))).toBe(false);
    expect(passwordWanted(undefined)).toBe(false);
  });
});
