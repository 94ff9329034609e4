import { describe, expect, test } from 'vitest';
import { checkCloudInit } from '../../../main/backend/machines/cloud-init-check.ts';
import { checkSyntax, fieldSteps } from '../../../main/backend/machines/yaml-check.ts';

describe('positions', () => {
  test('a syntax error has its line and column', () => {
    expect(checkSyntax('a: 1\nb: [1, 2\nc: 3\n').findings[0]).toMatchObject({ severity: 'error', line: 3 });
    expect(checkSyntax('a: 1\na: 2\n').findings[0]).toMatchObject({ severity: 'error', line: 2, column: 1 });
  });
  test('a path leads to its key, or to the nearest part that exists', () => {
    const checked = checkSyntax('spec:\n  disks:\n    - name: a\n    - name: b\n');
    expect(checked.at('error', fieldSteps('spec.disks[1].name'), 'x')).toMatchObject({
      line: 4,
      column: 7,
      path: 'spec.disks.1.name',
    });
    expect(checked.at('error', fieldSteps('spec.disks[7].name'), 'x')).toMatchObject({ line: 2 });
    expect(checked.at('error', [], 'x')).toMatchObject({ line: 1, column: 1 });
  });
  test('a text that would grow without end is refused', () => {
    let text = 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n';
    for (let n = 1; n < 12; n += 1)
      text += `a${n}: &a${n} [${Array.from({ length: 10 }, () => `*a${n - 1}`).join(', ')}]\n`;
    expect(checkSyntax(text).findings[0]).toMatchObject({ severity: 'error' });
  });
});

describe('cloud-init', () => {
  const findings = (text: string): string[] =>
    checkCloudInit(text).map((each) => `${each.severity} ${each.line}: ${each.message}`);
  test('a good one passes', () => {
    const good = `#cloud-config
hostname: web
user: me
ssh_authorized_keys:
  - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGn me@host
packages: [nginx, [curl, '8.0']]
write_files:
  - path: /etc/motd
    content: hello
    permissions: '0644'
runcmd:
  - [systemctl, restart, nginx]
  - echo hi > /tmp/x
`;
    expect(findings(good)).toEqual([]);
    expect(findings('')).toEqual([]);
    expect(findings('#!/bin/sh\necho: [not yaml')).toEqual([]);
  });
  test.each([
    ['hostname: web\n', /error 1: The first line must be #cloud-config/],
    ['#cloud-config\nhostnam: web\n', /warning 2: .*did you mean "hostname"/],
    ['#cloud-config\nssh-authorized-keys: []\n', /warning 2: .*"ssh_authorized_keys"/],
    ['#cloud-config\nruncmd: echo hi\n', /error 2: "runcmd" must be a list, not text/],
    ['#cloud-config\nruncmd:\n  - echo a: b\n', /error 3: .*quotes/],
    ['#cloud-config\nwrite_files:\n  - content: x\n', /error 3: A file needs a "path"/],
    ['#cloud-config\nwrite_files:\n  - path: /a\n    permissions: 0644\n', /error 4: .*quotes/],
    ['#cloud-config\nssh_authorized_keys: [hello]\n', /warning 2: .*public key/],
    ['#cloud-config\nusers:\n  - default\n  - sudo: true\n', /error 4: A user needs a "name"/],
    ['#cloud-config\npassword: x\n', /warning 2: .*first login/],
    ['#cloud-config\n- a\n- b\n', /error 1: A cloud-config is a mapping/],
    ['#cloud-config\nhostname:\n', /warning 2: "hostname" is empty/],
    ['#cloud-config\na: [\n', /error \d+: /],
  ])('%j', (text, expected) => {
    expect(findings(text).join('\n')).toMatch(expected);
  });
});
