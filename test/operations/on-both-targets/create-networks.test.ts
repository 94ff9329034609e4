import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { pick } from '../../../main/backend/target/pick.ts';
import { blank, describeTargets, problemOf } from '../../support/operations/lab.ts';

const ref = { namespace: 'default', name: 'wired' };

describeTargets('networks of a new machine', (lab) => {
  test('are in its manifest as the form has them, and its cards are on them', async () => {
    await lab.api.networks.create({ name: 'red', subnet: '10.41.0.0/24' });
    const mac = '02:00:00:41:00:01';
    const input = blank(ref.name, { network: { mac: '02:00:00:41:00:00', others: [{ network: 'default/red', mac, model: 'e1000' }] }, start: true }); // prettier-ignore
    expect((await lab.api.machines.preview(input)).problem).toBeUndefined();
    await lab.create(input);
    const spec = pick(await lab.get('kubevirt.io/v1', 'virtualmachines', ref.name), 'spec', 'template', 'spec');
    expect(pick(spec, 'networks')).toEqual([{ name: 'default', pod: {} }, { name: 'red', multus: { networkName: 'red' } }]); // prettier-ignore
    expect(pick(spec, 'domain', 'devices', 'interfaces')).toMatchObject([
      { name: 'default', masquerade: {}, macAddress: '02:00:00:41:00:00' },
      { name: 'red', bridge: {}, model: 'e1000', macAddress: mac },
    ]);
    const running = await lab.machine(ref.name, ({ row, interfaces }) => row.status === 'Running' && interfaces.length === 2); // prettier-ignore
    expect(running.interfaces.map(({ name }) => name)).toEqual(['default', 'red']);
  });

  test('a forward to a port that another machine has is refused before anything is made', async () => {
    await lab.api.machines.addForward({ ...ref, guestPort: 22, hostPort: 31_722, protocol: 'TCP' });
    const late = blank('late', { network: { forwards: [{ guestPort: 80 }, { guestPort: 22, hostPort: 31_722 }] } });
    const field = 'network.forwards.1.hostPort';
    expect((await lab.api.machines.preview(late)).problem).toMatchObject({ code: 'port-taken', fields: { [field]: expect.stringContaining('wired') as string } }); // prettier-ignore
    const refused = await problemOf(lab.api.machines.create(late));
    expect([refused.code, Object.keys(refused.fields ?? {})]).toEqual(['port-taken', [field]]);
    await expect(lab.get('kubevirt.io/v1', 'virtualmachines', 'late')).rejects.toThrow('404');
    await lab.remove(ref.name);
  });
});

describeTargets(
  'ports of this computer',
  (lab) => {
    test('that a program has are refused for a new machine where the target is here', async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const input = blank('unlucky', { network: { forwards: [{ guestPort: 22, hostPort: port }] } });
      const refused = await problemOf(lab.api.machines.create(input));
      expect(refused.fields?.['network.forwards.0.hostPort']).toMatch(/program/);
      server.close();
    });
  },
  { kinds: ['engine'] },
);
