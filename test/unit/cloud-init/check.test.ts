import { describe, expect, test } from 'vitest';
import { addressProblem, inSubnet, parseAddress } from '../../../main/backend/cloud-init/addresses.ts';
import { checkCloudInitData, checkUserData } from '../../../main/backend/cloud-init/check.ts';
import { checkNetwork } from '../../../main/backend/cloud-init/network.ts';
import { hashPassword } from '../../../main/backend/cloud-init/crypt.ts';

const said = (text: string, starter = false): string[] =>
  checkUserData(text, { starter }).map((each) => `${each.severity} ${each.line}:${each.column} ${each.message}`);
const config = (...lines: string[]): string => ['#cloud-config', ...lines, ''].join('\n');
const hash = hashPassword('a');

describe('user data', () => {
  test('a whole one of every usual part has no finding', () => {
    const text = config(
      'hostname: web', 'timezone: Europe/Berlin', 'locale: de_DE.UTF-8', 'keyboard: {layout: de}',
      'users:', '  - default', '  - name: ada', '    sudo: ALL=(ALL) NOPASSWD:ALL', '    shell: /bin/bash', '    groups: [docker]', '    lock_passwd: false', `    passwd: ${hash}`,
      'ssh_pwauth: true', 'package_update: true', 'packages: [nginx, qemu-guest-agent]',
      'write_files:', "  - {path: /etc/motd, content: hello, permissions: '0644', owner: 'root:root'}",
      'swap: {filename: /swapfile, size: 1G}', 'growpart: {mode: auto}', 'runcmd:', '  - [systemctl, start, nginx]', '  - echo a',
    ); // prettier-ignore
    expect(said(text)).toEqual([]);
  });
  test.each([
    ['a deep unknown key, with its line and column', config('users:', '  - name: ada', '    sudoo: x', '    ssh_authorized_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA]', '  - default'), /error 4:5 cloud-init knows no key "sudoo"/],
    ['a wrong type deep inside', config('swap: {filename: /s, size: [1]}'), /error 2:\d+ "size" must be .*text.*, not a list/],
    ['a value that is not in the list', config('power_state: {mode: sleep}'), /error 2:\d+ "mode" must be one of .*poweroff/],
    ['an old way', config('users:', '  - default', '  - name: a', '    lock-passwd: true', '    ssh_import_id: [gh:a]'), /warning 5:5 Old way: Use lock_passwd/],
    ['a duplicated key', config('hostname: a', 'hostname: b'), /error 3:1 .*unique/i],
    ['a tab', config('users:', '\t- name: a'), /error 3:1 A tab indents/],
    ['a missing header', 'hostname: a\n', /error 1:1 The first line must be #cloud-config/],
    ['a header that is not first', '\n#cloud-config\nhostname: a\n', /error 2:1 #cloud-config must be the very first line/],
    ['a script', '#!/bin/sh\necho hi\n', /^$/],
    ['a jinja template', '## template: jinja\n#cloud-config\nhostname: {{ v1.x }}\n', /warning 1:1 A jinja template/],
    ['a MIME archive', 'Content-Type: multipart/mixed; boundary="x"\nMIME-Version: 1.0\n', /^$/],
    ['a password in clear text', config('password: geheim', 'chpasswd: {expire: false}'), /warning 2:1 A password in clear text/],
    ['a hashed one', config(`password: ${hash}`, 'chpasswd: {expire: false}'), /^$/],
    ['passwords in chpasswd', config('chpasswd: {expire: false, list: ["a:b"]}'), /warning 2:\d+ A password in clear text/],
    ['a clear text where a hash belongs', config('users:', '  - default', '  - {name: a, passwd: geheim, lock_passwd: false}'), /error 4:\d+ This must be a hash/],
    ['a locked password', config('users:', '  - default', `  - {name: a, passwd: ${hash}}`), /warning 4:\d+ "a"'s password is locked/],
    ['a user without any way in', config('users:', '  - default', '  - name: bob'), /warning 4:5 "bob" has no password and no SSH key/],
    ['nobody who may use sudo', config('users:', '  - name: bob', '    ssh_authorized_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA]'), /nobody could administer/],
    ['no user at all', config('users: []'), /you could not log in/],
    ['a private key', config('ssh_authorized_keys:', '  - "-----BEGIN OPENSSH PRIVATE KEY-----"'), /error 3:5 This is a private key/],
  ])('%s', (_, text, expected) => {
    expect(said(text).join('\n')).toMatch(expected);
  }); // prettier-ignore
  test('the starter names what it does not do, and nothing else', () => {
    expect(said(config('packages: [nginx]', 'hostname: a', 'package_update: true'), true)).toEqual([
      expect.stringMatching(/^warning 2:1 The starter image does not do "packages"/),
    ]);
    expect(said('Content-Type: multipart/mixed; boundary="x"\n', true)[0]).toMatch(/error .*scripts only/);
  });
  test('random texts never throw', () => {
    let seed = 7;
    const next = (n: number): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n;
    const parts = ['users:', '  - ', 'name: a', '\t', '{', ']', '"', '#cloud-config', '\n', '  ', 'runcmd:', 'null', ': ', '&a', '*a', '0x1', '- [', 'network:', 'version: 2', 'é']; // prettier-ignore
    for (let n = 0; n < 400; n += 1) {
      const text = `${next(2) ? '#cloud-config\n' : ''}${Array.from({ length: next(25) }, () => parts[next(parts.length)]).join('')}`;
      const check = checkCloudInitData(text, text, { starter: true });
      for (const each of [...check.userData, ...check.networkData]) expect(each.line).toBeGreaterThan(0);
    }
  });
  test('what is long, or a secret, goes into a Secret', () => {
    const place = (text: string, network = ''): string => checkCloudInitData(text, network).place;
    expect(place(config('hostname: a'))).toBe('inline');
    expect(place(config(`# ${'x'.repeat(2048)}`))).toBe('secret');
    expect(place(config('hostname: a'), `# ${'x'.repeat(2048)}`)).toBe('secret');
    expect(place(config(`password: ${hash}`))).toBe('secret');
    expect(checkCloudInitData(config(`# ${'x'.repeat(17 * 1024)}`), '').userData[0]?.message).toContain('16 KiB');
  });
});

describe('network data', () => {
  const v2 = (...lines: string[]): string => ['version: 2', 'ethernets:', '  lan:', ...lines.map((line) => `    ${line}`), ''].join('\n'); // prettier-ignore
  const found = (text: string, context = {}): string =>
    checkNetwork(text, context).map((each) => `${each.severity} ${each.line}:${each.column} ${each.message}`).join('\n'); // prettier-ignore
  test('a static card has no finding, with or without "network:" around it', () => {
    const good = v2('match: {macaddress: "02:00:00:00:00:01"}', 'set-name: lan', 'addresses: [192.168.7.10/24, "fd00::10/64"]', 'routes:', '  - {to: default, via: 192.168.7.1}', 'nameservers: {addresses: [192.168.7.1], search: [lab]}'); // prettier-ignore
    expect(found(good, { macs: ['02:00:00:00:00:01'] })).toBe('');
    expect(found(`network:\n${good.replaceAll(/^(?=.)/gm, '  ')}`)).toBe('');
  });
  test.each([
    ['ethernets: {}\n', /error 1:1 Network data needs "version: 1" or "version: 2"/],
    ['version: 3\n', /error 1:1 Network data needs/],
    [v2('addresses: [192.168.7.300/24]'), /error 4:\d+ .*no IP address/],
    [v2('addresses: [192.168.7.10]'), /error 4:\d+ .*length of its network, e.g. 192.168.7.10\/24/],
    [v2('addresses: [192.168.7.0/24]'), /the network itself/],
    [v2('addresses: [192.168.7.255/24]'), /broadcast/],
    [v2('addresses: [192.168.7.10/24]', 'gateway4: 192.168.8.1'), /error 5:5 192.168.8.1 is not inside 192.168.7.10\/24/],
    [v2('addresses: [192.168.7.10/24]', 'gateway4: 192.168.7.10'), /own address/],
    [v2('addresses: [192.168.7.10/24, 192.168.7.10/24]'), /given twice/],
    [v2('dhcp4: true', 'nameservers: {addresses: [dns.example]}'), /dns.example is no IP address/],
    [v2('optional: true'), /gets no address/],
    [v2('adresses: [192.168.7.10/24]'), /knows no key "adresses"/],
  ])('%j', (text, expected) => {
    expect(found(text)).toMatch(expected);
  }); // prettier-ignore
  test('an address of another machine, and a MAC of none', () => {
    const text = v2('match: {macaddress: "02:00:00:00:00:01"}', 'addresses: [10.0.0.5/24]');
    expect(found(text, { taken: new Map([['10.0.0.5', 'db']]), macs: ['02:00:00:00:00:02'] })).toMatch(/No network card[^\n]*\n.*also the address of db/); // prettier-ignore
  });
  test('what YAML 1.1 takes for a number is told once, of the right line', () => {
    expect(found(v2('match: {macaddress: 52:54:00:12:34:56}', 'dhcp4: true'))).toMatch(/^error 4:\d+ "macaddress" must be text, not a number\.$/); // prettier-ignore
    expect(found(v2('match: {macaddress: "52:54:00:12:34:56"}', 'dhcp4: yes'))).toBe('');
  });
  test('addresses', () => {
    expect(parseAddress('::ffff:1.2.3.4')?.value).toBe(0xffff01020304n);
    expect([inSubnet('10.1.2.3', '10.1.0.0/16'), inSubnet('10.2.2.3', '10.1.0.0/16'), inSubnet('fd00::5', 'fd00::1/64')]).toEqual([true, false, true]); // prettier-ignore
    expect(['10.0.0.1/31', '10.0.0.1/32', 'fe80::1/64'].map(addressProblem)).toEqual([undefined, undefined, undefined]);
    expect(['127.0.0.1/8', '10.0.0.1/33', '1.2.3.4/24/5'].map((each) => typeof addressProblem(each))).toEqual(['string', 'string', 'string']); // prettier-ignore
  });
});
