import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { agentConfig, serverConfig } from '../../../../provisioning/files/config.ts';
import { environmentFile, noProxy } from '../../../../provisioning/files/environment.ts';
import { modules, raised, sysctlConf } from '../../../../provisioning/files/kernel.ts';
import { kubeletConfig, logindConf } from '../../../../provisioning/files/kubelet.ts';
import { netScript, networkManagerConf } from '../../../../provisioning/files/network.ts';
import { poolScript } from '../../../../provisioning/files/pool.ts';
import { registriesYaml } from '../../../../provisioning/files/registries.ts';
import { nameServers, resolvConf } from '../../../../provisioning/files/resolv.ts';
import { k3sUnit, netUnit, poolUnit } from '../../../../provisioning/files/units.ts';
import { facts, lan, settings } from './given.ts';

const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;
const inFolder = <T>(use: (folder: string) => T): T => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-files-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

describe('config.yaml', () => {
  it('of a solo machine', () => {
    const text = serverConfig(settings(), facts());
    expect(parse(text)).toEqual({
      'node-name': 'hearth',
      'nonroot-devices': true,
      'resolv-conf': '/etc/rancher/k3s/resolv.conf',
      'write-kubeconfig-mode': '0600',
      disable: ['traefik'],
      'tls-san': ['ada-laptop', 'ada-laptop.local', 'hearth'],
      'secrets-encryption': true,
      'default-local-storage-path': '/var/lib/hearth/volumes',
      'cluster-cidr': '10.42.0.0/16',
      'service-cidr': '10.43.0.0/16',
      'node-ip': '10.254.254.1',
      'flannel-iface': 'hl0',
      'flannel-backend': 'host-gw',
    });
    // k3s takes the mode as text: 0600 as a number would be 384.
    expect(text).toContain('write-kubeconfig-mode: "0600"');
    expect(text.split('\n').filter((line) => line.startsWith('# '))).toHaveLength(14);
  });

  it('of a box on the LAN, with everything that a machine may need', () => {
    const config = parse(
      serverConfig(
        lan({ etcd: true, tlsNames: ['lab.example.org', 'hearth'], dns: ['9.9.9.9'] }),
        facts({ badIptables: true, selinux: { enforcing: true, policy: true }, hostName: 'box.example.org' }),
      ),
    ) as Record<string, unknown>;
    expect(config).toMatchObject({
      'node-ip': '192.168.1.20',
      'flannel-iface': 'wlan0',
      'flannel-backend': 'vxlan',
      'cluster-init': true,
      'prefer-bundled-bin': true,
      selinux: true,
      'tls-san': ['box.example.org', 'box', 'box.local', 'hearth', '192.168.1.20', 'lab.example.org'],
    });
  });

  it('leaves out what does not hold here', () => {
    const config = parse(
      serverConfig(settings(), facts({ dns: { servers: ['127.0.0.1'], usable: false }, selinux: { enforcing: true, policy: false }, hostName: 'host_name' })),
    ) as Record<string, unknown>; // prettier-ignore
    expect(config).not.toHaveProperty('resolv-conf');
    expect(config).not.toHaveProperty('selinux');
    expect(config).not.toHaveProperty('cluster-init');
    expect(config['tls-san']).toEqual(['hearth']);
  });

  it('of an agent names the server and a file, never a token', () => {
    const text = agentConfig(
      'https://192.168.1.20:6443',
      lan({ nodeName: 'second', address: '192.168.1.20' }),
      facts(),
    );
    expect(parse(text)).toEqual({
      server: 'https://192.168.1.20:6443',
      'token-file': '/etc/rancher/k3s/agent-token',
      'node-name': 'second',
      'nonroot-devices': true,
      'resolv-conf': '/etc/rancher/k3s/resolv.conf',
      'node-ip': '192.168.1.20',
      'flannel-iface': 'wlan0',
    });
  });

  it('keeps a hostile value in its place', () => {
    const nasty = '/mnt/x: y\n# z\ntls-san: [evil]/hearth-volumes';
    const config = parse(serverConfig(settings({ volumes: nasty }), facts())) as Record<string, unknown>;
    expect(config['default-local-storage-path']).toBe(nasty);
    expect(config['tls-san']).not.toContain('evil');
  });
});

describe('units', () => {
  const units: [string, string][] = (['/usr/local/bin', '/opt/bin'] as const).flatMap(
    (programs): [string, string][] => [
      ['k3s.service', k3sUnit('server', { programs, solo: true, poolFile: true })],
      ['k3s.service', k3sUnit('server', { programs, solo: false, poolFile: false })],
      ['k3s-agent.service', k3sUnit('agent', { programs, solo: false, poolFile: false })],
      ['hearth-net.service', netUnit(programs)],
      ['hearth-pool.service', poolUnit(programs)],
    ],
  );

  it('start k3s as its own installer does', () => {
    const unit = k3sUnit('server', { programs: '/usr/local/bin', solo: true, poolFile: false });
    for (const line of ['Type=notify', 'KillMode=process', 'Delegate=yes', 'TimeoutStartSec=0', 'Restart=always', 'ExecStart=/usr/local/bin/k3s server', 'Requires=hearth-net.service'])
      expect(unit.split('\n')).toContain(line);
    expect(k3sUnit('agent', { programs: '/opt/bin', solo: false, poolFile: false })).not.toContain('hearth-net');
  }); // prettier-ignore

  it.runIf(has('systemd-analyze'))('pass systemd-analyze verify', () => {
    for (const [name, text] of units)
      inFolder((folder) => {
        // The programs are not on this machine; everything else about the unit is looked at.
        const there = text.replaceAll(
          /^(ExecStart|ExecStop|ExecStartPre)=(-?)\/(usr\/local|opt)\/bin\/\S+/gm,
          '$1=$2/bin/true',
        );
        const own = units.filter(([, other]) => other.startsWith('# Written by Hearth.'));
        for (const [other] of own) writeFileSync(join(folder, other), '[Service]\nType=oneshot\nExecStart=/bin/true\n');
        writeFileSync(join(folder, name), there);
        const run = spawnSync('systemd-analyze', ['verify', '--man=no', join(folder, name)], {
          encoding: 'utf8',
          env: { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:` },
          timeout: 20_000,
        });
        const about = `${run.stdout}${run.stderr}`.split('\n').filter((line) => line.includes(name));
        expect(about).toEqual([]);
      });
  });
});

describe('scripts', () => {
  const scripts = { net: netScript('10.43.0.0/16'), pool: poolScript };
  it('are what sh can read', () => {
    for (const text of Object.values(scripts))
      expect(spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' }).stderr).toBe('');
  });
  it.runIf(has('shellcheck'))('are shellcheck clean', () => {
    for (const text of Object.values(scripts))
      expect(spawnSync('shellcheck', ['-s', 'sh', '-'], { input: text, encoding: 'utf8' }).stdout).toBe('');
  });
  it('take no value that is no range', () => {
    expect(() => netScript('10.43.0.0/16; reboot')).toThrow(RangeError);
  });

  /** Runs hearth-net with an `ip` that writes down what it is told, and has those default routes. */
  const run = (routes: string, device: boolean): string[] =>
    inFolder((folder) => {
      writeFileSync(
        join(folder, 'ip'),
        `#!/bin/sh
case "$*" in
'link show dev hl0') exit ${device ? 0 : 1} ;;
'-4 route show default') printf '%s' '${routes}' ;;
*) echo "$*" >>'${folder}/said' ;;
esac
`,
        { mode: 0o755 },
      );
      const script = scripts.net.replace('PATH=/usr/sbin', `PATH=${folder}:/usr/sbin`);
      execFileSync('sh', ['-s', 'up'], { input: script });
      return execFileSync('cat', [join(folder, 'said')], { encoding: 'utf8' })
        .trim()
        .split('\n');
    });
  const always = [
    'link set dev hl0 up',
    'address replace 10.254.254.1/32 dev hl0',
    'route replace 10.43.0.0/16 dev hl0',
  ];
  it('give a last-resort route only where there is no other', () => {
    expect(run('', false)).toEqual([
      'link add dev hl0 type dummy',
      ...always,
      'route replace default dev hl0 metric 4294967',
    ]);
    expect(run('default dev hl0 scope link metric 4294967 \n', true)).toEqual([
      ...always,
      'route replace default dev hl0 metric 4294967',
    ]);
    expect(
      run(
        'default via 192.168.1.1 dev wlan0 proto dhcp metric 600 \ndefault dev hl0 scope link metric 4294967 \n',
        true,
      ),
    ).toEqual([...always, 'route del default dev hl0 metric 4294967']);
  });
});

describe('the other files', () => {
  it('name servers: only those that pods reach, three at most, no search', () => {
    expect(nameServers(settings(), facts())).toEqual(['192.168.1.1', '9.9.9.9']);
    expect(nameServers(settings({ dns: ['1.1.1.1', '1.1.1.1', '8.8.8.8', '9.9.9.9', '4.4.4.4'] }), facts())).toEqual(['1.1.1.1', '8.8.8.8', '9.9.9.9']);
    expect(resolvConf(['9.9.9.9'])).toMatch(/^#.*\nnameserver 9\.9\.9\.9\n$/);
  }); // prettier-ignore

  it('environment: a proxy, and what goes around it', () => {
    const chosen = settings({ proxy: { http: 'http://p.lan:3128', no: 'lan, .corp  10.1.0.0/16' } });
    expect(environmentFile(chosen, '10.254.254.1')).toBe(
      '# Written by Hearth.\nHTTP_PROXY="http://p.lan:3128"\nNO_PROXY="localhost,127.0.0.0/8,10.254.254.1,.local,.svc,.cluster.local,10.42.0.0/16,10.43.0.0/16,lan,.corp,10.1.0.0/16"\n',
    );
    expect(environmentFile(settings(), '10.254.254.1')).toBe('# Written by Hearth.\n');
    expect(noProxy(lan(), '192.168.1.20')).toContain('192.168.1.20');
    expect(() => environmentFile(settings({ proxy: { http: 'http://a"\nEVIL=1' } }), 'x')).toThrow(RangeError);
  });

  it('registries: a mirror with a path per registry, own authorities for each', () => {
    expect(registriesYaml(settings())).toBeUndefined();
    expect(parse(registriesYaml({ mirror: 'http://mirror.lan:8080/hearth/', ca: 'PEM' }) ?? '')).toMatchObject({
      mirrors: {
        'docker.io': { endpoint: ['http://mirror.lan:8080/hearth/registry-1.docker.io/v2'] },
        'quay.io': { endpoint: ['http://mirror.lan:8080/hearth/quay.io/v2'] },
      },
      configs: { 'quay.io': { tls: { ca_file: '/etc/rancher/k3s/ca.pem' } }, 'mirror.lan:8080': { tls: { ca_file: '/etc/rancher/k3s/ca.pem' } } },
    });
  }); // prettier-ignore

  it('kubelet: limits in bytes, image cleaning by the size of the disk', () => {
    const of = (total: number) => parse(kubeletConfig(facts({ disk: { free: 1, total, fsType: 'ext4' } }))) as Record<string, unknown>;
    expect(of(500 * 2 ** 30)).toMatchObject({ kind: 'KubeletConfiguration', shutdownGracePeriod: '120s', imageGCHighThresholdPercent: 97, imageGCLowThresholdPercent: 92 });
    expect(of(60 * 2 ** 30)).toMatchObject({ imageGCHighThresholdPercent: 90 });
    expect(of(16 * 2 ** 30)).toMatchObject({ imageGCHighThresholdPercent: 80 });
    expect(Object.keys(of(1)['evictionHard'] as object)).toEqual(['memory.available', 'nodefs.available', 'imagefs.available', 'nodefs.inodesFree']);
    expect(logindConf).toContain('InhibitDelayMaxSec=120\n');
  }); // prettier-ignore

  it('kernel: raises, never lowers', () => {
    expect(Object.fromEntries(raised(facts()))).toMatchObject({ 'fs.inotify.max_user_instances': '8192', 'fs.inotify.max_user_watches': '524288' });
    expect(Object.fromEntries(raised(facts({ inotify: { instances: 65_536, watches: 1_048_576 }, keys: undefined })))).toEqual({
      'fs.inotify.max_user_instances': '65536',
      'fs.inotify.max_user_watches': '1048576',
    });
    expect(sysctlConf([['a.b', '1']])).toBe('# Written by Hearth.\na.b = 1\n');
    expect(modules(settings(), facts())).toEqual(['overlay', 'br_netfilter', 'tun', 'vhost_net', 'dummy', 'kvm_intel']);
    expect(modules(lan({ accelerator: 'tcg', storage: 'pool-disk' }), facts())).toEqual(['overlay', 'br_netfilter', 'tun', 'vxlan', 'dm_thin_pool', 'dm_snapshot']);
    expect(networkManagerConf).toContain('interface-name:hl0;');
  }); // prettier-ignore
});
