import { describe, expect, test } from 'vitest';
import { addPlaceSchema, backupPlaceSchema, keepSchema } from '../../../main/contract/backups.ts';
import type { BackupPlace } from '../../../main/contract/backups.ts';
import { resticProblem, linesOf } from '../../../main/backend/backups/restic/problems.ts';
import { newEnough } from '../../../main/backend/backups/restic/program.ts';
import { addressOf, environmentOf, tagArguments } from '../../../main/backend/backups/restic/repository.ts';
import { addedBy } from '../../../main/backend/backups/restic/restic.ts';

const folder: BackupPlace = { type: 'folder', path: '/mnt/nas/hearth' };
const s3: BackupPlace = {
  type: 's3',
  endpoint: 'https://nas.lan:9000/',
  bucket: 'home',
  folder: 'hearth/lab',
  keyId: 'AK',
};

describe('what restic is told', () => {
  test('the address of a place', () => {
    expect(addressOf(folder)).toBe('/mnt/nas/hearth');
    expect(addressOf(s3)).toBe('s3:https://nas.lan:9000/home/hearth/lab');
    expect(addressOf({ ...s3, folder: '' })).toBe('s3:https://nas.lan:9000/home');
  });

  test('secrets stand in the environment of the one place; what this process was given by chance does not', () => {
    const before = { PATH: '/bin', RESTIC_PASSWORD: 'of somebody else', RESTIC_REPOSITORY: '/other', AWS_SECRET_ACCESS_KEY: 'theirs', AWS_PROFILE: 'work' }; // prettier-ignore
    const repository = { passwordFile: '/data/x.password', cache: '/data/cache', secretKey: 'mine' };
    const there = environmentOf({ ...repository, place: s3 }, before);
    expect(there).toMatchObject({ PATH: '/bin', RESTIC_PASSWORD_FILE: '/data/x.password', AWS_ACCESS_KEY_ID: 'AK', AWS_SECRET_ACCESS_KEY: 'mine', RESTIC_REPOSITORY: 's3:https://nas.lan:9000/home/hearth/lab' }); // prettier-ignore
    expect([there['RESTIC_PASSWORD'], there['AWS_PROFILE']]).toEqual([undefined, undefined]);
    const here = environmentOf({ ...repository, place: folder }, before);
    expect(Object.keys(here).filter((name) => name.startsWith('AWS'))).toEqual([]);
  });

  test('a comma in a tag would be two tags', () => {
    expect(tagArguments(['a=1', 'b,c'])).toEqual(['--tag', 'a=1', '--tag', 'b c']);
  });

  test.each([
    ['relative', { type: 'folder', path: 'backups' }],
    ['a flag', { type: 'folder', path: '--help' }],
    ['an address with a path', { ...s3, endpoint: 'https://nas.lan/minio' }],
    ['an address with a password', { ...s3, endpoint: 'https://ada:secret@nas.lan' }],
    ['another protocol', { ...s3, endpoint: 'file:///etc' }],
    ['a bucket that is a path', { ...s3, bucket: '../x' }],
    ['a folder that climbs', { ...s3, folder: '/etc' }],
  ])('%s is no place', (_name, place) => {
    expect(backupPlaceSchema.safeParse(place).success).toBe(false);
  });

  test('a short password, or one of two lines, is none; something has to be kept', () => {
    const add = (password: string) => addPlaceSchema.safeParse({ name: 'NAS', place: folder, password }).success;
    expect([add('1234567'), add('12345678'), add('1234\n5678')]).toEqual([false, true, false]);
    expect(keepSchema.safeParse({ last: 0, daily: 0, weekly: 0, monthly: 0 }).success).toBe(false);
  });
});

describe('what restic says', () => {
  test('its version', () => {
    expect([
      'restic 0.14.0 compiled with go1.19.8',
      'restic 0.13.1 compiled',
      'restic 1.0.2',
      'restic 0.9.6 x',
      'hello',
    ].map(newEnough)).toEqual([true, false, true, false, undefined]); // prettier-ignore
  });

  test('bytes that were new stand in its last line alone', () => {
    expect(addedBy('{"message_type":"summary","data_added":3001425,"snapshot_id":"01a93edd"}')).toBe(3001425);
    expect(addedBy('{"message_type":"status","percent_done":0}')).toBeUndefined();
    expect(addedBy('{"message_type":"summary","data_ad')).toBeUndefined();
  });

  // As restic 0.14 printed them.
  test.each([
    ['Fatal: wrong password or no key found', 'backup-wrong-password'],
    ['Fatal: unable to open config file: stat /mnt/x/config: no such file or directory\nIs there a repository at the following location?\n/mnt/x', 'backup-place-empty'],
    ['unable to create lock in backend: repository is already locked by PID 1234 on nas by root (UID 0, GID 0)\nlock was created at 2026-01-01 00:00:00 (5s ago)\nstorage ID 0815\nthe `unlock` command can be used to remove stale locks', 'backup-place-locked'],
    ['Save(<data/0a1b>) returned error, retrying after 552ms: write /mnt/x/data/0a: no space left on device\nFatal: unable to save snapshot: write: no space left on device', 'backup-place-full'],
    ['Fatal: create repository at /mnt/x failed: mkdir /mnt/x: permission denied', 'backup-place-refused'],
    ['Fatal: unable to open config file: Stat: Access Denied.\nIs there a repository at the following location?', 'backup-place-refused'],
    ['Fatal: unable to open config file: Stat: The AWS Access Key Id you provided does not exist in our records.\nIs there a repository at the following location?', 'backup-place-refused'],
    ['Fatal: unable to open config file: Stat: The request signature we calculated does not match the signature you provided.', 'backup-place-refused'],
    ['Fatal: unable to open config file: Stat: The specified bucket does not exist\nIs there a repository at the following location?', 'backup-no-bucket'],
    ['Fatal: unable to open config file: Get "http://127.0.0.1:1/b/": dial tcp 127.0.0.1:1: connect: connection refused', 'backup-place-away'],
    ['Fatal: unable to open config file: stat /mnt/x/config: stale NFS file handle', 'backup-place-away'],
    ['Pack ID does not match, want 1, got 2\nFatal: repository contains errors', 'backup-damaged'],
    ['Fatal: ciphertext verification failed', 'backup-damaged'],
    ['Fatal: cannot dump file: snapshot 0815 not found', 'backup-point-gone'],
    ['panic: something new', 'backup-failed'],
  ])('%s', (stderr, code) => {
    const { problem } = resticProblem(folder, 'backup', stderr, 1);
    expect(problem.code).toBe(code);
    expect(problem.detail).toContain('/mnt/nas/hearth');
    expect(problem.fix).toBeTruthy();
  }); // prettier-ignore

  test('lines of progress are no words of a failure', () => {
    expect(linesOf('{"message_type":"status"}\n\nFatal: x\n')).toEqual(['Fatal: x']);
  });
});
