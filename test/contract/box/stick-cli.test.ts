import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { confirmErase, driveText } from '../../../main/cli/usb/drive.ts';
import { readWishes } from '../../../main/cli/usb/settings.ts';
import type { StickDrive } from '../../../main/contract/box/sticks.ts';
import { makeSignedImage } from '../../support/boxes/signed-image.ts';

let folder: string;
let data: string;
const at = (name: string): string => join(folder, name);
const hearth = async (...args: string[]) => {
  const program = join(import.meta.dirname, '../../../main/cli.ts');
  const { exitCode, stdout, stderr } = await execa(process.execPath, [program, 'usb', ...args], {
    reject: false,
    env: { HEARTH_DATA_DIR: data },
    stdin: 'ignore',
  });
  return { exitCode, stdout, stderr };
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stick-cli-'));
  data = at('data');
  await makeSignedImage(join(data, 'boxes', 'images'), { keys: join(data, 'boxes', 'keys') });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('hearth usb', () => {
  it('lists the drives of this computer, none of which a test may write', async () => {
    const { exitCode, stdout } = await hearth('list', '--json');
    const { drives } = JSON.parse(stdout) as { drives: StickDrive[] };
    expect(exitCode).toBe(0);
    for (const { path, key } of drives) expect([path.startsWith('/dev/'), key.split('|').length]).toEqual([true, 4]);
  });

  it('writes a file with the settings of a file and of options, and reads it again', async () => {
    await writeFile(at('box.yaml'), 'hostName: cellar\ntimeZone: Europe/Berlin\nnetwork:\n  wifi: { ssid: home, security: wpa-psk, password: correct horse }\n'); // prettier-ignore
    const wrote = await hearth('write', '--file', at('s.img'), '--settings', at('box.yaml'), '--host-name', 'attic', '--json'); // prettier-ignore
    expect([wrote.exitCode, wrote.stderr]).toEqual([0, '']);
    const lines = wrote.stdout.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.at(-1)).toMatchObject({ event: 'end', ok: true, state: 'done' });
    const { stdout } = await execa('mtype', ['-i', `${at('s.img')}@@1M`, '::/hearth/settings']);
    const settings = JSON.parse(stdout) as { enrolment: { secret: string; app: { fingerprint: string } } };
    expect(settings).toMatchObject({ hostName: 'attic', timeZone: 'Europe/Berlin' });
    // The secret is one that this Hearth knows, and it is told nowhere.
    const kept = await readFile(join(data, 'boxes', 'enrolments.json'), 'utf8');
    expect(kept).toContain(settings.enrolment.secret);
    expect(wrote.stdout).not.toContain(settings.enrolment.secret);

    const good = await hearth('verify', '--file', at('s.img'));
    expect([good.exitCode, good.stdout]).toEqual([0, expect.stringContaining('good: All ')]);
    const bytes = await readFile(at('s.img'));
    const byte = 2 * 2 ** 20 + 900_000;
    bytes.writeUInt8(bytes.readUInt8(byte) ^ 4, byte);
    await writeFile(at('s.img'), bytes);
    const bad = await hearth('verify', '--file', at('s.img'), '--json');
    const told = bad.stdout.split('\n').map((line) => JSON.parse(line) as { event: string; badOffset?: number });
    expect([bad.exitCode, told.find(({ event }) => event === 'look')?.badOffset]).toEqual([1, byte]);
    expect(bad.stdout).not.toMatch(/correct horse/);
  });

  it('says what is wrong with how it was called, and touches nothing', async () => {
    const calls: [number, string, string[]][] = [
      [2, 'is none of list', ['burn']],
      [2, 'name one drive, or --file', ['write']],
      [2, 'name one drive, or --file', ['write', '/dev/sdb', '--file', 'x']],
      [2, '--enrol-days', ['write', '--file', at('n.img'), '--enrol-days', '31']],
      [2, 'cannot be read', ['write', '--file', at('n.img'), '--settings', at('nothing')]],
      [1, 'hostName: Lowercase', ['write', '--file', at('n.img'), '--host-name', 'NO']],
      [1, 'There is no such drive', ['write', '/dev/sdzz', '--yes', 'X']],
      [1, 'not-understood', ['helper', 'not-understood']],
    ];
    const got = await Promise.all(calls.slice(0, 4).map(async ([, , args]) => hearth(...args)));
    got.push(...(await Promise.all(calls.slice(4).map(async ([, , args]) => hearth(...args)))));
    for (const [index, [code, words, args]] of calls.entries()) {
      const { exitCode, stderr, stdout } = got[index] ?? {};
      expect([args, exitCode]).toEqual([args, code]);
      if (words !== 'not-understood') expect(stderr).toContain(words);
      else expect(stdout).toContain('stick-helper-refused');
    }
    await expect(readFile(at('n.img'))).rejects.toThrow('ENOENT');
  });
});

describe('a confirmation', () => {
  const drive: StickDrive = { path: '/dev/sdb', name: 'SanDisk Ultra', model: 'Ultra', serial: '4C53', size: 32e9, transport: 'usb', content: '“PHOTOS” (FAT)', mounts: [], key: 'k' }; // prettier-ignore
  it('in a script names the very drive', async () => {
    expect(await confirmErase(drive, { yes: '4C53' })).toBeUndefined();
    await expect(confirmErase(drive, { yes: '/dev/sdb' })).rejects.toThrow('is 4C53');
    await expect(confirmErase({ ...drive, serial: '' }, { yes: '' })).rejects.toThrow('is /dev/sdb');
    expect(await confirmErase({ ...drive, serial: '' }, { yes: '/dev/sdb' })).toBeUndefined();
    const large = { ...drive, typed: '4000' };
    await expect(confirmErase(large, { yes: '4C53' })).rejects.toThrow('--typed 4000');
    expect(await confirmErase(large, { yes: '4C53', typed: '4000' })).toBe('4000');
    await expect(confirmErase(drive, {})).rejects.toThrow('no terminal');
    expect(driveText(drive)).toContain('/dev/sdb         32 GB  SanDisk Ultra  (serial 4C53)');
  });
});

describe('settings of the command line', () => {
  it('become wishes; what excludes each other is refused', async () => {
    await writeFile(at('key.pub'), 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJq0 ada@laptop\n');
    await writeFile(at('wifi'), 'correct horse\n');
    const wishes = await readWishes({
      address: '192.168.1.20/24',
      gateway: '192.168.1.1',
      dns: ['192.168.1.1'],
      wifi: 'home',
      'wifi-password-file': at('wifi'),
      'ssh-key': [at('key.pub')],
      'disk-serial': 'S64',
      proxy: 'http://proxy:3128',
      try: true,
    });
    expect(wishes).toMatchObject({
      network: {
        addressing: { method: 'static', address: '192.168.1.20/24', gateway: '192.168.1.1', dns: ['192.168.1.1'] },
        wifi: { ssid: 'home', security: 'wpa-psk', password: 'correct horse' },
      },
      sshKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJq0 ada@laptop'],
      disk: { rule: 'serial', serial: 'S64' },
      mode: 'try',
    });
    await expect(readWishes({ 'disk-serial': 'x', 'single-blank': true })).rejects.toThrow('exclude each other');
    await expect(readWishes({ gateway: '1.2.3.4' })).rejects.toThrow('need --address');
    await expect(readWishes({ vlan: 'x' })).rejects.toMatchObject({ problem: { code: 'stick-settings-invalid' } });
    await writeFile(at('broken.yaml'), 'wifi: {password: "pä55');
    await expect(readWishes({ settings: at('broken.yaml') })).rejects.toThrow(/neither JSON nor YAML$/);
  });
});
