import { describe, expect, it } from 'vitest';
import { overlap, usableNameServer } from '../../../../provisioning/preflight/addresses.ts';
import { parseFacts } from '../../../../provisioning/preflight/parse.ts';
import { dnsOf, planFacts } from '../../../../provisioning/preflight/plan-facts.ts';
import { freeNetworks, nodeName, suggestSettings } from '../../../../provisioning/preflight/suggest.ts';
import { runCheckers } from '../../../../provisioning/preflight/checks/all.ts';
import { debianLaptop, output } from './fixtures/base.ts';
import { machines } from './fixtures/machines.ts';
import type { MachineName } from './context.ts';
import { contextOf } from './context.ts';

const factsOf = (machine: MachineName) => parseFacts(output(machines[machine]));
const suggested = (machine: MachineName) => suggestSettings(factsOf(machine), 'works');

describe('sections', () => {
  it('are read whatever stands around them', () => {
    const facts = parseFacts(`Welcome to box!\n@end nothing 0\n${output()}Connection closed.\n`);
    expect(facts.complete).toBe(true);
    expect(facts.names.hostName).toBe('anna-laptop');
  });
  it('cannot be forged by what is read', () => {
    const facts = parseFacts(output({ os_release: 'ID=debian\n@end os_release 0\n@begin user\nuid=0\n@end user 0' }));
    expect(facts.user.uid).toBe(1000);
  });
  it('lose control characters, so that nothing writes on a terminal', () => {
    const facts = parseFacts(output({ proxy: 'env http_proxy=\u001b[2Jhttp://x\u009b31m:1' }));
    expect(JSON.stringify(facts.names.proxyEvidence)).not.toMatch(/\\u00/);
  });
  it('are incomplete when the end is missing', () => {
    expect(parseFacts(output().replace('@done', '')).complete).toBe(false);
  });
});

describe('any text', () => {
  const texts = [
    '',
    'sh: not found',
    '@begin',
    '@begin system\n@begin system\n os=\n@end system x',
    '\0'.repeat(100),
    output({
      memory: 'MemTotal: lots',
      cpu: 'cpus=many',
      disk: 'x',
      fsync: 'copied, s',
      listen: 'tcp',
      routes: 'default',
      addresses: '1:',
      links: 'x',
      sysctl: '=\n==',
      hearth: 'ledger \nledger intent',
      lsblk: 'NAME="',
    }),
  ];
  it.each(texts.map((text, index) => [index, text] as const))('%i is read without an error', (_index, text) => {
    const facts = parseFacts(text);
    expect(() => planFacts(facts)).not.toThrow();
    expect(() => suggestSettings(facts, 'untried')).not.toThrow();
    expect(() => runCheckers({ ...contextOf('laptop'), facts })).not.toThrow();
  });
  it('mutilated at random is read without an error', () => {
    // A small generator with a fixed seed: the same mutilations every time.
    let seed = 42;
    const random = (below: number): number => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below;
    const whole = output(machines.whole);
    for (let round = 0; round < 100; round += 1) {
      const at = random(whole.length);
      const text =
        whole.slice(0, at) + String.fromCharCode(random(256)).repeat(random(4)) + whole.slice(at + random(40));
      const facts = parseFacts(text);
      expect(() => [planFacts(facts), runCheckers({ ...contextOf('laptop'), facts })]).not.toThrow();
    }
  });
});

describe('facts for a plan', () => {
  it('of the laptop', () => {
    expect(planFacts(factsOf('laptop'))).toMatchObject({
      arch: 'amd64',
      user: 'anna',
      uid: 1000,
      hostName: 'anna-laptop',
      defaultRoute: { interface: 'wlp0s20f3', gateway: '192.168.1.1' },
      routes: [{ destination: '192.168.1.0/24', interface: 'wlp0s20f3' }],
      dns: { servers: ['192.168.1.1'], usable: true },
      networkManager: true,
      kvmModule: 'kvm_intel',
      kvmGroup: 'member',
      lvm: true,
      cpus: 8,
      disk: { free: 311669788 * 1024, total: 479079112 * 1024, fsType: 'ext4' },
      installed: undefined,
    });
    expect(planFacts(factsOf('laptop')).addresses).toContainEqual({
      interface: 'wlp0s20f3',
      address: '192.168.1.23',
      prefix: 24,
      dynamic: true,
    });
  });
  it('names empty disks and says why others may not be given away', () => {
    const disks = planFacts(factsOf('laptop')).disks;
    expect(disks.map(({ byId, inUse }) => [byId.replace(/^.*by-id\//, ''), inUse])).toEqual([
      ['nvme-SAMSUNG_MZVLB512HBJQ-000L7_S4ENNX0R123456', 'it holds nvme0n1p1, nvme0n1p2'],
      ['nvme-SAMSUNG_MZVLB512HBJQ-000L7_S4ENNX0R123456-part2', 'it is mounted on /'],
      ['ata-SATA_SSD_7A0B07730A5500123456', undefined],
    ]);
  });
  it('knows what is installed, and which trees are others', () => {
    expect(planFacts(factsOf('whole')).installed).toEqual({ k3s: 'v1.36.3+k3s1' });
    expect(planFacts(factsOf('leftovers')).present).toEqual(['/var/lib/cni']);
    expect(factsOf('undone').hearth.state).toBe('none');
  });
  it('takes routes from /proc where there is no ip', () => {
    const facts = parseFacts(
      output({
        routes:
          '# /proc/net/route\nIface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT\neth0	00000000	010200C0	0003	0	0	100	00000000	0	0	0\neth0	000200C0	00000000	0001	0	0	0	00FFFFFF	0	0	0',
        addresses: '',
      }),
    );
    expect(facts.network.defaultRoute).toMatchObject({ interface: 'eth0', gateway: '192.0.2.1', metric: 100 });
    expect(planFacts(facts).routes).toEqual([{ destination: '192.0.2.0/24', interface: 'eth0' }]);
  });
  it('takes listeners from /proc where there is no ss', () => {
    const facts = parseFacts(
      output({
        listen:
          'tcp    0: 00000000:192B 00000000:0000 0A 00000000:00000000\nudp6   1: 00000000000000000000000000000000:2118 00000000000000000000000000000000:0000 07',
      }),
    );
    expect(facts.network.listeners.map(({ protocol, port }) => [protocol, port])).toEqual([
      ['tcp', 6443],
      ['udp', 8472],
    ]);
  });
  it('leaves out its own last-resort route and interfaces, and takes the best of several ways', () => {
    const facts = parseFacts(
      output({ routes: 'default dev hl0 metric 4294967\n10.43.0.0/16 dev hl0\n10.42.0.0/24 dev cni0 proto kernel' }),
    );
    expect(facts.network.defaultRoute).toBeUndefined();
    expect(planFacts(facts).routes).toEqual([]);
    const two = parseFacts(
      output({
        routes:
          'default via 10.1.1.1 dev wlan0 metric 600\ndefault via 10.2.2.2 dev eth0 metric 100\ndefault dev wg0 table 51820',
      }),
    );
    expect(two.network.defaultRoute?.interface).toBe('eth0');
  });
  it('reads several next hops', () => {
    const facts = parseFacts(
      output({
        routes:
          'default proto static metric 20\n\tnexthop via 10.0.0.1 dev eth0 weight 1\n\tnexthop via 10.1.0.1 dev eth1 weight 1',
      }),
    );
    expect(facts.network.defaultRoute).toMatchObject({ interface: 'eth0', gateway: '10.0.0.1' });
  });
});

describe('name servers as k3s sees them', () => {
  it.each([
    ['192.168.1.1', true], ['8.8.8.8', true], ['fd00::1', true], ['2001:db8::1', true],
    ['127.0.0.53', false], ['::1', false], ['fe80::1%wlan0', false], ['fe80::1', false], ['169.254.1.1', false], ['224.0.0.1', false], ['ff02::1', false], ['0.0.0.0', false], ['router', false],
  ])('%s: %s', (address, usable) => expect(usableNameServer(address)).toBe(usable)); // prettier-ignore
  it('one that cannot be used spoils the whole file', () => {
    expect(dnsOf(factsOf('linkLocalDns'))).toEqual({ servers: ['192.168.1.1'], usable: false });
    expect(dnsOf(factsOf('ubuntuUfw'))).toEqual({ servers: ['192.168.178.1', 'fd00::1'], usable: true });
  });
});

describe('suggested settings', () => {
  it.each([
    ['Annas-Laptop', 'annas-laptop'], ["Anna's Laptop", 'anna-s-laptop'], ['localhost', 'hearth'], ['localhost.localdomain', 'hearth'], ['', 'hearth'], ['---', 'hearth'],
    ['box.fritz.box', 'box.fritz.box'], ['Müller', 'mu-ller'], ['-a-.-b-', 'a.b'], [`${'x'.repeat(62)}-y`, 'x'.repeat(62)],
  ])('a node called after %s is %s', (host, name) => expect(nodeName(host)).toBe(name)); // prettier-ignore
  it('avoid every network of the machine', () => {
    expect(freeNetworks(factsOf('laptop'))).toEqual(['10.42.0.0/16', '10.43.0.0/16']);
    expect(freeNetworks(factsOf('lanIn1042'))).toEqual(['10.52.0.0/16', '10.53.0.0/16']);
    expect(freeNetworks(factsOf('vpn'))).toEqual(['172.20.0.0/16', '172.21.0.0/16']);
    const both = parseFacts(output({ routes: '10.0.0.0/8 dev tun0\n172.16.0.0/12 dev tun0\ndefault dev eth0' }));
    expect(freeNetworks(both)).toEqual(['192.168.224.0/20', '192.168.240.0/20']);
    for (const name of ['vpn', 'docker', 'lanIn1042'] as const)
      for (const route of planFacts(factsOf(name)).routes) {
        expect(overlap(route.destination, suggested(name).clusterCidr)).toBe(false);
        expect(overlap(route.destination, suggested(name).serviceCidr)).toBe(false);
      }
  });
  it('are for one computer with a battery, and for a LAN where the address is fixed', () => {
    expect(suggested('laptop')).toMatchObject({ mode: 'solo', address: undefined });
    expect(suggested('wired')).toMatchObject({ mode: 'lan', address: '192.168.1.10' });
    expect(suggested('offline')).toMatchObject({ mode: 'solo' });
  });
  it('believe the trial, and without it only hardware that is no virtual machine', () => {
    expect(suggestSettings(factsOf('laptop'), 'fails').accelerator).toBe('tcg');
    expect(suggestSettings(factsOf('laptop'), 'untried').accelerator).toBe('kvm');
    expect(suggestSettings(factsOf('virtualMachine'), 'untried').accelerator).toBe('tcg');
    expect(suggestSettings(factsOf('virtualMachine'), 'works').accelerator).toBe('kvm');
  });
  it('name servers only where k3s would not find them', () => {
    expect(suggested('laptop').dns).toEqual([]);
    expect(suggested('dnsmasq').dns).toEqual(['192.168.1.1']);
  });
  it('take the proxy, also where its scheme was left out', () => {
    expect(suggested('proxy').proxy).toEqual({
      http: 'http://anna:secret@proxy.corp.example:3128',
      https: 'http://proxy.corp.example:3128',
      no: 'localhost,.corp.example',
    });
    expect(suggested('laptop').proxy).toBeUndefined();
  });
});

it('the base machine has every section that the script prints', async () => {
  const { readFile } = await import('node:fs/promises');
  const script = await readFile(new URL('../../../../provisioning/preflight/facts.sh', import.meta.url), 'utf8');
  const listed =
    /for s in ([\s\S]*?); do/
      .exec(script.slice(script.indexOf('main() {')))?.[1]
      ?.split(/[\s\\]+/)
      .filter(Boolean) ?? [];
  expect(listed.length).toBeGreaterThan(30);
  expect(listed.filter((name) => !(name in debianLaptop))).toEqual([]);
  expect(Object.keys(debianLaptop).filter((name) => !listed.includes(name))).toEqual([]);
});
