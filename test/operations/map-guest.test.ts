import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMachineSchema } from '../../main/contract/machine.ts';
import type { LineResult } from '../../main/contract/map.ts';
import { password, serialShell, user } from '../e2e/support/guest.ts';
import type { Shell } from '../e2e/support/guest.ts';
import { describeTargets } from '../support/operations/lab.ts';
import { starterImage } from '../support/starter.ts';

const ref = (name: string) => ({ namespace: 'default', name });
const vm = (name: string) => ({ kind: 'VirtualMachine', ...ref(name) }) as const;
const brief = ({ steps }: LineResult): string[] => steps.map(({ id, state }) => `${id} ${state}`);

describeTargets(
  'a line between real guests',
  (lab) => {
    const shells: Shell[] = [];
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
          cloudInit: { type: 'form', hostname: name, user, password, sshKeys: [publicKey] },
        });
      await Promise.all(['web', 'db'].map((name) => lab.api.machines.create(machine(name))));
      shells.push(...(await Promise.all(['web', 'db'].map((name) => serialShell(lab.api, ref(name))))));
      const { interfaces } = await lab.machine('db', (detail) => detail.interfaces.some((nic) => nic.addresses.length > 0)); // prettier-ignore
      await shells[0]?.run(`until ping -c 1 -W 1 ${interfaces[0]?.addresses[0]} >/dev/null; do sleep 0.3; done`);
    }, 240_000);
    afterAll(() => {
      for (const shell of shells) shell.close();
    });

    test('an open port is reached from inside; a closed one, an unknown name and a pulled cable are told apart', async () => {
      const open = await lab.api.map.testLine({ from: vm('web'), to: vm('db'), port: 22 });
      expect([open.reached, open.network, brief(open)]).toEqual([true, 'pod', ['from ok', 'to ok', 'network ok', 'reach ok', 'port ok']]); // prettier-ignore
      const closed = await lab.api.map.testLine({ from: vm('web'), to: vm('db'), port: 4444 });
      expect([closed.reached, closed.broken, closed.steps.find(({ id }) => id === 'port')?.says]).toEqual([false, 'port', 'db refuses connections on port 4444: nothing listens there.']); // prettier-ignore
      expect(closed.steps.at(-1)).toMatchObject({ id: 'far', state: 'failed' });
      const name = await lab.api.map.testLine({ from: vm('web'), to: { kind: 'address', address: 'nobody.invalid' }, port: 80 }); // prettier-ignore
      expect([name.broken, name.steps.at(-1)?.says]).toEqual(['reach', 'web knows no nobody.invalid: its name is not answered.']); // prettier-ignore
      const outside = await lab.api.map.testLine({ from: { kind: 'outside' }, to: vm('db'), port: 22 });
      expect([outside.reached, brief(outside)]).toEqual([true, ['to ok', 'far ok']]);
      await lab.api.networks.setLink({ ...ref('db'), interface: 'default', up: false });
      const pulled = await lab.api.map.testLine({ from: vm('web'), to: vm('db'), port: 22 });
      expect([pulled.reached, pulled.broken, pulled.steps.at(-1)?.says]).toEqual([false, 'network', 'The cable of db to the pod network is pulled.']); // prettier-ignore
      await lab.api.networks.setLink({ ...ref('db'), interface: 'default', up: true });
    }, 120_000);
  },
  { kinds: ['engine'] },
);
