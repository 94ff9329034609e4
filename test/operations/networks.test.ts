import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../main/embedded/kube/object.ts';
import {
  networkAttachmentDefinitions,
  services,
  virtualMachineInstances,
  virtualMachines,
} from '../../main/embedded/kube/resources.ts';
import { reservation } from '../../main/embedded/network/addresses.ts';
import { MachineLab, vmObject } from '../support/machine-lab.ts';
import type { Terminal } from '../support/machine-lab.ts';
import { starterImage } from '../support/starter.ts';

let lab: MachineLab;
let web: Terminal;
let db: Terminal;
const definition = (name: string, subnet: string): KubeObject => ({
  apiVersion: 'k8s.cni.cncf.io/v1', kind: 'NetworkAttachmentDefinition', metadata: { name, namespace: 'default' },
  spec: { config: JSON.stringify({ cniVersion: '0.3.1', name, type: 'bridge', bridge: `t-${name}`, ipam: { type: 'host-local', subnet } }) },
}); // prettier-ignore

interface Status {
  name: string;
  mac: string;
  ipAddress?: string;
}
const nics = (name: string): Status[] => (lab.vmi(name)?.status?.['interfaces'] ?? []) as Status[];
const addressOf = (name: string, nic: string): string => nics(name).find((one) => one.name === nic)?.ipAddress ?? '';

let commands = 0;
/** What a command of the guest prints. */
async function run(terminal: Terminal, command: string, timeout = 60_000): Promise<string> {
  const mark = `end-${(commands += 1)}-`;
  terminal.send(`${command}; echo ${mark.slice(0, 4)}""${mark.slice(4)}$?\n`);
  try {
    const found = await terminal.expect(new RegExp(`${mark}\\d+`), timeout);
    const end = terminal.text.lastIndexOf(found);
    return terminal.text.slice(terminal.text.lastIndexOf(command.slice(-20), end), end + found.length);
  } catch (error) {
    // The shell is there for the next test, which else would wait for this command too.
    terminal.send('\u0003');
    throw error;
  }
}
async function login(name: string): Promise<Terminal> {
  const terminal = await lab.console(name);
  terminal.send('\n');
  await terminal.expect(/login:/);
  terminal.send('root\n');
  await terminal.expect(/assword:/);
  terminal.send('hearth\n');
  await terminal.expect(/# /);
  terminal.send('stty cols 400\n');
  await run(terminal, 'until ip addr show eth0 | grep -q "inet "; do sleep 0.2; done');
  return terminal;
}
type Nics = {
  interfaces: { name: string; state?: string; bridge?: object }[];
  networks: { name: string; multus?: { networkName: string } }[];
};
const change = (name: string, edit: (nics: Nics) => void): void => {
  lab.context.store.mutate(virtualMachines, 'default', name, (draft) => {
    const { spec } = (draft.spec as { template: { spec: { domain: { devices: Nics }; networks: Nics['networks'] } } })
      .template;
    edit({ interfaces: spec.domain.devices.interfaces, networks: spec.networks });
  });
};

beforeAll(async () => {
  lab = await MachineLab.open({ image: await starterImage() });
  lab.context.store.create(networkAttachmentDefinitions, definition('red', '10.21.0.0/24'));
  lab.context.store.create(networkAttachmentDefinitions, definition('blue', '10.22.0.0/24'));
  lab.createVm('web');
  lab.createVm('db', { spec: { hostname: 'database' } });
  await lab.until('running', () => lab.status('web') === 'Running' && lab.status('db') === 'Running');
  [web, db] = await Promise.all([login('web'), login('db')]);
}, 180_000);
afterAll(() => lab.close());

describe('machines on the pod network', () => {
  it('reach each other by name and by the address that the API tells', async () => {
    expect(addressOf('db', 'default')).toMatch(/^10\.187\./);
    expect(await run(web, 'nslookup database')).toContain(addressOf('db', 'default'));
    for (const name of ['db', 'database', 'db.default', 'db.default.svc.cluster.local', addressOf('db', 'default')])
      expect(await run(web, `wget -qO- http://${name}/ | grep -c title`)).toMatch(/-0$/);
    expect(await run(web, 'ping -c 2 -W 5 db')).toMatch(/, 0% packet loss/);
    expect(await run(web, 'nslookup nobody.default.svc.cluster.local')).toMatch(/NXDOMAIN|can't find/);
  });

  it('reach a Service by its name, and still get out by the way of QEMU', async () => {
    lab.context.store.create(services, {
      apiVersion: 'v1', kind: 'Service', metadata: { name: 'front', namespace: 'default' },
      spec: { selector: { 'vm.kubevirt.io/name': 'db' }, ports: [{ port: 80 }] },
    }); // prettier-ignore
    await expect.poll(async () => run(web, 'wget -qO- http://front/ >/dev/null'), { timeout: 15_000 }).toMatch(/-0$/);
    const server = createServer((_request, response) => response.end('outside'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      expect(await run(web, `wget -qO- http://10.0.2.1:${port}/`)).toContain('outside');
    } finally {
      server.close();
    }
  });

  it('go on while the engine is gone, and after it came back', async () => {
    const loop = `for n in 1 2 3 4 5 6; do timeout 5 wget -qO- http://${addressOf('db', 'default')}/ >/dev/null && echo $n >>/tmp/got; sleep 0.5; done; touch /tmp/all`;
    await run(web, `echo '${loop}' >/tmp/loop`);
    // Not before it runs: what the engine has not yet passed on to the guest when it ends is lost, as with any cable.
    await run(web, '(sh /tmp/loop >/dev/null 2>&1 &)');
    await lab.restartEngine(() => wait(2500));
    web = await lab.console('web');
    db = await lab.console('db');
    for (const terminal of [web, db]) {
      // The shell asks where the cursor is after each prompt, and eats what is typed into that.
      terminal.send('\n');
      await terminal.expect(/# /);
      await wait(300);
      await run(terminal, 'true');
    }
    expect(await run(web, 'until [ -e /tmp/all ]; do sleep 0.2; done; wc -l </tmp/got')).toMatch(/^6/m);
    expect(await run(web, 'wget -qO- http://db/ >/dev/null')).toMatch(/-0$/);
  });
});

describe('private networks', () => {
  const plug = (name: string, network: string): void =>
    change(name, ({ interfaces, networks }) => {
      interfaces.push({ name: 'lan', bridge: {} });
      networks.push({ name: 'lan', multus: { networkName: network } });
    });

  it('are plugged in live, and lead nowhere but to each other', async () => {
    plug('web', 'red');
    plug('db', 'red');
    for (const terminal of [web, db])
      expect(await run(terminal, 'until ip addr show eth1 | grep -q "inet "; do sleep 0.2; done; ip addr show eth1')).toMatch(/inet 10\.21\.0\./); // prettier-ignore
    await expect.poll(() => addressOf('db', 'lan'), { timeout: 10_000 }).toMatch(/^10\.21\.0\./);
    expect(await run(web, `wget -qO- http://${addressOf('db', 'lan')}/ >/dev/null`)).toMatch(/-0$/);
    // No way out, none to this computer: what gets there over the pod network does not over this one.
    const server = createServer((_request, response) => response.end('outside'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const fetch = `timeout 4 wget -qO- http://10.0.2.1:${port}/`;
      expect(await run(web, fetch)).toContain('outside');
      expect(await run(web, `ip route add 10.0.2.1/32 via 10.21.0.1 dev eth1; ${fetch}`)).not.toMatch(/outside|-0$/);
      expect(await run(web, `ip route del 10.0.2.1/32; ${fetch}`)).toContain('outside');
    } finally {
      server.close();
    }
    expect(lab.vm('web')?.status?.['conditions']).not.toContainEqual(
      expect.objectContaining({ type: 'RestartRequired' }),
    );
  });

  it('move a running machine, which gets an address there and keeps its card', async () => {
    const before = nics('db').find(({ name }) => name === 'lan')?.mac;
    change('db', ({ networks }) => {
      const network = networks.find(({ name }) => name === 'lan');
      if (network) network.multus = { networkName: 'blue' };
    });
    await expect
      .poll(() => lab.events.some(({ reason }) => reason === 'InterfaceMoved'), { timeout: 20_000 })
      .toBe(true);
    expect(await run(db, 'until ip addr show eth1 | grep -q "inet 10.22"; do sleep 0.2; done; ip addr show eth1')).toMatch(/inet 10\.22\.0\./); // prettier-ignore
    await expect.poll(() => addressOf('db', 'lan'), { timeout: 10_000 }).toMatch(/^10\.22\.0\./);
    expect(nics('db').find(({ name }) => name === 'lan')?.mac).toBe(before);
    expect(await run(web, 'ping -c 1 -W 2 -I eth1 10.22.0.20')).not.toMatch(/-0$/);
  });

  it('are left live: the card goes out of the guest and out of both specs', async () => {
    change('web', ({ interfaces }) => {
      const nic = interfaces.find(({ name }) => name === 'lan');
      if (nic) nic.state = 'absent';
    });
    await lab.until('unplugged', () => !JSON.stringify([lab.vm('web')?.spec, lab.vmi('web')?.spec]).includes('"lan"'));
    expect(await run(web, 'test -e /sys/class/net/eth1')).toMatch(/-1$/);
    expect(lab.context.store.list(virtualMachineInstances)).toHaveLength(2);
  });

  it('keep address and card over a restart of the machine', async () => {
    const before = nics('db');
    const uid = lab.vmi('db')?.metadata.uid;
    lab.context.store.delete(virtualMachineInstances, 'default', 'db');
    await lab.until('started anew', () => lab.status('db') === 'Running' && lab.vmi('db')?.metadata.uid !== uid);
    expect(nics('db').map(({ name, mac }) => ({ name, mac }))).toEqual(before.map(({ name, mac }) => ({ name, mac })));
    expect(addressOf('db', 'default')).toBe(before.find(({ name }) => name === 'default')?.ipAddress);
  });

  it('have a reserved address again after they were made anew', async () => {
    const reserved = '10.21.0.77';
    const object = vmObject('keeper');
    const { template } = object.spec as { template: { metadata: { annotations?: object }; spec: { domain: { devices: object }; networks?: object[] } } }; // prettier-ignore
    template.metadata.annotations = { [reservation('lan')]: reserved };
    Object.assign(template.spec.domain.devices, { interfaces: [{ name: 'default', masquerade: {} }, { name: 'lan', bridge: {} }] }); // prettier-ignore
    template.spec.networks = [
      { name: 'default', pod: {} },
      { name: 'lan', multus: { networkName: 'red' } },
    ];
    const seen: { uid: string | undefined; mac: string | undefined }[] = [];
    for (const time of ['first', 'anew']) {
      lab.context.store.create(virtualMachines, structuredClone(object));
      await lab.until(`running ${time}`, () => lab.status('keeper') === 'Running');
      const keeper = await login('keeper');
      expect(await run(keeper, 'until ip addr show eth1 | grep -q "inet "; do sleep 0.2; done; ip -4 addr show eth1')).toContain(`inet ${reserved}/`); // prettier-ignore
      await expect.poll(() => addressOf('keeper', 'lan'), { timeout: 10_000 }).toBe(reserved);
      seen.push({ uid: lab.vm('keeper')?.metadata.uid, mac: nics('keeper').find(({ name }) => name === 'lan')?.mac });
      lab.context.store.delete(virtualMachines, 'default', 'keeper');
      await lab.until(`gone ${time}`, () => lab.vm('keeper') === undefined && lab.vmi('keeper') === undefined);
    }
    // Another machine with another card: it is the address that was reserved.
    expect(seen[0]?.uid).not.toBe(seen[1]?.uid);
    expect(seen[0]?.mac).not.toBe(seen[1]?.mac);
  });
});
