import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { FaultKind, FaultState } from '../../main/contract/faults.ts';
import type { Api } from '../../main/contract/contract.ts';
import { createMachineSchema } from '../../main/contract/machine.ts';
import { converse } from '../../main/cli/expect.ts';
import { password, serialShell, user } from '../e2e/support/guest.ts';
import type { Shell } from '../e2e/support/guest.ts';
import { describeTargets, until } from '../support/operations/lab.ts';
import type { OperationsLab } from '../support/operations/lab.ts';
import { starterImage } from '../support/starter.ts';

const ref = (name: string) => ({ namespace: 'default', name });
type Wish = Parameters<Api['faults']['begin']>[0]['wish'];

describeTargets(
  'faults of real guests',
  (lab: OperationsLab) => {
    let web: Shell;
    let db: Shell;
    let dbAddress = '';
    const faults = async (name: string, shows: (all: FaultState[]) => boolean): Promise<FaultState[]> =>
      (await until(lab.api.faults.watch(ref(name)), (now) => shows(now.faults))).faults;
    const begin = async (name: string, wish: Wish): Promise<FaultState | undefined> => {
      const { taskId } = await lab.api.faults.begin({ ...ref(name), wish });
      if (taskId !== undefined) await lab.done(taskId);
      const [kind] = Object.keys(wish) as FaultKind[];
      return (await faults(name, (all) => all.some((one) => one.kind === kind))).find((one) => one.kind === kind);
    };
    const cure = async (name: string, kind?: FaultKind): Promise<void> => {
      const { taskId } = await lab.api.faults.cure({ ...ref(name), ...(kind && { kind }) });
      if (taskId !== undefined) await lab.done(taskId);
      await faults(name, (all) => !all.some((one) => kind === undefined || one.kind === kind));
    };
    const measured = async (name: string, kind: FaultKind, is: RegExp): Promise<RegExpExecArray> => {
      const all = await faults(name, (each) => each.some((one) => one.kind === kind && is.test(one.measured ?? '')));
      return is.exec(all.find((one) => one.kind === kind)?.measured ?? '') as RegExpExecArray;
    };
    /** Percent that a ping from web to db loses, and how long one takes in the middle. */
    const ping = async (options: string): Promise<{ loss: number; ms: number }> => {
      const text = await web.run(`ping -q ${options} ${dbAddress}`);
      const loss = Number(/(\d+)% packet loss/.exec(text)?.[1]);
      return { loss, ms: Number(/= [\d.]+\/([\d.]+)\//.exec(text)?.[1]) };
    };
    const serialOf = (name: string): Promise<Shell> => serialShell(lab.api, ref(name));

    beforeAll(async () => {
      const { publicKey } = await lab.api.ssh.ownKey({});
      const { taskId, image } = await lab.api.images.addFromFile({ path: await starterImage(), name: 'starter', mode: 'copy' }); // prettier-ignore
      await lab.done(taskId);
      const machine = (name: string) =>
        createMachineSchema.parse({
          name,
          source: { type: 'image', image },
          size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 128 * 2 ** 20 },
          firmware: 'bios',
          cloudInit: { type: 'form', hostname: name, user, password, sshKeys: [publicKey], runcmd: ['dd if=/dev/zero of=/var/www/big bs=64k count=16', 'echo 8 >/proc/sys/kernel/printk'] },
        }); // prettier-ignore
      await Promise.all(['web', 'db'].map((name) => lab.api.machines.create(machine(name))));
      [web, db] = await Promise.all([serialOf('web'), serialOf('db')]);
      const { interfaces } = await lab.machine('db', (detail) => detail.interfaces.some((nic) => nic.addresses.length > 0)); // prettier-ignore
      dbAddress = interfaces[0]?.addresses[0] ?? '';
      await web.run(`until ping -c 1 -W 1 ${dbAddress} >/dev/null; do sleep 0.3; done; until [ -s /var/www/big ]; do sleep 0.3; done`); // prettier-ignore
    }, 240_000);
    afterAll(() => {
      web?.close();
      db?.close();
    });
    // What a test that failed left does not fail the next one too.
    beforeEach(async () => {
      if ((await faults('db', () => true)).length === 0) return;
      const { taskId } = await lab.api.faults.cure(ref('db'));
      if (taskId !== undefined) await lab.task(taskId);
    });

    test('loss is what a ping loses and what the machine’s page says; after the cure it is none', async () => {
      await begin('db', { loss: { percent: 20 } });
      const { loss } = await ping('-c 800 -i 0.01 -W 2');
      expect(Math.abs(loss - 20)).toBeLessThan(5);
      const [, percent, packets] = await measured('db', 'loss', /^([\d.]+) % of ([\d,]+) packets$/);
      expect(Number(packets?.replaceAll(',', ''))).toBeGreaterThanOrEqual(800);
      expect(Math.abs(Number(percent) - 20)).toBeLessThan(5);
      await cure('db', 'loss');
      expect((await ping('-c 200 -i 0.01 -W 2')).loss).toBe(0);
    });

    test('delay is on each way, so a ping takes twice as long', async () => {
      const before = await ping('-c 10 -i 0.1');
      await begin('db', { delay: { ms: 150 } });
      const { ms, loss } = await ping('-c 10 -i 0.1 -W 3');
      expect(loss).toBe(0);
      expect(ms - before.ms).toBeGreaterThan(295);
      expect(ms - before.ms).toBeLessThan(360);
      const [, average] = await measured('db', 'delay', /^([\d.]+) ms on average/);
      expect(Number(average)).toBeGreaterThanOrEqual(150);
      expect(Number(average)).toBeLessThan(170);
      await cure('db', 'delay');
      expect((await ping('-c 10 -i 0.1')).ms).toBeLessThan(before.ms + 50);
    });

    test('rate is what a download gets', async () => {
      const get = async (): Promise<number> => {
        const text = await web.run(`read a x </proc/uptime; wget -qO /dev/null http://${dbAddress}/big && read b x </proc/uptime; echo "took $a $b"`); // prettier-ignore
        const [, from, to] = /^took ([\d.]+) ([\d.]+)$/m.exec(text) ?? [];
        return (16 * 64 * 1024 * 8) / 1000 / (Number(to) - Number(from));
      };
      const before = await get();
      await begin('db', { rate: { kbit: 1200 } });
      const kbit = await get();
      // What is downloaded is less than what is sent, by headers and by the first packets.
      expect(kbit / 1200).toBeLessThan(1.1);
      expect(kbit / 1200).toBeGreaterThan(0.8);
      const [, fastest] = await measured('db', 'rate', /^([\d.]+) Mbit\/s in its fastest second/);
      expect(Math.abs(Number(fastest) / 1.2 - 1)).toBeLessThan(0.1);
      await cure('db', 'rate');
      expect(await get()).toBeGreaterThan(Math.min(before / 4, 2400));
    });

    test('names are not answered, and are again', async () => {
      const lookup = () => db.run('timeout 4 nslookup web >/dev/null 2>&1 && echo found || echo nothing');
      expect(await lookup()).toContain('found');
      await begin('db', { dns: { off: true } });
      expect(await lookup()).toContain('nothing');
      expect(Number((await measured('db', 'dns', /^([\d,]+) questions? not answered$/))[1])).toBeGreaterThan(0);
      // Only names: all else goes its way.
      expect((await ping('-c 3 -i 0.1')).loss).toBe(0);
      await cure('db', 'dns');
      expect(await lookup()).toContain('found');
    });

    test('the cable is out, and in again', async () => {
      await begin('db', { link: { down: true } });
      await expect.poll(() => db.run('cat /sys/class/net/eth0/carrier 2>&1'), { timeout: 10_000 }).toMatch(/^0$/m);
      expect((await ping('-c 2 -W 1')).loss).toBe(100);
      await cure('db', 'link');
      await expect.poll(async () => (await ping('-c 1 -W 1')).loss, { timeout: 30_000 }).toBe(0);
    });

    test('the disk is full, and is not', async () => {
      // Always another file: writing one again gives its own block back first, and gets it.
      let files = 0;
      const write = () => db.run(`f=~/new${String((files += 1))}; echo something 2>/dev/null >$f && cat $f; sync`);
      expect(await write()).toContain('something');
      const full = await begin('db', { disk: { percent: 100 } });
      expect(full?.measured).toMatch(/^100% full, \d KiB free/);
      expect(await db.run('df -P / | tail -n 1')).toContain('100%');
      expect(await write()).not.toContain('something');
      await cure('db', 'disk');
      expect(await write()).toContain('something');
      expect(await db.run('df -P / | tail -n 1')).not.toContain('100%');
      await begin('db', { disk: { percent: 80 } });
      expect(await db.run('df -P / | tail -n 1')).toMatch(/ (79|80|81)% /);
      await cure('db', 'disk');
    });

    test('a process stands still and goes on; one that was killed is gone, and says that there is no cure', async () => {
      const page = () =>
        // Not wget's own time limit: the busybox of Debian 12 crashes by it.
        web.run(`timeout 3 wget -qO- http://${dbAddress}/big >/dev/null 2>&1 && echo served || echo silent`);
      const stopped = await begin('db', { process: { name: 'httpd', signal: 'STOP' } });
      expect([stopped?.words, stopped?.noCure]).toEqual(['Process httpd stopped', undefined]);
      expect(await page()).toContain('silent');
      await cure('db', 'process');
      expect(await page()).toContain('served');
      const killed = await begin('db', { process: { name: 'httpd' } });
      expect(killed?.measured).toMatch(/^process(es)? [\d, ]+$/);
      expect(killed?.noCure).toContain('its service has to start httpd again');
      expect(await page()).toContain('silent');
      const { taskId = '' } = await lab.api.faults.cure({ ...ref('db'), kind: 'process' });
      expect((await lab.task(taskId)).problem?.code).toBe('fault-no-cure');
      const none = await lab.api.faults.begin({ ...ref('db'), wish: { process: { name: 'nginx' } } });
      expect((await lab.task(none.taskId ?? '')).problem?.code).toBe('process-not-found');
    });

    test('a clock that jumped stays wrong over a loss of power, which ends what had no cure', async () => {
      const ahead = async (): Promise<number> => Number(/^(\d{9,})$/m.exec(await db.run('date -u +%s'))?.[1]) - Date.now() / 1000; // prettier-ignore
      expect(Math.abs(await ahead())).toBeLessThan(5);
      const jumped = await begin('db', { clock: { seconds: 7200 } });
      expect([jumped?.words, jumped?.measured]).toEqual(['Clock 2 hours ahead', expect.stringMatching(/ahead of this computer$/)]); // prettier-ignore
      expect(Math.abs((await ahead()) - 7200)).toBeLessThan(5);
      await begin('db', { crash: { how: 'off' } });
      await lab.machine('db', ({ row }) => row.status === 'Stopped');
      db.close();
      await cure('db', 'crash');
      db = await serialOf('db');
      const [clock, ...more] = await faults('db', (all) => all.every(({ waits }) => waits === undefined));
      expect([clock?.kind, more]).toEqual(['clock', []]);
      expect(Math.abs((await ahead()) - 7200)).toBeLessThan(5);
      await cure('db', 'clock');
      expect(Math.abs(await ahead())).toBeLessThan(5);
    });

    test('a kernel panics, and the cure brings the machine back', async () => {
      const panicked = await begin('db', { crash: { how: 'panic' } });
      expect(panicked?.measured).toMatch(/did not answer/);
      db.close();
      const line = converse(await lab.api.consoles.serial(ref('db')));
      await line.expect(/Kernel panic/, 20_000);
      await cure('db', 'crash');
      await line.expect(/login: ?$/m, 60_000);
      line.close();
      expect(await faults('db', () => true)).toEqual([]);
    });
  },
  { kinds: ['engine'] },
);
