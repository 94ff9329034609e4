import type { BackupPlaceRow, BackupPoint, BackupsView } from '../../../main/contract/backups.ts';
import type { Api } from '../../../main/contract/contract.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Task } from '../../../main/contract/task.ts';
import { createLiveValue } from '../../../main/backend/target/live-value.ts';
import type { FakeList } from './live.ts';
import { work } from './work.ts';
import { undoable } from './undo.ts';

const GiB = 2 ** 30;
const hour = 3_600_000;
type Answer = <T>(what: string, value: T) => Promise<T>;
const ago = (hours: number): string => new Date(Date.now() - hours * hour).toISOString();
const nas = 'a3a8d6a0-6a6c-4d0e-9b57-0d6f3b7f1b01';
const cloud = 'a3a8d6a0-6a6c-4d0e-9b57-0d6f3b7f1b02';

const without = (row: BackupPlaceRow, ...keys: (keyof BackupPlaceRow)[]): BackupPlaceRow =>
  Object.fromEntries(Object.entries(row).filter(([key]) => !keys.includes(key as keyof BackupPlaceRow))) as unknown as BackupPlaceRow; // prettier-ignore

/** Backups of the preview: a NAS where all is well, an S3 server whose last run failed for one machine. */
export function fakeBackups(answer: Answer, tasks: FakeList<Task>, fresh: boolean): Api['backups'] {
  const first: BackupPlaceRow[] = [
    {
      id: nas, name: 'NAS', place: { type: 'folder', path: '/mnt/nas/hearth' }, targetName: 'Quick lab', next: ago(-17),
      plan: { rhythm: { every: 'day', at: '03:00' }, keep: { last: 0, daily: 7, weekly: 4, monthly: 6 }, target: 'quick-lab', machines: 'all' },
      last: { at: ago(14.2), endedAt: ago(14), machines: 9, added: 0.4 * GiB, failed: [] },
    },
    {
      id: cloud, name: 'Office', place: { type: 's3', endpoint: 'https://s3.example.org', bucket: 'hearth-backups', folder: 'home', keyId: 'AKIAEXAMPLE' },
      last: { at: ago(40), endedAt: ago(39.8), machines: 2, added: 0.1 * GiB, failed: [{ name: 'database', title: 'The machine has to be off', detail: 'database runs, and this target cannot keep its disks meanwhile.' }] },
    },
  ]; // prettier-ignore
  const live = createLiveValue<BackupsView>({ places: fresh ? [] : first });
  const change = (edit: (places: BackupPlaceRow[]) => BackupPlaceRow[]): void => live.set({ places: edit(live.value.places) }); // prettier-ignore
  const set = (id: string, part: Partial<BackupPlaceRow>): void =>
    change((all) => all.map((each) => (each.id === id ? { ...each, ...part } : each)));
  const begin = (placeId: string, type: string, title: string) => {
    const taskId = work(tasks, { type, title }, [{ title: 'Work', seconds: 3 }], { onEnd: () => change((all) => all.map((each) => without(each, 'taskId'))) }); // prettier-ignore
    set(placeId, { taskId });
    return { taskId };
  };
  const points = ['web', 'database', 'mail'].flatMap((name, index) =>
    [14, 38, 62, 200].map((hours, at): BackupPoint => ({
      id: `b0a8d6a0-6a6c-4d0e-9b57-0d6f3b7f${index}${at}00`, kind: 'machine', namespace: 'default', name, at: ago(hours), host: 'attic-3f2a9c1b', byHand: at === 3, size: (20 + index * 30) * GiB, added: (at === 3 ? 1.7 : 0.05 + at / 50) * GiB,
    })),
  ); // prettier-ignore
  const settings: BackupPoint = { id: 'b0a8d6a0-6a6c-4d0e-9b57-0d6f3b7f9900', kind: 'settings', namespace: '', name: '', at: ago(14), host: 'attic-3f2a9c1b', byHand: false, size: 0, added: 0 }; // prettier-ignore
  return {
    watch: (_input, o) => live.watch(o?.signal ?? new AbortController().signal),
    async addPlace({ name, place, password, create }) {
      await answer('The place', undefined);
      if (password === 'wrong password')
        throw new ProblemError({ code: 'backup-wrong-password', title: 'This is not the password of the backups', detail: '/mnt/nas/hearth: Fatal: wrong password or no key found', fix: 'Type the password that was chosen when the place was made. Nobody can read the backups without it.' }); // prettier-ignore
      const id = crypto.randomUUID();
      change((all) => [...all, { id, name, place: { folder: '', ...place } as BackupPlaceRow['place'] }]);
      return { placeId: id, made: create !== false };
    },
    async removePlace({ placeId }) {
      await answer('The place', undefined);
      const before = live.value.places;
      change((all) => all.filter(({ id }) => id !== placeId));
      return undoable(() => change(() => before));
    },
    async setPlan({ placeId, plan }) {
      await answer('The plan', undefined);
      const before = live.value.places.find(({ id }) => id === placeId);
      change((all) => all.map((each) => (each.id !== placeId ? each : { ...without(each, 'plan', 'next'), ...(plan && { plan: plan as NonNullable<BackupPlaceRow['plan']>, targetName: 'Quick lab', next: ago(-17) }) }))); // prettier-ignore
      return plan || !before?.plan ? {} : undoable(() => set(placeId, before));
    },
    run: ({ placeId }) => answer('The backup', begin(placeId, 'backup', 'Backup to NAS')),
    getPoints: () =>
      answer(
        'The points',
        [...points, settings].sort((a, b) => b.at.localeCompare(a.at)),
      ),
    restore: ({ name }) => answer('The restore', { taskId: work(tasks, { type: 'backup-restore', title: `Restore ${name}`, object: { kind: 'VirtualMachine', namespace: 'default', name } }, [{ title: 'Make the disks', seconds: 3 }, { title: 'Make the machine', seconds: 0.5 }]) }), // prettier-ignore
    restoreSettings: () => answer('The settings', { done: ['Settings are those of the backup.'] }),
    removePoints: ({ placeId }) => answer('The points', begin(placeId, 'backup-remove', 'Delete a point of NAS')),
    verify: ({ placeId }) => answer('The check', begin(placeId, 'backup-verify', 'Check NAS')),
    unlock: () => answer('The locks', undefined),
  };
}
