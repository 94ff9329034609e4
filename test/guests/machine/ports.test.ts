import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Condition, KubeObject } from '../../../main/embedded/kube/object.ts';
import { services, virtualMachineInstances, virtualMachines } from '../../../main/embedded/kube/resources.ts';
import { MachineLab } from '../../support/machine-lab.ts';
import { starterImage } from '../../support/starter.ts';

let lab: MachineLab;
beforeAll(async () => {
  lab = await MachineLab.open({ image: await starterImage() });
  lab.createVm('web');
  await lab.until('running', () => lab.status('web') === 'Running');
  await (await lab.console('web')).expect(/login:/);
}, 180_000);
afterAll(() => lab.close());

const service = (name: string, spec: Record<string, unknown>): KubeObject => ({
  apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, spec: { selector: { 'vm.kubevirt.io/name': 'web' }, ...spec },
}); // prettier-ignore
const forwarded = (name: string): Condition | undefined =>
  (lab.context.store.get(services, 'default', name)?.status?.['conditions'] as Condition[] | undefined)?.find(
    ({ type }) => type === 'hearth.dev/Forwarded',
  );
const settled = async (name: string, status: string): Promise<void> => {
  await expect.poll(() => forwarded(name)?.status, { timeout: 10_000 }).toBe(status);
};
const nodePort = (name: string): number => {
  const spec = lab.context.store.get(services, 'default', name)?.spec as { ports: { nodePort: number }[] } | undefined;
  return spec?.ports[0]?.nodePort ?? 0;
};

describe('ports of a guest', () => {
  it('serves a page through a NodePort, follows a restart, and closes with the Service', async () => {
    lab.context.store.create(services, service('page', { type: 'NodePort', ports: [{ port: 80 }] }));
    await settled('page', 'True');
    const port = nodePort('page');
    expect(port).toBeGreaterThanOrEqual(30_000);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toMatch(/<html|<!doctype/i);

    await lab.restartEngine();
    await expect.poll(() => fetch(`http://127.0.0.1:${port}/`).then(({ status }) => status, () => 0), { timeout: 10_000 }).toBe(200); // prettier-ignore

    lab.context.store.delete(services, 'default', 'page');
    await expect.poll(() => fetch(`http://127.0.0.1:${port}/`).then(() => 'open', () => 'closed')).toBe('closed'); // prettier-ignore
  });

  it('names a port that another program has', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    try {
      lab.context.store.create(services, service('taken', { type: 'LoadBalancer', ports: [{ port, targetPort: 80 }] }));
      await settled('taken', 'False');
      expect(forwarded('taken')).toMatchObject({
        reason: 'PortConflict',
        message: expect.stringContaining(String(port)) as string,
      });
      expect(lab.events.some((event) => event.reason === 'PortConflict')).toBe(true);
    } finally {
      server.close();
    }
  });

  it('opens a port-forward session and closes its port after it', async () => {
    const machine = virtualMachines;
    const stream = await lab.stream(machine, 'web', 'portforward', ['22', 'tcp']);
    const [banner] = (await once(stream, 'data')) as [Buffer];
    expect(banner.toString()).toMatch(/^SSH-2\.0-/);
    stream.destroy();
    await once(stream, 'close');
    const two = await Promise.all(
      ['80', '22'].map((port) => lab.stream(virtualMachineInstances, 'web', 'portforward', [port, 'tcp'])),
    );
    two[0]?.write('GET / HTTP/1.0\r\n\r\n');
    const [answer] = (await once(two[0] ?? stream, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.[01] /);
    for (const one of two) one.destroy();
    // As in KubeVirt, the answer comes after the guest's.
    await expect(lab.stream(machine, 'web', 'portforward', ['81', 'tcp'])).rejects.toMatchObject({
      code: 500, message: expect.stringContaining('dialing VM: dial tcp 10.0.2.2:81: connect: connection refused') as string,
    }); // prettier-ignore
    await expect(lab.stream(machine, 'web', 'portforward', ['0'])).rejects.toMatchObject({ code: 400 });
  });

  it('speaks RFB, the newest viewer wins, and preserveSession is honoured', async () => {
    const first = await lab.stream(virtualMachineInstances, 'web', 'vnc');
    expect(((await once(first, 'data')) as [Buffer])[0].toString()).toBe('RFB 003.008\n');
    await expect(lab.stream(virtualMachineInstances, 'web', 'vnc', [], 'preserveSession=true')).rejects.toMatchObject({
      code: 500, message: expect.stringContaining('Active VNC connection. Request denied.') as string,
    }); // prettier-ignore
    const gone = once(first, 'close');
    const second = await lab.stream(virtualMachineInstances, 'web', 'vnc');
    await gone;
    expect(((await once(second, 'data')) as [Buffer])[0].toString()).toBe('RFB 003.008\n');
    second.destroy();
  });

  it('lets the newest console close the older', async () => {
    const first = await lab.console('web');
    const second = await lab.console('web');
    await expect.poll(() => first.stream.destroyed).toBe(true);
    second.send('\n');
    await second.expect(/login:/);
  });

  it('reboots softly within the same process', async () => {
    const pid = lab.pid('web');
    const terminal = await lab.console('web');
    await lab.call(virtualMachineInstances, 'web', 'softreboot');
    await terminal.expect(/login:/);
    expect(lab.pid('web')).toBe(pid);
    expect(lab.status('web')).toBe('Running');
    await lab.call(virtualMachineInstances, 'web', 'reset');
    await terminal.expect(/login:/);
    expect(lab.pid('web')).toBe(pid);
  });
});
