import { entryName } from '../../../renderer/features/images/library.ts';
import { describe, expect, it } from 'vitest';
import type { CatalogueEntry, ImageRow } from '../../../main/contract/image.ts';
import { commands, find } from '../../../renderer/app/commands.ts';
import { eventRows } from '../../../renderer/features/activity/event-rows.ts';
import { keyName, keyProblem } from '../../../renderer/features/settings/ssh-key.ts';
import { parseLine } from '../../../renderer/features/settings/log-lines.ts';
import {
  asksForLogin,
  freeName,
  imageOf,
  newPassword,
  offeredImages,
  offeredSizes,
  suggestSize,
} from '../../../renderer/features/setup/draft.ts';
import { catalogue, events, imageRows, instancetypes } from '../../support/fake/library.ts';
import { machineRow } from '../../support/fake/machines.ts';

const MiB = 1024 ** 2;

describe('setup', () => {
  it('suggests the smallest size that holds the image, never one that does not fit', () => {
    expect(suggestSize(instancetypes, 256 * MiB)).toBe('u1.nano');
    expect(suggestSize(instancetypes, 1536 * MiB)).toBe('u1.small');
    expect(suggestSize(instancetypes, 16 * 1024 * MiB)).toBeUndefined();
    expect(offeredSizes(instancetypes, 512 * MiB)).toHaveLength(4);
  });
  it('offers a name that is free', () => {
    expect(freeName(new Set())).toBe('first');
    expect(freeName(new Set(['first', 'third']))).toBe('second');
    expect(freeName(new Set(['first', 'second', 'third', 'machine-4']))).toBe('machine-5');
  });
  it('says a version once', () => {
    const named = (name: string, version: string): string =>
      entryName({ ...(catalogue[0] as CatalogueEntry), kind: 'cloud', name, version });
    expect(named('Debian 13', 'trixie')).toBe('Debian 13');
    expect(named('Ubuntu Server 26.04', '26.04 LTS')).toBe('Ubuntu Server 26.04');
    expect(named('Arch Linux', 'rolling')).toBe('Arch Linux rolling');
  });
  it('offers cloud images of this architecture only', () => {
    expect(offeredImages(catalogue, 'x86_64').every((entry) => entry.kind === 'cloud')).toBe(true);
    expect(offeredImages(catalogue, 'aarch64')).toEqual([]);
  });
  it('finds the image that is ready before one that is not', () => {
    const [ready] = imageRows;
    const making = { ...ready, uid: 'other', name: 'starter-2', state: 'importing' } as ImageRow;
    expect(imageOf('starter', undefined, [making, ready as ImageRow])?.uid).toBe(ready?.uid);
    expect(imageOf('starter', { namespace: 'hearth-images', name: 'starter-2' }, [making])?.uid).toBe('other');
    expect(imageOf('nothing', undefined, imageRows)).toBeUndefined();
  });
  it('knows a login prompt from a line about logging in', () => {
    expect(asksForLogin('Debian GNU/Linux 12 first ttyS0\n\nfirst login: ')).toBe(true);
    expect(asksForLogin('systemd-logind: new login: session\nStarting…')).toBe(false);
  });
  it('makes passwords that can be read aloud', () => {
    expect(newPassword(new Uint8Array([0, 1, 2, 30, 31, 255, 7, 8, 9]))).toMatch(
      /^[a-hj-km-np-z2-9]{3}(-[a-hj-km-np-z2-9]{3}){2}$/,
    );
    expect(newPassword()).not.toBe(newPassword());
  });
});

describe('events', () => {
  it('puts warnings first, newest first among them', () => {
    const types = eventRows(events, '', false, 'warnings').map((row) => row.type);
    expect(types.lastIndexOf('Warning')).toBeLessThan(types.indexOf('Normal'));
    const times = eventRows(events, '', false, 'newest').map((row) => row.lastAt);
    expect(times).toEqual([...times].sort().toReversed());
  });
  it('filters by text and by type', () => {
    expect(eventRows(events, 'datavolume broken', false, 'newest')).toHaveLength(1);
    expect(eventRows(events, '', true, 'newest').every((row) => row.type === 'Warning')).toBe(true);
  });
});

describe('SSH keys', () => {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFZ1dGVu ada@attic';
  it('takes public keys and names them by their comment', () => {
    expect(keyProblem(`  ${key}\n`, [])).toBeUndefined();
    expect(keyName(key)).toBe('ada@attic');
  });
  it('refuses private keys, nonsense and the same key under another name', () => {
    expect(keyProblem('-----BEGIN OPENSSH PRIVATE KEY-----', [])).toContain('private');
    expect(keyProblem('hello', [])).toBeDefined();
    expect(keyProblem(`${key}\n${key}`, [])).toBeDefined();
    expect(keyProblem('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFZ1dGVu other', [{ name: 'a', key }])).toContain('already');
  });
});

describe('log lines', () => {
  it('reads pino and leaves other lines as they are', () => {
    expect(parseLine('{"level":50,"time":1700000000000,"pid":1,"msg":"broke","code":"x"}', 0)).toMatchObject({
      level: 'error',
      text: 'broke  code=x',
    });
    expect(parseLine('plain {text', 1)).toMatchObject({ level: 'info', text: 'plain {text' });
  });
});

describe('palette', () => {
  const doing = {
    go: () => undefined,
    switchTheme: () => undefined,
    showShortcuts: () => undefined,
    recheck: () => undefined,
    use: () => undefined,
  };
  const all = commands(doing, [machineRow(0), machineRow(6)], imageRows);
  it('finds by any word, the closest first, groups together', () => {
    expect(find(all, 'web')[0]?.label).toBe('web');
    expect(find(all, 'monorepo runner').map((command) => command.group)).toEqual(['Machines']);
    expect(find(all, 'zzz')).toEqual([]);
    const groups = find(all, '').map((command) => command.group);
    expect(groups.filter((group, index) => group !== groups[index - 1])).toEqual([...new Set(groups)]);
  });
});
