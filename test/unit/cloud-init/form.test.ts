import { parse, stringify } from 'yaml';
import { describe, expect, test } from 'vitest';
import shipped from '../../../assets/cloud-init/snippets.json' with { type: 'json' };
import { checkUserData } from '../../../main/backend/cloud-init/check.ts';
import { readForm } from '../../../renderer/features/cloud-init/form.ts';
import { applyForm } from '../../../renderer/features/cloud-init/form-write.ts';
import { fillIn, mergeSnippet } from '../../../renderer/features/cloud-init/merge.ts';
import { applyNic, dhcp, isRoute, newMac, readNic } from '../../../renderer/features/cloud-init/network-form.ts';

const text = `#cloud-config
# the web server
hostname: web # its name
x_unknown: {keep: [me, 1.50]}
packages:
  # needed by the page
  - nginx
  - curl
users:
  - default
  - name: ada
    gecos: Ada L.
    ssh_authorized_keys: [ssh-ed25519 AAAA ada]

runcmd:
  - [sh, -c, 'echo "two words"']
final_message: done
`;

describe('form and text', () => {
  test('what is not changed is not touched', () => {
    const read = readForm(text);
    expect(applyForm(text, read?.form ?? {})).toBe(text);
    expect(read?.form).toMatchObject({ hostname: 'web', packages: ['nginx', 'curl'], users: [{ name: 'ada', at: 1, sudo: false }] }); // prettier-ignore
    expect([...(read?.foreign ?? [])]).toEqual(['runcmd']);
  });
  test('a change keeps comments, order and unknown keys', () => {
    const next = applyForm(text, { hostname: 'db', packages: ['nginx', 'git'], timezone: 'Europe/Vienna', runcmd: ['lost?'] }); // prettier-ignore
    expect(next.startsWith('#cloud-config\n# the web server\nhostname: db # its name\n')).toBe(true);
    expect(next).toContain('# needed by the page\n  - nginx\n  - git\n');
    expect(Object.keys(parse(next) as object)).toEqual(['hostname', 'x_unknown', 'packages', 'users', 'runcmd', 'final_message', 'package_update', 'timezone']); // prettier-ignore
    expect(parse(next)).toMatchObject({ x_unknown: { keep: ['me', 1.5] }, runcmd: [['sh', '-c', 'echo "two words"']] });
    expect(next).toContain('1.50');
  });
  test('users: changed in place, added, removed', () => {
    const [ada] = readForm(text)?.form.users ?? [];
    if (!ada) throw new Error('no user');
    const next = applyForm(text, { users: [{ ...ada, sudo: true, hash: '$6$x$y', groups: 'docker, wheel' }, { at: -1, name: 'bob', hash: '', keys: ['ssh-ed25519 BBBB bob'], sudo: false, shell: '/bin/bash', groups: '' }] }); // prettier-ignore
    expect((parse(next) as { users: unknown }).users).toEqual([
      'default',
      { name: 'ada', gecos: 'Ada L.', ssh_authorized_keys: ['ssh-ed25519 AAAA ada'], sudo: 'ALL=(ALL) NOPASSWD:ALL', groups: ['docker', 'wheel'], passwd: '$6$x$y', lock_passwd: false },
      { name: 'bob', shell: '/bin/bash', ssh_authorized_keys: ['ssh-ed25519 BBBB bob'] },
    ]); // prettier-ignore
    expect(parse(applyForm(next, { users: [] }))).not.toHaveProperty('users');
  });
  test('from nothing: every field, read back as it was written, and nothing for the check to say', () => {
    const form = {
      hostname: 'web', timezone: 'UTC', locale: 'en_US.UTF-8', keyboard: 'de', user: 'ada', password: '$6$salt$hash', sshKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA a'],
      packages: ['git'], upgrade: true, runcmd: ['echo "a: b" # c', '- x'], bootcmd: ['true'], swap: '1G', growpart: false,
      files: [{ at: -1, path: '/etc/a', content: 'x\n  y: 1\n', permissions: '0600', owner: 'root:root', coded: false }],
      users: [{ at: -1, name: 'bob', hash: '$6$a$b', keys: [], sudo: true, shell: '/bin/sh', groups: 'adm' }],
    }; // prettier-ignore
    const made = applyForm('', form);
    expect(made.startsWith('#cloud-config\nhostname: web\n')).toBe(true);
    expect(checkUserData(made)).toEqual([]);
    const back = readForm(made);
    expect(back?.foreign.size).toBe(0);
    expect(back?.form).toMatchObject({ ...form, files: [{ ...form.files[0], at: 0 }], users: [{ ...form.users[0], at: 1 }] }); // prettier-ignore
    expect(applyForm(made, back?.form ?? {})).toBe(made);
    const emptied = applyForm(made, { hostname: '', timezone: '', locale: '', keyboard: '', user: '', password: '', sshKeys: [], packages: [], upgrade: false, runcmd: [], bootcmd: [], swap: '', growpart: true, files: [], users: [] }); // prettier-ignore
    expect(Object.keys((parse(emptied) ?? {}) as object).sort()).toEqual(['chpasswd', 'package_update', 'ssh_pwauth']);
  });
  test('the guest agent is a switch', () => {
    const on = applyForm('#cloud-config\npackages: [git]\n', { agent: true });
    expect(readForm(on)?.form).toMatchObject({ agent: true, packages: ['git', 'qemu-guest-agent'] });
    expect(parse(applyForm(on, { agent: false }))).toEqual({ packages: ['git'], package_update: true });
  });
  test('texts that YAML 1.1 takes for flags and numbers are texts to cloud-init, and its flags stay flags', () => {
    const next = applyForm('#cloud-config\nssh_pwauth: no\n', { hostname: 'on', user: '12:30' });
    expect(next).toBe('#cloud-config\nssh_pwauth: no\nhostname: "on"\nuser: "12:30"\n');
    const card = applyNic('', '52:54:00:12:34:56', 'default', { ...dhcp, mode: 'static', addresses: ['10.0.2.77/24'] });
    expect(card).toContain('macaddress: "52:54:00:12:34:56"');
  });
  test('what is no cloud-config stays as it is', () => {
    for (const other of ['#!/bin/sh\n', '#cloud-config\na: [\n', '#cloud-config\n- a\n', 'hostname: a\n']) {
      expect(readForm(other)).toBeUndefined();
      expect(applyForm(other, { hostname: 'b' })).toBe(other);
    }
  });
  test('random documents: unchanged by reading; a change of one field changes nothing else', () => {
    let seed = 11;
    const next = (n: number): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n;
    const words = [
      'a',
      'b c',
      'x: y',
      '# no',
      '- z',
      '0644',
      'yes',
      'é',
      "it's",
      '"q"',
      '',
      'line\nline',
      ' lead',
      '1e3',
      '~',
    ];
    const value = (depth: number): unknown =>
      depth > 2 || next(3) > 0 ? [words[next(words.length)], next(1000), next(2) === 0, null][next(4)]
        : next(2) ? Array.from({ length: next(4) }, () => value(depth + 1))
          : Object.fromEntries(Array.from({ length: next(4) }, () => [`k${next(9)}`, value(depth + 1)])); // prettier-ignore
    const keys = ['hostname', 'users', 'packages', 'runcmd', 'write_files', 'swap', 'user', 'password', 'growpart', 'keyboard', 'chpasswd', 'bootcmd', 'other', 'ssh_authorized_keys']; // prettier-ignore
    for (let n = 0; n < 400; n += 1) {
      const object = Object.fromEntries(Array.from({ length: next(7) }, () => [keys[next(keys.length)], value(0)]));
      const source = `#cloud-config\n# comment ${n}\n${Object.keys(object).length > 0 ? stringify(object, { lineWidth: 0 }) : ''}`;
      const read = readForm(source);
      if (!read) throw new Error(source);
      expect(applyForm(source, read.form)).toBe(source);
      const changed = applyForm(source, { timezone: 'Mars/Base' });
      expect(parse(changed)).toEqual({ ...(parse(source) as object), timezone: 'Mars/Base' });
      expect(changed).toContain(`# comment ${n}`);
    }
  });
});

describe('static addresses', () => {
  const lan = { ...dhcp, mode: 'static' as const, addresses: ['192.168.7.10/24'], gateway: '192.168.7.1', dns: ['9.9.9.9'], search: ['lab'], routes: ['10.8.0.0/16 via 192.168.7.2'] }; // prettier-ignore
  const mac = '02:00:00:00:00:01';
  test('there and back, and nothing left when it is DHCP again', () => {
    const made = applyNic('', mac, 'default', lan);
    expect(parse(made)).toEqual({
      version: 2,
      ethernets: { default: { match: { macaddress: mac }, addresses: ['192.168.7.10/24'], routes: [{ to: '0.0.0.0/0', via: '192.168.7.1' }, { to: '10.8.0.0/16', via: '192.168.7.2' }], nameservers: { addresses: ['9.9.9.9'], search: ['lab'] } } },
    }); // prettier-ignore
    expect(readNic(made, mac, 'default')).toEqual(lan);
    expect(applyNic(made, mac, 'default', lan)).toBe(made);
    expect(applyNic(made, mac, 'default', dhcp)).toBe('');
  });
  test('other cards and comments stay; what the form cannot show is left alone', () => {
    const own = `# mine\nnetwork:\n  version: 2\n  ethernets:\n    wan: {match: {macaddress: "02:00:00:00:00:09"}, dhcp4: true} # up\n`;
    const made = applyNic(own, mac, 'lan', lan);
    expect(made).toContain('# mine');
    expect(made).toContain('# up');
    expect(Object.keys((parse(made) as { network: { ethernets: object } }).network.ethernets)).toEqual(['wan', 'lan']);
    const old = 'version: 1\nconfig: []\n';
    expect(readNic(old, mac, 'lan')).toBeUndefined();
    expect(applyNic(old, mac, 'lan', lan)).toBe(old);
  });
  test('routes and MAC addresses', () => {
    expect([isRoute('10.0.0.0/8 via 1.2.3.4'), isRoute('10.0.0.0/8')]).toEqual([true, false]);
    expect(newMac()).toMatch(/^02(:[0-9a-f]{2}){5}$/);
  });
});

describe('snippets', () => {
  test('lists are added to, equal entries not twice, conflicts are told and decided', () => {
    const snippet =
      '#cloud-config\npackages: [curl, git]\nhostname: other\nwrite_files:\n  - {path: /a, content: theirs}\nswap: {size: 1G}\n';
    const base =
      '#cloud-config\n# mine\nhostname: web\npackages: [curl]\nwrite_files:\n  - {path: /a, content: mine}\n';
    const kept = mergeSnippet(base, snippet);
    expect(kept?.conflicts.map(({ path }) => path)).toEqual(['hostname', 'write_files: /a']);
    expect(parse(kept?.text ?? '')).toMatchObject({ hostname: 'web', packages: ['curl', 'git'], write_files: [{ content: 'mine' }], swap: { size: '1G' } }); // prettier-ignore
    expect(kept?.text).toContain('# mine');
    const taken = mergeSnippet(base, snippet, { hostname: 'theirs', 'write_files: /a': 'theirs' });
    expect(parse(taken?.text ?? '')).toMatchObject({ hostname: 'other', write_files: [{ content: 'theirs' }] });
    expect(mergeSnippet('#!/bin/sh\n', snippet)).toBeUndefined();
  });
  test('every shipped one is right by the schema, fits into an empty text and is not added twice', () => {
    expect(shipped.length).toBeGreaterThanOrEqual(12);
    for (const { id, text: own, asks } of shipped) {
      const filled = fillIn(
        own,
        Object.fromEntries(
          (asks ?? []).map(({ name, value }) => [name, value || 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA x']),
        ),
      );
      expect(`${id}: ${filled}`).not.toContain('${');
      expect({ id, findings: checkUserData(filled) }).toEqual({ id, findings: [] });
      const once = mergeSnippet('', filled);
      expect({ id, ...mergeSnippet(once?.text ?? '', filled) }).toEqual({ id, text: once?.text, conflicts: [] });
    }
  });
});
