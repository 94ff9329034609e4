import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLog } from '../../../main/backend/log.ts';
import { openNotifications } from '../../../main/backend/notifications/notifications.ts';
import type { Notifications } from '../../../main/backend/notifications/notifications.ts';
import { certificateSign, diskSign, memorySign } from '../../../main/backend/notifications/signs.ts';
import { createTasks } from '../../../main/backend/tasks/tasks.ts';
import type { OpenTarget } from '../../../main/backend/target/target.ts';
import { thresholdsSchema, updateNotificationsSchema } from '../../../main/contract/notifications.ts';

const GiB = 1024 ** 3;
const day = 86_400_000;
const limits = thresholdsSchema.parse({});
const context = { signal: new AbortController().signal };
let folder: string;
let told: Notifications;
const computer = { disk: { free: 500 * GiB, total: 1000 * GiB }, memory: { free: 8 * GiB, total: 16 * GiB } };

async function open(everyMs = 20): Promise<Notifications> {
  const log = createLog({ path: join(folder, 'log'), quiet: true });
  const tasks = await createTasks({ file: join(folder, 'tasks.json'), log });
  return openNotifications({
    file: join(folder, 'notifications.json'), history: join(folder, 'history.jsonl'), disk: '/lab', tasks, log, everyMs,
    measures: { disk: async () => computer.disk, memory: () => computer.memory },
  }); // prettier-ignore
}
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-thresholds-'));
  computer.disk = { free: 500 * GiB, total: 1000 * GiB };
  computer.memory = { free: 8 * GiB, total: 16 * GiB };
  told = await open();
});
afterEach(async () => {
  await told.close();
  await rm(folder, { recursive: true, force: true });
});
const events = (): string[] => told.latest().map(({ event }) => event);

test('a threshold that was set counts at once, is told once, and is kept', async () => {
  await new Promise((done) => setTimeout(done, 100));
  expect(events()).toEqual([]);
  await told.handlers.update({ thresholds: { diskBytes: 600 * GiB } }, context);
  await vi.waitFor(() => expect(events()).toEqual(['disk-nearly-full']));
  await new Promise((done) => setTimeout(done, 150));
  expect(events()).toEqual(['disk-nearly-full']);
  expect(told.latest()[0]?.detail).toContain('500.0 GiB of 1000 GiB are free');
  // What was not sent stays.
  await told.handlers.update({ thresholds: { memoryPercent: 60 - 10 } }, context);
  await told.close();
  const kept = JSON.parse(await readFile(join(folder, 'notifications.json'), 'utf8')) as { thresholds: unknown };
  expect(kept.thresholds).toEqual({ ...limits, diskBytes: 600 * GiB, memoryPercent: 50 });
  told = await open(10_000);
  for await (const settings of told.handlers.settings({}, context)) {
    expect(settings.thresholds).toEqual({ ...limits, diskBytes: 600 * GiB, memoryPercent: 50 });
    break;
  }
});

test('short memory is told when it stays, not for a moment', async () => {
  await told.close();
  computer.memory = { free: GiB / 4, total: 16 * GiB };
  told = await open(10_000);
  await new Promise((done) => setTimeout(done, 100));
  expect(events()).toEqual([]);
  await told.close();
  told = await open(20);
  await vi.waitFor(() => expect(events()).toEqual(['memory-nearly-full']));
});

test('the certificate by which a target is reached is told before it ends, by the days that were set', async () => {
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=admin', keys, serialNumber: '01', notBefore: new Date(Date.now() - 325 * day), notAfter: new Date(Date.now() + 40.5 * day),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
  }); // prettier-ignore
  const state = { value: { id: 'attic', name: 'Attic', state: 'ready' }, async *watch() {} };
  const list = { whenSynced: () => new Promise(() => undefined), values: () => [], get: () => undefined, release: () => undefined }; // prettier-ignore
  const target = { state, client: { credentials: { tls: { cert: made.toString('pem') } } }, cache: { use: () => list } } as unknown as OpenTarget; // prettier-ignore
  told.targets([target]);
  await new Promise((done) => setTimeout(done, 100));
  expect(events()).toEqual([]);
  await told.handlers.update({ thresholds: { certificateDays: 60 } }, context);
  await vi.waitFor(() => expect(told.latest()).toMatchObject([{ event: 'certificate-ending', target: 'Attic', title: 'The certificate for Attic ends in 40 days' }])); // prettier-ignore
});

test('bounds: what makes no sense is refused', () => {
  const refused = (thresholds: object): boolean => !updateNotificationsSchema.safeParse({ thresholds }).success;
  for (const wrong of [{ diskPercent: 51 }, { diskPercent: -1 }, { diskPercent: 2.5 }, { diskBytes: -1 }, { diskBytes: 2 * 1024 ** 5 }, { memoryPercent: 99 }, { certificateDays: 366 }, { certificateDays: '7' }, { colour: 1 }]) expect([wrong, refused(wrong)]).toEqual([wrong, true]); // prettier-ignore
  expect(refused({ diskPercent: 0, diskBytes: 0, memoryPercent: 50, certificateDays: 365 })).toBe(false);
});

test('each by its own rule; 0 switches it off; what was told ends only when it is clearly better', () => {
  const disk = (free: number, more: object = {}, was = false) => diskSign({ path: '/', free, total: 1000 * GiB }, { ...limits, ...more }, was); // prettier-ignore
  expect([disk(49 * GiB), disk(51 * GiB), disk(51 * GiB, {}, true), disk(56 * GiB, {}, true)].map(Boolean)).toEqual([true, false, true, false]); // prettier-ignore
  expect(disk(1, { diskPercent: 0, diskBytes: 0 })).toBeUndefined();
  expect(disk(GiB, { diskPercent: 0 })).toBeTruthy();
  const memory = (frees: number[], percent = 10, was = false) => memorySign({ frees, total: 100 }, { memoryPercent: percent }, was); // prettier-ignore
  expect([memory([5, 5, 5]), memory([5, 5]), memory([5, 20, 5]), memory([10.5], 10, true), memory([11.5], 10, true), memory([0, 0, 0], 0)].map(Boolean)).toEqual([true, false, false, true, false, false]); // prettier-ignore
  const certificate = (left: number, lives = 365, days = 21) => certificateSign({ target: 'Attic', begins: (left - lives) * day, ends: left * day, now: 0 }, { certificateDays: days })?.title; // prettier-ignore
  expect([certificate(22), certificate(20.9), certificate(1.5), certificate(0.4), certificate(-1), certificate(5, 365, 0), certificate(0.5, 1)]).toEqual([
    undefined, 'The certificate for Attic ends in 20 days', 'The certificate for Attic ends in 1 day', 'The certificate for Attic ends within a day', 'The certificate for Attic has ended', undefined, undefined,
  ]); // prettier-ignore
});
