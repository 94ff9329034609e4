import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { kubeOf } from '../../support/kube.ts';
import { describeTargets, until } from '../../support/operations/lab.ts';
import { cureOf, faults, faulty, vmPath } from '../../support/operations/why.ts';

// The engine finds QEMU by this link, which can go and come back.
const real = execFileSync('which', ['qemu-system-x86_64'], { encoding: 'utf8' }).trim();
const programs = mkdtempSync(join(tmpdir(), 'hearth-qemu-'));
const link = join(programs, 'qemu-system-x86_64');
const path = process.env['PATH'] ?? '';
symlinkSync(real, link);
process.env['PATH'] = `${programs}:${path}`;
afterAll(() => {
  process.env['PATH'] = path;
  rmSync(programs, { recursive: true, force: true });
});

describeTargets(
  'why, with faults of this computer',
  (lab) => {
    const { make, chain, click, heals } = faults(lab);
    const ref = (name: string) => ({ namespace: 'default', name });
    const manual = (name: string) => faulty(name, (_spec, vm) => void ((vm.spec ??= {})['runStrategy'] = 'Manual'));
    const act = (name: string, action: 'start' | 'forceStop') => lab.api.machines.act({ ...ref(name), action });

    test('an accelerator that this computer has not: software mode, and the engine takes it at once', async () => {
      await lab.api.settings.update({ accelerator: 'hvf' });
      const before = lab.backend.enginePid;
      process.kill(before ?? 0, 'SIGTERM');
      // The engine comes back at another address: its kubeconfig is read anew.
      const answers = () => kubeOf(lab.backend.kubeconfig).request('GET', '/api/v1/nodes').then((list) => JSON.stringify(list), String); // prettier-ignore
      await expect.poll(answers, { timeout: 20_000 }).toContain('"hearth.dev/accelerator":"hvf"');
      await until(lab.api.target.watch({}), ({ state }) => state === 'ready');
      await kubeOf(lab.backend.kubeconfig).request('POST', vmPath, manual('fast'));
      await expect.poll(() => lab.machine('fast', ({ row }) => row.status === 'Stopped').then(() => 'seen', String)).toBe('seen'); // prettier-ignore
      await act('fast', 'start');
      const found = await chain('fast', 'no-accelerator', ({ cures }) => cures.some(({ action }) => action.type === 'softwareMode' && action.by === 'setting')); // prettier-ignore
      expect(found.short).toMatch(/invalid accelerator hvf/);
      expect(await click('fast', cureOf(found, 'softwareMode'))).toEqual({ said: 'Machines start in software mode from now on.' }); // prettier-ignore
      // The answer came when the new engine was there: nothing of the old one is in the way of what is asked next.
      await act('fast', 'start');
      await heals('fast');
      await lab.remove('fast');
    });

    test('QEMU is killed: it is started again by the button', async () => {
      await make(manual('killed'));
      await lab.machine('killed', ({ row }) => row.status === 'Stopped' && row.why === undefined);
      await act('killed', 'start');
      await lab.machine('killed', ({ row }) => row.status === 'Running');
      const folder = join(lab.backend.kubeconfig, '..', 'engine', 'machines');
      const uid = (await lab.get('kubevirt.io/v1', 'virtualmachineinstances', 'killed')).metadata.uid ?? '';
      const pid = Number(execFileSync('pgrep', ['-f', `${folder}.*${uid}`], { encoding: 'utf8' }).split('\n')[0]);
      process.kill(pid, 'SIGKILL');
      const found = await chain('killed', 'qemu-killed');
      expect([found.tone, found.short]).toEqual(['problem', expect.stringMatching(/killed, probably because this computer ran out of memory/)]); // prettier-ignore
      expect(await click('killed', cureOf(found, 'power'))).toEqual({ said: 'It starts.' });
      await heals('killed');
    });

    test('a blank disk: the firmware’s words are read off the screen; the disk with a system goes first', async () => {
      const found = await chain('killed', 'no-sign-of-life');
      expect(found.short).toBe('The firmware found nothing that it could start. It says: "No bootable device."');
      expect(found.steps.at(-1)).toEqual({ object: 'Disk root', says: expect.stringMatching(/the only one/) });
      expect(await click('killed', cureOf(found, 'power'))).toEqual({ said: 'It was reset.' });
      await lab.remove('killed');
    });

    test('a port that a program has by the time the machine starts', async () => {
      await make(manual('port'));
      await lab.machine('port', ({ row }) => row.status === 'Stopped');
      const program = createServer();
      await new Promise<void>((resolve) => program.listen(0, '127.0.0.1', resolve));
      const { port } = program.address() as AddressInfo;
      await new Promise((resolve) => program.close(resolve));
      await lab.api.machines.addForward({ ...ref('port'), guestPort: 80, hostPort: port });
      await new Promise<void>((resolve) => program.listen(port, '127.0.0.1', resolve));
      await act('port', 'start');
      const found = await chain('port', 'port-taken');
      expect(found.short).toContain(`TCP port ${port}`);
      const { said } = await click('port', cureOf(found, 'changePort'));
      expect(said).toMatch(/^It is reached at port \d+ now\.$/);
      await heals('port');
      program.close();
      await lab.remove('port');
    });

    test('QEMU is not there any more: how to install it, and the start once it is', async () => {
      await make(manual('absent'));
      await lab.machine('absent', ({ row }) => row.status === 'Stopped');
      rmSync(link);
      await act('absent', 'start');
      const found = await chain('absent', 'qemu-missing', ({ cures }) => cures.some(({ action }) => action.type === 'commands')); // prettier-ignore
      expect(cureOf(found, 'commands').action.commands.join()).toMatch(/install.*qemu|qemu/);
      symlinkSync(real, link);
      await click('absent', cureOf(found, 'power'));
      await heals('absent');
      await lab.remove('absent');
    });
  },
  { kinds: ['engine'] },
);
