import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sshCommands } from '../../../main/backend/ssh/commands.ts';
import { loginsOf } from '../../../main/backend/ssh/guest-login.ts';
import { createKeyStore, newPair } from '../../../main/backend/ssh/own-key.ts';
import { createQuestions } from '../../../main/backend/ssh/questions.ts';

const { utils } = ssh2;

describe("Hearth's own key", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'hearth-key-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is made once, for this user alone, and found again', async () => {
    const store = createKeyStore(join(folder, 'ssh'));
    const [key, same] = await Promise.all([store.key(), store.key()]);
    expect(same).toEqual(key);
    expect(key.publicKey).toMatch(/^ssh-ed25519 AAAA\S+ hearth$/);
    expect(statSync(key.path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'ssh')).mode & 0o777).toBe(0o700);
    expect(readFileSync(key.path, 'utf8')).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----/);
    expect(readFileSync(`${key.path}.pub`, 'utf8').split(' ')[1]).toBe(key.publicKey.split(' ')[1]);
    expect(await createKeyStore(join(folder, 'ssh')).key()).toEqual(key);
  });

  it('is one that can be read again, whatever ssh2 makes', () => {
    for (let count = 0; count < 300; count += 1) {
      const pair = newPair(utils);
      for (const half of [pair.private, pair.public]) expect(utils.parseKey(half)).not.toBeInstanceOf(Error);
    }
    const good = newPair(utils);
    const made = [{ ...good, public: 'ssh-ed25519 AAAA' }, { ...good, private: 'cut short' }, good];
    const spoiled = { ...utils, generateKeyPairSync: () => made.shift()! } as unknown as typeof utils;
    expect(newPair(spoiled)).toEqual(good);
    expect(made).toEqual([]);
  });

  it('is never written over, not even when it cannot be read as a key', async () => {
    const store = createKeyStore(folder);
    writeFileSync(join(folder, 'id_ed25519'), 'not a key');
    chmodSync(join(folder, 'id_ed25519'), 0o600);
    await expect(store.key()).rejects.toMatchObject({ problem: { code: 'own-key-unusable' } });
    expect(readFileSync(join(folder, 'id_ed25519'), 'utf8')).toBe('not a key');
  });
});

describe('who can log in', () => {
  it('is read from a cloud-config, in its two spellings', () => {
    expect(loginsOf('#cloud-config\nuser: ada\nssh_authorized_keys: [ssh-ed25519 A a]\n')).toEqual({
      user: 'ada',
      keys: ['ssh-ed25519 A a'],
    });
    expect(
      loginsOf('#cloud-config\nusers:\n  - default\n  - name: bob\n    ssh_authorized_keys: [ssh-rsa B b]\n'),
    ).toEqual({ user: 'bob', keys: ['ssh-rsa B b'] });
  });
  it('is not guessed from a script, a broken text or nothing', () => {
    for (const text of ['#!/bin/sh\nuser: ada', '#cloud-config\n: [', '', '#cloud-config\n'])
      expect(loginsOf(text)).toEqual({ keys: [] });
  });
});

describe('commands', () => {
  it('quote what a shell would take apart', () => {
    const commands = sshCommands(
      { namespace: 'lab', name: 'web' },
      { keyPath: "/home/a b/it's/id", forward: { address: '127.0.0.1', port: 30_022 } },
    );
    expect(commands.map((each) => each.text)).toEqual([
      String.raw`virtctl ssh --namespace lab --identity-file '/home/a b/it'\''s/id' {user}@vmi/web`,
      String.raw`ssh -i '/home/a b/it'\''s/id' -o 'ProxyCommand=virtctl port-forward --namespace lab --stdio=true vmi/web 22' {user}@web.lab`,
      String.raw`ssh -i '/home/a b/it'\''s/id' -p 30022 {user}@127.0.0.1`,
    ]);
  });
});

describe('questions on the terminal', () => {
  const bytes = (text: string): Uint8Array => Buffer.from(text);
  it('read one line, echo only what may be seen, and understand Backspace', async () => {
    let shown = '';
    const questions = createQuestions((text) => (shown += text));
    const password = questions.ask('password: ', false);
    questions.typed(bytes('se\u007fäö\u007fcret\r'));
    expect(await password).toBe('säcret');
    expect(shown).toBe('password: \r\n');
    const code = questions.ask('code: ', true);
    questions.typed(bytes('12\r'));
    expect(await code).toBe('12');
    expect(shown).toContain('code: 12\r\n');
  });
  it('keep what was typed ahead, and end with Ctrl+C', async () => {
    const questions = createQuestions(() => undefined);
    questions.typed(bytes('first\rrest'));
    expect(await questions.ask('? ', false)).toBe('first');
    expect(Buffer.from(questions.end()).toString()).toBe('rest');
    const open = questions.ask('? ', false);
    questions.typed(bytes('\u0003'));
    await expect(open).rejects.toMatchObject({ name: 'NotAnswered' });
  });
});
