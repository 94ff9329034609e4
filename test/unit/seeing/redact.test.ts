import { describe, expect, test } from 'vitest';
import { createRedactor, mark } from '../../../main/backend/redact/redact.ts';
import { redactText } from '../../../main/backend/redact/text.ts';

describe('texts', () => {
  test.each([
    ['Authorization: Bearer abc.def-SECRET', 'SECRET'],
    ['"authorization":"Bearer SECRET1234"', 'SECRET'],
    ['curl -H "X-Api-Key: SECRET99" https://x', 'SECRET'],
    ['GET https://ada:SECRET@mirror.example/x.qcow2', 'SECRET'],
    ['GET https://SECRETTOKEN@github.com/x', 'SECRET'],
    ['https://x/y?size=3&token=SECRET&z=1', 'SECRET'],
    ['/sign-in?code=SECRETabcdef', 'SECRET'],
    ['https://hooks.slack.com/services/T0/B0/SECRET', 'SECRET'],
    ['{"password":"SECRET \\" more","a":1}', 'SECRET'],
    ['{"input":"{\\"password\\":\\"SECRET\\"}"}', 'SECRET'],
    ['    password: SECRET', 'SECRET'],
    ['DB_PASSWORD=SECRET node x', 'SECRET'],
    ["plain_text_passwd: 'SECRET words'", 'SECRET'],
    ['k3s --token SECRET', 'SECRET'],
    ['hashed: $6$rounds=4096$saltSECRET$abcdefghSECRET/.', 'SECRET'],
    ['-----BEGIN OPENSSH PRIVATE KEY-----\nSECRET\n-----END OPENSSH PRIVATE KEY-----', 'SECRET'],
    [`K10${'ab12'.repeat(16)}::server:SECRET`, 'SECRET'],
    ['eyJhbGciOiJSUzI1NiIsImtpZCI6Ik.eyJpc3MiOiJrdWJlcm5ldGVzL3Nl.SECRET', 'SECRET'],
    ['the password is SECRET99.', 'SECRET'],
    ['chpasswd:\n  list: |\n    ada:SECRET\n    bob:SECRET2\nnext: 1', 'SECRET'],
    ['client-key-data: SECRETabc==', 'SECRET'],
    ['<AdministratorPassword><Value>SECRET</Value><PlainText>true</PlainText></AdministratorPassword>', 'SECRET'],
    ['Cookie: hearth_1=SECRET; other=SECRET', 'SECRET'],
  ])('%s', (text, secret) => {
    const result = redactText(text);
    expect(result).not.toContain(secret);
    expect(result).toContain(mark);
    // A second time changes nothing.
    expect(redactText(result)).toBe(result);
  });

  test.each([
    'secretName: web-cloudinit',
    'tokenExpirationSeconds: 3600',
    'automountServiceAccountToken: false',
    'The image debian-12 was added; sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'password:',
    'ssh://ada@box.local:22',
    'virtctl start web -n lab',
    'passed 12 tests in 3 s',
  ])('stays: %s', (text) => expect(redactText(text)).toBe(text));
});

describe('objects', () => {
  test('Secrets keep their keys and lose their values; what they held is found in texts as well', () => {
    const redactor = createRedactor();
    const value = 'correct-horse-battery';
    const secret = { kind: 'Secret', metadata: { name: 'a' }, data: { pw: Buffer.from(value).toString('base64') } };
    redactor.learn([secret]);
    expect(redactor.object(secret)).toEqual({ ...secret, data: { pw: mark } });
    expect(redactor.text(`it said: ${value}!`)).toBe(`it said: ${mark}!`);
    expect(redactor.text(`b64 ${Buffer.from(value).toString('base64')}`)).toBe(`b64 ${mark}`);
  });

  test('cloud-init, environments, headers, lists of tokens; references stay', () => {
    const redactor = createRedactor();
    const result = redactor.object({
      volumes: [{ cloudInitNoCloud: { userData: '#cloud-config\npassword: x', secretRef: { name: 'ref-name' } } }],
      env: [{ name: 'API_TOKEN', value: 'abc' }, { name: 'MODE', value: 'fast' }],
      extraHeaders: ['X-Vault: abc', 'Accept: text/plain'],
      tokens: ['one', 'two'],
      secretName: 'web-cloudinit',
      sshKeys: [{ name: 'ada', key: 'ssh-ed25519 AAAA ada@attic' }],
    }); // prettier-ignore
    expect(result).toEqual({
      volumes: [{ cloudInitNoCloud: { userData: mark, secretRef: { name: 'ref-name' } } }],
      env: [{ name: 'API_TOKEN', value: mark }, { name: 'MODE', value: 'fast' }],
      extraHeaders: [`X-Vault: ${mark}`, `Accept: ${mark}`],
      tokens: [mark, mark],
      secretName: 'web-cloudinit',
      sshKeys: [{ name: 'ada', key: 'ssh-ed25519 AAAA ada@attic' }],
    }); // prettier-ignore
    expect(redactor.count).toBe(6);
  });

  test('secrets inside of cloud-init are learned one by one', () => {
    const redactor = createRedactor();
    redactor.learn({ userData: '#cloud-config\npassword: swordfish99\nchpasswd:\n  list: |\n    ada:openSesame1\n' });
    expect(redactor.text('log: swordfish99 and openSesame1')).toBe(`log: ${mark} and ${mark}`);
  });
});
