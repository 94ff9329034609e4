import { describe, expect, it } from 'vitest';
import { checkSettings } from '../../../../provisioning/check-settings.ts';
import type { PlanFacts } from '../../../../provisioning/facts.ts';
import { isGlobalUnicast, overlaps, parseCidr, parseIpv4 } from '../../../../provisioning/net.ts';
import type { ApplianceSettings } from '../../../../provisioning/settings.ts';
import { facts, lan, settings } from './given.ts';

const GiB = 2 ** 30;
const pem = '-----BEGIN CERTIFICATE-----\nMIIBxjCCAWugAwIBAgIBADAKBggqhkjOPQQDAjAX\n-----END CERTIFICATE-----\n';

describe('settings that fit', () => {
  it.each<[string, ApplianceSettings, PlanFacts]>([
    ['solo', settings(), facts()],
    ['lan', lan({ etcd: true, tlsNames: ['lab.example.org', '10.0.0.9'] }), facts()],
    ['pool in a file', settings({ storage: 'pool-file', poolSize: 100 * GiB }), facts()],
    ['pool on a disk', settings({ storage: 'pool-disk', poolDisk: '/dev/disk/by-id/ata-Empty_1' }), facts()],
    ['elsewhere', settings({ volumes: '/mnt/big-disk/hearth-volumes', ca: `# mine\n${pem}${pem}`, dns: ['192.168.1.1'] }), facts()],
    ['proxy', settings({ proxy: { http: 'http://u:p%20w@proxy.lan:3128', no: 'lan, .corp.example' }, mirror: 'http://mirror.lan/hearth' }), facts()],
    ['after an install', settings(), facts({ addresses: [{ interface: 'hl0', address: '10.254.254.1', prefix: 32 }, { interface: 'cni0', address: '10.42.0.1', prefix: 24 }] })],
    ['a VPN that takes everything', settings(), facts({ routes: [{ destination: '0.0.0.0/1', interface: 'tun0' }] })],
  ])('%s', (_title, chosen, found) => {
    expect(checkSettings(chosen, found)).toEqual({});
  }); // prettier-ignore
});

describe('settings that do not', () => {
  it.each<[string, ApplianceSettings, Partial<PlanFacts>, RegExp]>([
    ['nodeName', settings({ nodeName: '' }), {}, /name/],
    ['nodeName', settings({ nodeName: 'Ada' }), {}, /Lowercase/],
    ['nodeName', settings({ nodeName: 'a..b' }), {}, /Lowercase/],
    ['nodeName', settings({ nodeName: 'a-' }), {}, /start and the end/],
    ['nodeName', settings({ nodeName: 'a'.repeat(64) }), {}, /63/],
    ['nodeName', settings({ nodeName: 'localhost' }), {}, /localhost/],
    ['nodeName', settings({ nodeName: 'a\nserver: x' }), {}, /Lowercase/],
    ['tlsNames.1', settings({ tlsNames: ['fine.lan', 'not fine'] }), {}, /neither a name/],
    ['address', lan({ address: undefined }), {}, /needs the reserved address/],
    ['address', lan({ address: '192.168.1.99' }), {}, /on no interface.*192\.168\.1\.20/],
    ['address', lan({ address: '127.0.0.1' }), {}, /others can reach/],
    ['etcd', settings({ etcd: true }), {}, /LAN/],
    ['mode', settings(), { addresses: [{ interface: 'vpn0', address: '10.254.254.1', prefix: 24 }] }, /vpn0/],
    ['clusterCidr', settings({ clusterCidr: '10.42.0.0' }), {}, /range like/],
    ['clusterCidr', settings({ clusterCidr: '10.42.1.0/16' }), {}, /last bits/],
    ['clusterCidr', settings({ clusterCidr: '10.0.0.0/8' }), {}, /Between \/16 and \/24/],
    ['clusterCidr', settings({ clusterCidr: '8.8.0.0/16' }), {}, /private/],
    ['clusterCidr', settings(), { routes: [{ destination: '10.0.0.0/8', interface: 'tun0' }] }, /10\.0\.0\.0\/8 through tun0/],
    ['clusterCidr', settings(), { addresses: [{ interface: 'eth0', address: '10.42.7.9', prefix: 24 }] }, /10\.42\.7\.9\/24 on eth0/],
    ['clusterCidr', settings({ clusterCidr: '10.254.0.0/16' }), {}, /10\.254\.254\.1/],
    ['serviceCidr', settings({ serviceCidr: '10.42.128.0/20' }), {}, /range of the pods/],
    ['serviceCidr', settings({ serviceCidr: '192.168.0.0/16' }), {}, /192\.168\.1\.20/],
    ['volumes', settings({ volumes: 'var/volumes' }), {}, /absolute/],
    ['volumes', settings({ volumes: '/var/lib/hearth/../volumes' }), {}, /“\.\.”/],
    ['volumes', settings({ volumes: '/mnt/disk/volumes' }), {}, /named hearth-volumes/],
    ['volumes', settings({ volumes: '/hearth-volumes' }), {}, /root of the file system/],
    ['volumes', settings({ volumes: '/etc/hearth-volumes' }), {}, /for the system/],
    ['volumes', settings({ volumes: '/tmp/x/hearth-volumes' }), {}, /for the system/],
    ['volumes', settings({ volumes: '/var/lib/kubelet/hearth-volumes' }), {}, /emptied or removed/],
    ['volumes', settings({ volumes: '/mnt/my disk/hearth-volumes' }), {}, /no spaces/],
    ['storage', settings({ storage: 'pool-file', poolSize: 50 * GiB }), { lvm: false }, /lvm2/],
    ['poolSize', settings({ storage: 'pool-file' }), {}, /How large/],
    ['poolSize', settings({ storage: 'pool-file', poolSize: GiB }), {}, /At least 10 GiB/],
    ['poolSize', settings({ storage: 'pool-file', poolSize: 190 * GiB }), {}, /At most 185 GiB/],
    ['poolSize', settings({ storage: 'pool-file', poolSize: 20 * GiB }), { disk: { free: 12 * GiB, total: 40 * GiB, fsType: 'ext4' } }, /no room/],
    ['poolDisk', settings({ storage: 'pool-disk' }), {}, /Choose/],
    ['poolDisk', settings({ storage: 'pool-disk', poolDisk: '/dev/sda' }), {}, /by-id/],
    ['poolDisk', settings({ storage: 'pool-disk', poolDisk: '/dev/disk/by-id/../sda' }), {}, /by-id/],
    ['poolDisk', settings({ storage: 'pool-disk', poolDisk: '/dev/disk/by-id/usb-Gone' }), {}, /no such disk/],
    ['poolDisk', settings({ storage: 'pool-disk', poolDisk: '/dev/disk/by-id/ata-Root_1' }), {}, /mounted at \//],
    ['versions.k3s', settings({ versions: { k3s: 'v1.37.1+k3s1', kubevirt: 'v1.9.0', cdi: 'v1.66.0' } }), {}, /supports Kubernetes/],
    ['proxy.http', settings({ proxy: { http: 'socks://x' } }), {}, /http/],
    ['proxy.https', settings({ proxy: { https: 'http://a"$(id)' } }), {}, /cannot be passed/],
    ['proxy.no', settings({ proxy: { no: 'a"b' } }), {}, /commas/],
    ['mirror', settings({ mirror: 'ftp://mirror' }), {}, /http/],
    ['ca', settings({ ca: 'hello' }), {}, /PEM/],
    ['ca', settings({ ca: `${pem}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n` }), {}, /no private key/],
    ['dns.0', settings({ dns: ['127.0.0.53'] }), {}, /pods can reach/],
    ['bundle', settings({ bundle: 'bundle.tar' }), {}, /absolute/],
  ])('%s: %#', (field, chosen, changes, message) => {
    const found = checkSettings(chosen, facts(changes));
    expect(Object.keys(found)).toContain(field);
    expect(found[field]).toMatch(message);
  }); // prettier-ignore
});

describe('addresses', () => {
  it('reads what is one and nothing else', () => {
    expect(parseIpv4('10.0.0.255')).toBe(10 * 2 ** 24 + 255);
    for (const text of ['10.0.0', '10.0.0.256', '010.0.0.1', '1.2.3.4.5', '', '1.2.3.x', ' 1.2.3.4'])
      expect([text, parseIpv4(text)]).toEqual([text, undefined]);
    for (const text of ['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1', '10.0.0.0/08'])
      expect([text, parseCidr(text)]).toEqual([text, undefined]);
  });
  it('knows overlaps and what can be reached', () => {
    const range = (text: string) => parseCidr(text) ?? expect.fail(text);
    expect(overlaps(range('10.0.0.0/8'), range('10.42.0.0/16'))).toBe(true);
    expect(overlaps(range('10.42.0.0/16'), range('10.43.0.0/16'))).toBe(false);
    expect(overlaps(range('0.0.0.0/0'), range('255.255.255.255/32'))).toBe(true);
    expect(['9.9.9.9', '192.168.1.1'].every(isGlobalUnicast)).toBe(true);
    expect(
      ['127.0.0.1', '169.254.1.1', '224.0.0.1', '0.0.0.0', '255.255.255.255', '::1', '1.2.3.0/24'].some(
        isGlobalUnicast,
      ),
    ).toBe(false);
  });
});
