import { boxWishesSchema } from '../../../../main/contract/box/settings.ts';
import type { BoxImageRow, StickDrive, StickLook } from '../../../../main/contract/box/sticks.ts';
import type { Api } from '../../../../main/contract/contract.ts';
import type { Problem } from '../../../../main/contract/problem.ts';
import type { Task } from '../../../../main/contract/task.ts';
import { FakeValue, pause } from '../live.ts';
import type { FakeList } from '../live.ts';
import { work } from '../work.ts';
import { imageFacts } from './health.ts';

export interface FakeSticksOptions {
  /** What is plugged in, and whether there is an image. */
  sticks?: 'some' | 'none' | 'many' | 'no-image' | 'error' | undefined;
  /** How writing and checking end. */
  write?: 'ok' | 'fails' | 'lies' | undefined;
  /** What the administrator's rights need. */
  elevation?: string | undefined;
}
const drive = (name: string, more: Partial<StickDrive>): StickDrive => ({
  path: `/dev/${name}`, name, model: 'SanDisk Ultra Fit', serial: '4C530001230522107301', size: 30_765_219_840, transport: 'usb',
  content: 'one FAT32 partition named PHOTOS', mounts: [], key: `${name}:8:16:17`, ...more,
}); // prettier-ignore
const some: StickDrive[] = [
  drive('sdb', {}),
  drive('sdc', { model: 'Kingston DataTraveler 3.0', serial: '60A44C413DFBF3A1', size: 512_110_190_592, content: 'blank', typed: '512' }),
  drive('sde', { model: 'Intenso Rainbow Line', serial: '0373415060018927', content: 'one FAT32 partition named MUSIC', mounts: ['/media/ada/MUSIC'], refused: { code: 'mounted', why: 'It is in use at /media/ada/MUSIC. Unmount it first.' } }),
  drive('nvme0n1', { model: 'WD_BLACK SN850X 1000GB', serial: '23031W800123', size: 1_000_204_886_016, transport: 'nvme', content: 'Linux, 3 partitions (LUKS)', mounts: ['/', '/home'], refused: { code: 'system-disk', why: 'This computer runs from it: / is on it, inside LUKS.' } }),
  drive('sda', { model: 'CT1000MX500SSD1', serial: '2113E59A8F4C', size: 1_000_204_886_016, transport: 'sata', content: 'ext4 named backup', refused: { code: 'not-removable', why: 'It is built in: only removable drives are written.' } }),
  drive('sdd', { model: 'Generic- SD/MMC', serial: '', size: 0, content: 'no card', refused: { code: 'no-medium', why: 'There is no card in the reader.' } }),
]; // prettier-ignore
const many: StickDrive[] = [
  ...some,
  ...Array.from({ length: 9 }, (_, n) => drive(`sd${String.fromCharCode(102 + n)}`, { model: `A stick of a maker with a very long name indeed, number ${n + 1}`, serial: `SERIAL-NUMBER-THAT-GOES-ON-AND-ON-${n}`, size: (n + 4) * 4_000_000_000 })),
]; // prettier-ignore
const images: BoxImageRow[] = [
  { path: '/home/ada/.local/share/hearth/boxes/images/hearth-box-0.2.0.img', facts: imageFacts('0.2.0') },
  { path: '/home/ada/Downloads/hearth-box-0.2.0-internet.img', facts: { ...imageFacts('0.2.0'), payload: 'internet', size: 1_181_116_006 } },
  { path: '/home/ada/Downloads/hearth-box-0.1.9.img', problem: { code: 'image-unsigned', title: 'Nobody known signed it', detail: 'Its signature is by a key that this Hearth does not know.', fix: 'Get it from where Hearth comes from, or build it.', kind: 'denied' } },
]; // prettier-ignore
const damaged: Problem = {
  code: 'stick-differs', title: 'The stick does not hold what was written',
  detail: 'At byte 1,207,959,552 it gives back zeros.', cause: 'It is worn, or it has less memory than it says: from 1.1 GiB on nothing is kept.', fix: 'Use another stick.', kind: 'failed',
}; // prettier-ignore

export class FakeSticks {
  #options: FakeSticksOptions;
  #tasks: FakeList<Task>;
  #drives: FakeValue<{ drives: StickDrive[]; problem?: Problem }>;
  #images: BoxImageRow[];
  #looks = new Map<string, StickLook>();
  constructor(options: FakeSticksOptions, tasks: FakeList<Task>) {
    this.#options = options;
    this.#tasks = tasks;
    const { sticks = 'some' } = options;
    const drives =
      sticks === 'none'
        ? some.filter((each) => each.refused && each.refused.code !== 'mounted')
        : sticks === 'many'
          ? many
          : some;
    this.#drives = new FakeValue<{ drives: StickDrive[]; problem?: Problem }>(
      sticks === 'error'
        ? { drives: [], problem: { code: 'lsblk-missing', title: 'The drives cannot be listed', detail: 'lsblk was not found.', fix: 'Install util-linux, or write to a file.', kind: 'failed' } }
        : { drives },
    ); // prettier-ignore
    this.#images = sticks === 'no-image' ? [] : images;
  }
  api(): Pick<
    Api['boxes'],
    'drives' | 'images' | 'addImage' | 'build' | 'check' | 'write' | 'verify' | 'look' | 'imageFacts'
  > {
    const fails = this.#options.write === 'fails' || this.#options.write === 'lies';
    return {
      drives: (_input, o) => this.#drives.watch(o?.signal),
      images: async () => ({ images: this.#images, canBuild: true }),
      addImage: async ({ path }) => {
        await pause(300);
        if (!path.endsWith('.img')) return { path, problem: { code: 'image-unknown', title: 'That is no box image', detail: `${path} has no signed list of a box image beside it.`, fix: 'Choose hearth-box-VERSION.img; its .json file lies beside it.', kind: 'failed' } }; // prettier-ignore
        const row = { path, facts: imageFacts('0.3.0') };
        this.#images = [...this.#images, row];
        return row;
      },
      build: async () => ({
        taskId: work(this.#tasks, { type: 'box-image', title: 'Build the box image' }, [{ title: 'Fetch packages', seconds: 4 }, { title: 'Put them together', seconds: 5 }, { title: 'Sign', seconds: 1 }],
          { onEnd: (end) => { if (end === 'done') this.#images = [...this.#images, { path: '/home/ada/.local/share/hearth/boxes/images/hearth-box-own.img', facts: { ...imageFacts('0.2.0'), signedBy: 'your own builds' } }]; } }),
      }), // prettier-ignore
      check: async ({ wishes }) => {
        const parsed = boxWishesSchema.safeParse(wishes);
        return { fields: parsed.success ? {} : Object.fromEntries(parsed.error.issues.map((issue) => [issue.path.join('.'), issue.message])) }; // prettier-ignore
      },
      write: async ({ place, sudo }) => {
        await pause(300);
        const locked = this.#options.elevation === 'sudo-password' && place.type === 'drive' && sudo !== 'hearth';
        return { taskId: locked ? this.#refuse(place.path, sudo !== undefined) : this.#write(place.path, fails) };
      },
      verify: async ({ place }) => {
        await pause(200);
        const taskId = work(this.#tasks, { type: 'stick-verify', title: `Check the stick in ${place.path}` }, [{ title: 'Read it, whole', seconds: 4 }], { detail: (_step, share) => `${(2.9 * share).toFixed(1)} of 2.9 GiB, 138 MiB/s` }); // prettier-ignore
        this.#looks.set(taskId, this.#look(fails));
        return { taskId };
      },
      look: async ({ taskId }) => this.#looks.get(taskId),
      imageFacts: async ({ path }) => imageFacts(/hearth-box-([\d.]+\d)/.exec(path)?.[1] ?? '0.3.0'),
    };
  }
  #refuse(path: string, wrong: boolean): string {
    const problem: Problem = wrong
      ? { code: 'root-wrong-password', title: 'That password was not right', detail: 'sudo did not accept it. Nothing was changed.', fix: 'Type it again.', kind: 'denied' }
      : { code: 'root-password-needed', title: 'The administrator’s password is needed', detail: 'sudo asks for a password here. Nothing was changed.', kind: 'denied' };
    return work(this.#tasks, { type: 'stick-write', title: `Write the stick in ${path}` }, [{ title: 'Become administrator', seconds: 0.4 }], { failAt: 0, problem });
  } // prettier-ignore
  #write(path: string, fails: boolean): string {
    const bottleneck = (share: number): string =>
      share < 0.5 ? 'the stick is the bottleneck' : 'its flash slows down';
    return work(
      this.#tasks,
      { type: 'stick-write', title: `Write the stick in ${path}`, object: { kind: 'Stick', name: path } },
      [{ title: 'Check the image', seconds: 1 }, { title: 'Write', seconds: 8 }, { title: 'Read it back', seconds: 5 }, { title: 'Make it bootable', seconds: 1 }],
      {
        ...(fails && { failAt: 2, problem: damaged }),
        detail: (step, share) => step === 1 || step === 2 ? `${(2.9 * share).toFixed(1)} of 2.9 GiB, ${Math.round(46 + 8 * Math.sin(share * 9))} MiB/s, ${bottleneck(share)}` : undefined,
      },
    ); // prettier-ignore
  }
  #look(bad: boolean): StickLook {
    const wishes = boxWishesSchema.parse({ hostName: 'cellar', keyboard: 'de', timeZone: 'Europe/Berlin' });
    return {
      image: imageFacts('0.2.0'),
      verdict: bad ? 'damaged' : 'good',
      ...(bad && { badOffset: 1_207_959_552 }),
      why: bad ? 'hearth/live/root.squashfs gives back zeros from byte 1,207,959,552 on.' : 'Every file is as the signed list says.',
      settings: { ...wishes, version: 1, installId: 'a'.repeat(32), enrolment: { expires: new Date(Date.now() + 5 * 86_400_000).toISOString(), app: 'attic-pc' } },
    }; // prettier-ignore
  }
}
