import { describe, expect, test } from 'vitest';
import type { BackupPlan, BackupPoint } from '../../../main/contract/backups.ts';
import { sortPoints } from '../../../main/backend/backups/points/tags.ts';
import type { ResticSnapshot } from '../../../main/backend/backups/restic/restic.ts';
import { nextRun, planDue } from '../../../main/backend/backups/schedule.ts';
import { diskLink } from '../../../main/backend/backups/take/disk.ts';
import { orderOf, scheduleIn } from '../../../main/backend/transfer/order.ts';
import { keepOf, placeOf, pointNamed } from '../../../main/cli/backups/words.ts';
import { latestOf } from '../../../renderer/features/backups/choose-points.tsx';
import { placeInput } from '../../../renderer/features/backups/place-form.tsx';

const snapshot = (id: string, path: string, tags: string[], time = '2026-01-02T03:04:05Z'): ResticSnapshot => ({ id, time, hostname: 'attic', paths: [path], tags }); // prettier-ignore
const disk = (id: string, point: string): ResticSnapshot =>
  snapshot(id, '/hearth/machines/default/web/root.raw', [`hearth-point=${point}`, 'hearth-disk']);
const manifest = (id: string, point: string, disks: number, ...more: string[]): ResticSnapshot =>
  snapshot(id, '/hearth/machines/default/web/manifest.json', [`hearth-point=${point}`, 'hearth-manifest', `disks=${disks}`, 'size=100', 'added=7', ...more]); // prettier-ignore

describe('points at a place', () => {
  test('one is whole with its manifest and all of its disks; what others keep there is not touched', () => {
    const { points, cut } = sortPoints([
      disk('d1', 'p1'),
      manifest('m1', 'p1', 1, 'hearth-scheduled'),
      disk('d2', 'p2'),
      manifest('m3', 'p3', 2),
      snapshot('x', '/home/ada', []),
      snapshot('s', '/hearth/settings.json', ['hearth-point=p4', 'hearth-manifest', 'disks=0']),
    ]);
    expect(points.map(({ id, kind, name, byHand, size, added }) => ({ id, kind, name, byHand, size, added }))).toEqual([
      { id: 'p4', kind: 'settings', name: '', byHand: true, size: 0, added: 0 },
      { id: 'p1', kind: 'machine', name: 'web', byHand: false, size: 100, added: 7 },
    ]);
    // A disk without a manifest, and a manifest that lacks a disk: left by runs that were cut.
    expect(cut.map(({ id }) => id)).toEqual(['d2', 'm3']);
  });

  test('tags that somebody wrote by hand are no figures', () => {
    const odd = snapshot('m', '/hearth/machines/default/web/manifest.json', ['hearth-point=p', 'hearth-manifest', 'disks=0', 'size=lots']); // prettier-ignore
    expect(sortPoints([odd]).points[0]).toMatchObject({ size: 0, added: 0 });
    expect(sortPoints([{ ...odd, paths: ['/hearth/machines/../../etc/manifest.json'] }]).points).toEqual([]);
  });
});

describe('a plan', () => {
  const plan: BackupPlan = { rhythm: { every: 'hours', hours: 6 }, keep: { last: 0, daily: 7, weekly: 0, monthly: 0 }, target: 'quick-lab', machines: 'all' }; // prettier-ignore
  const since = '2026-01-01T00:00:00.000Z';
  const at = (text: string): number => Date.parse(`2026-01-${text}Z`);

  test('runs when its time has come, once; made up for once when nobody was there', () => {
    expect(planDue({ plan, since }, at('01T05:59:59'))).toBeUndefined();
    expect(planDue({ plan, since }, at('01T06:00:01'))).toEqual({ type: 'run', slot: at('01T06:00:00'), missed: 0 });
    const served = '2026-01-01T06:00:00.000Z';
    expect(planDue({ plan, since, served }, at('01T11:00:00'))).toBeUndefined();
    expect(planDue({ plan, since, served }, at('02T13:00:00'))).toEqual({
      type: 'run',
      slot: at('02T12:00:00'),
      missed: 5,
    });
    expect(planDue({ since }, at('09T00:00:00'))).toBeUndefined();
  });

  test('a clock that was far ahead is no reason to wait for years', () => {
    expect(planDue({ plan, since: '2031-01-01T00:00:00.000Z' }, at('01T00:00:00'))).toEqual({ type: 'anew' });
  });

  test('tells its next run', () => {
    expect(nextRun({ plan, since }, at('01T01:00:00'))).toBe('2026-01-01T06:00:00.000Z');
    expect(nextRun({ since }, at('01T01:00:00'))).toBeUndefined();
  });
});

describe('a machine of a point', () => {
  test('keeps folder, notes, schedule and reserved addresses, and nothing else of its annotations', () => {
    const vm = {
      apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine',
      metadata: { name: 'web', annotations: { 'hearth.dev/folder': 'home', 'hearth.dev/faults': '{}', 'kubectl.kubernetes.io/last-applied-configuration': '{}' } },
      spec: { template: { metadata: { annotations: { 'hearth.dev/address.default': '10.0.2.20', 'hooks.kubevirt.io/hookSidecars': '[]' } } } },
    }; // prettier-ignore
    expect(orderOf(vm)).toEqual({
      organised: { 'hearth.dev/folder': 'home' },
      reserved: { 'hearth.dev/address.default': '10.0.2.20' },
    });
  });

  test('a schedule that is none is left out', () => {
    expect(scheduleIn('{"rhythm":{"every":"day","at":"02:00"},"keep":3,"uid":"old"}')).toEqual({ rhythm: { every: 'day', at: '02:00' }, keep: 3 }); // prettier-ignore
    expect([scheduleIn('{'), scheduleIn('{"rhythm":"often"}')]).toEqual([undefined, undefined]);
  });

  test('its disks are read without their empty parts, else raw; packed over a network', () => {
    const object = (host: string, ...formats: string[]) => ({
      apiVersion: 'v1', kind: 'VirtualMachineExport', metadata: { name: 'x', namespace: 'default' },
      status: { links: { external: { cert: '', volumes: [{ name: 'root', formats: formats.map((format) => ({ format, url: `https://${host}/${format}` })) }] } } },
    }); // prettier-ignore
    const format = (host: string, ...formats: string[]) => diskLink(object(host, ...formats), ['root']).format;
    expect(format('127.0.0.1:1', 'raw', 'gzip', 'qcow2', 'qcow2-plain')).toBe('qcow2-plain');
    expect(format('127.0.0.1:1', 'raw', 'gzip', 'qcow2')).toBe('raw');
    expect(format('cluster.lan', 'raw', 'gzip')).toBe('gzip');
    expect(format('cluster.lan', 'raw')).toBe('raw');
    expect(() => format('cluster.lan', 'archive')).toThrow('no link for root');
  });
});

describe('words', () => {
  const point = (id: string, at: string, name = 'web'): BackupPoint => ({ id, kind: 'machine', namespace: 'default', name, at, host: 'attic', byHand: false, size: 1, added: 1 }); // prettier-ignore
  const points = [point('bbbbbb01', '2026-01-03T00:00:00Z'), point('aaaaaa02', '2026-01-02T00:00:00Z'), point('cccccc03', '2026-01-01T00:00:00Z', 'db')]; // prettier-ignore

  test('of the commands: a point by its machine, its time or its id', () => {
    expect(pointNamed(points, 'web', 'default', undefined).id).toBe('bbbbbb01');
    expect(pointNamed(points, 'web', 'default', '2026-01-02T12:00:00Z').id).toBe('aaaaaa02');
    expect(pointNamed(points, 'cccccc', 'default', undefined).name).toBe('db');
    expect(() => pointNamed(points, 'web', 'default', 'yesterday')).toThrow('no time');
    expect(() => pointNamed(points, 'mail', 'default', undefined)).toThrow('no point');
  });

  test('of the commands: places and what stays', () => {
    expect(placeOf('s3:https://nas.lan:9000/home/a/b', 'AK')).toEqual({ type: 's3', endpoint: 'https://nas.lan:9000', bucket: 'home', folder: 'a/b', keyId: 'AK' }); // prettier-ignore
    expect(() => placeOf('s3:https://nas.lan/home', undefined)).toThrow('--key-id');
    expect(() => placeOf('/mnt', 'AK')).toThrow('--key-id');
    const none = { last: undefined, daily: undefined, weekly: undefined, monthly: undefined };
    expect(keepOf(none)).toEqual({ last: 0, daily: 7, weekly: 4, monthly: 6 });
    expect(keepOf({ ...none, daily: '3' })).toEqual({ last: 0, daily: 3, weekly: 0, monthly: 0 });
    expect(() => keepOf({ ...none, last: '-1' })).toThrow('keeps nothing sensible');
  });

  test('of the pages: the latest of each machine; a form that is not complete says what lacks', () => {
    expect(latestOf(points).map(({ id }) => id)).toEqual(['cccccc03', 'bbbbbb01']);
    const fields = { name: 'NAS', type: 'folder' as const, path: '/mnt/nas', endpoint: '', bucket: '', folder: '', keyId: '', secretKey: '', password: 'long enough', again: 'long enough' }; // prettier-ignore
    expect(placeInput(fields, true)).toMatchObject({ input: { place: { type: 'folder', path: '/mnt/nas' }, create: true } }); // prettier-ignore
    expect(placeInput({ ...fields, again: 'other' }, true)).toHaveProperty('lack');
    expect(placeInput({ ...fields, again: '' }, false)).toHaveProperty('input');
    expect(placeInput({ ...fields, path: 'mnt' }, true)).toHaveProperty('lack');
    const s3 = { ...fields, type: 's3' as const, endpoint: 'https://nas.lan', bucket: 'home', folder: '/a/b/', keyId: 'AK', secretKey: 'SK' }; // prettier-ignore
    expect(placeInput(s3, true)).toMatchObject({ input: { place: { folder: 'a/b' }, secretKey: 'SK' } });
    expect(placeInput({ ...s3, secretKey: '' }, true)).toHaveProperty('lack');
  });
});
