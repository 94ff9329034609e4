import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort, rawGuest } from '../../support/raw-guest.ts';
import type { RawGuest } from '../../support/raw-guest.ts';
import { starterImage } from '../../support/starter.ts';

const run = promisify(execFile);
let folder: string;
let image: string;
const running: RawGuest[] = [];

beforeAll(async () => {
  image = await starterImage();
  folder = await mkdtemp(join(tmpdir(), 'hearth-starter-'));
}, 180_000);
afterEach(async () => {
  await Promise.all(running.splice(0).map((guest) => guest.kill()));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const overlay = async (name: string, size?: string): Promise<string> => {
  const path = join(folder, `${name}.qcow2`);
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', image, '-F', 'qcow2', path, ...(size ? [size] : [])]);
  return path;
};
const seedDisk = async (name: string, files: Record<string, string>): Promise<string> => {
  const source = join(folder, `${name}-seed`);
  await mkdir(source);
  for (const [file, text] of Object.entries(files)) await writeFile(join(source, file), text);
  const path = join(folder, `${name}-seed.iso`);
  await run('xorriso', ['-as', 'mkisofs', '-quiet', '-V', 'cidata', '-J', '-r', '-o', path, source]);
  return path;
};
const start = async (disk: string, args: string[] = []): Promise<RawGuest> => {
  const guest = await rawGuest(await mkdtemp(join(folder, 'run-')), [
    '-drive', `file=${disk},if=virtio,format=qcow2`, '-device', 'virtio-rng-pci', ...args,
  ]); // prettier-ignore
  running.push(guest);
  return guest;
};
const network = (forwards: string): string[] => [
  '-netdev',
  `user,id=n,restrict=on${forwards}`,
  '-device',
  'virtio-net-pci,netdev=n',
];
const logIn = async (guest: RawGuest, user: string, password: string): Promise<void> => {
  await guest.expect(/ login: /);
  guest.send(`${user}\n`);
  await guest.expect(/Password: /);
  guest.send(`${password}\n`);
  await guest.expect(/[$#] /);
};
/** Output of a command typed into the serial console; the marker is split so that its echo does not match. */
const command = async (guest: RawGuest, text: string): Promise<string> => {
  guest.send(`${text}; echo "en""d:$?"\n`);
  return (await guest.expect(/end:\d+\r\n/)).replaceAll('\r', '');
};

describe('the starter image', () => {
  it('is a clean ext4 and FAT disk', async () => {
    const raw = join(folder, 'check.raw');
    await run('qemu-img', ['convert', '-O', 'raw', image, raw]);
    const disk = await readFile(raw, { flag: 'r' });
    const start = disk.readUInt32LE(446 + 16 + 8) * 512;
    await writeFile(join(folder, 'root.ext4'), disk.subarray(start));
    await writeFile(join(folder, 'boot.fat'), disk.subarray(2048 * 512, start));
    const root = await run('e2fsck', ['-fn', join(folder, 'root.ext4')]);
    expect(root.stdout).toContain('hearth-root');
    await run('fsck.fat', ['-n', join(folder, 'boot.fat')]);
    await Promise.all(['check.raw', 'root.ext4', 'boot.fat'].map((name) => rm(join(folder, name))));
  });

  it('boots to a login by BIOS, keeps files over a reset, and ends by the power button', async () => {
    const guest = await start(await overlay('plain'));
    await logIn(guest, 'hearth', 'hearth');
    expect(await command(guest, 'id -un')).toContain('hearth\nend:0');
    expect(await command(guest, 'echo kept > note.txt; sync')).toContain('end:0');
    await guest.qmp('system_reset');
    await logIn(guest, 'hearth', 'hearth');
    expect(await command(guest, 'cat note.txt')).toContain('kept\nend:0');
    await guest.qmp('system_powerdown');
    expect(await guest.exited).toBe(0);
  });

  it('boots by UEFI', async (context) => {
    const code = '/usr/share/OVMF/OVMF_CODE_4M.fd';
    if (!existsSync(code)) context.skip('no UEFI firmware on this computer');
    const vars = join(folder, 'vars.fd');
    await copyFile('/usr/share/OVMF/OVMF_VARS_4M.fd', vars);
    const guest = await start(await overlay('uefi'), [
      '-drive', `if=pflash,format=raw,readonly=on,file=${code}`, '-drive', `if=pflash,format=raw,file=${vars}`,
    ]); // prettier-ignore
    await logIn(guest, 'hearth', 'hearth');
    expect(await command(guest, 'ls -d /sys/firmware/efi')).toContain('/sys/firmware/efi\nend:0');
  });

  it('fills a larger disk', async () => {
    const guest = await start(await overlay('large', '20G'));
    await logIn(guest, 'hearth', 'hearth');
    await command(guest, 'for i in 1 2 3 4 5 6 7 8 9 10; do [ -e /dev/.grow ] || break; sleep 1; done');
    expect(await command(guest, 'df -m / | awk "NR==2{exit !(\\$2 > 19000)}"')).toContain('end:0');
  });

  it('takes a NoCloud seed, serves a web page and SSH, and answers as guest agent', async () => {
    const key = join(folder, 'id');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]).catch(() => undefined);
    const publicKey = existsSync(`${key}.pub`)
      ? (await readFile(`${key}.pub`, 'utf8')).trim()
      : 'ssh-ed25519 AAAA none';
    const seed = await seedDisk('full', {
      'meta-data': 'instance-id: one\nlocal-hostname: from-meta\n',
      'user-data': [
        '#cloud-config',
        'hostname: web-one',
        'user: anna',
        "password: 'sec''ret #1'",
        'chpasswd: { expire: false }',
        'ssh_pwauth: true',
        'ssh_authorized_keys:',
        `  - ${publicKey}`,
        'write_files:',
        '  - path: /srv/a.txt',
        "    permissions: '0640'",
        '    owner: anna:anna',
        '    content: |',
        '      first line',
        '        second: line',
        '  - {path: /srv/b.bin, encoding: b64, content: aGVsbG8=}',
        'runcmd:',
        '  - echo "run $((40 + 2))" > /srv/run.txt',
        '  - [sh, -c, "echo $0 >> /srv/run.txt", "two words"]',
        'packages: [nginx]',
      ].join('\n'),
    });
    const [web, ssh] = [await freePort(), await freePort()];
    const agent = join(folder, 'agent.sock');
    const disk = await overlay('seeded');
    const seedArgs = ['-drive', `file=${seed},if=virtio,format=raw,readonly=on`];
    const guest = await start(disk, [
      ...seedArgs,
      ...network(`,hostfwd=tcp:127.0.0.1:${web}-:80,hostfwd=tcp:127.0.0.1:${ssh}-:22`),
      '-device', 'virtio-serial-pci', '-chardev', `socket,id=ga,path=${agent},server=on,wait=off`,
      '-device', 'virtserialport,chardev=ga,name=org.qemu.guest_agent.0',
    ]); // prettier-ignore
    await guest.expect(/web-one login: /);
    guest.send('anna\n');
    await guest.expect(/Password: /);
    guest.send("sec'ret #1\n");
    await guest.expect(/\$ /);
    expect(await command(guest, 'cat /srv/a.txt; stat -c %a /srv/a.txt')).toContain(
      'first line\n  second: line\n640\nend:0',
    );
    expect(await command(guest, 'cat /srv/b.bin')).toContain('hello');
    await command(guest, 'for i in 1 2 3 4 5 6 7 8 9 10; do [ -s /srv/run.txt ] && break; sleep 1; done');
    expect(await command(guest, 'cat /srv/run.txt')).toContain('run 42\ntwo words\nend:0');
    expect(await command(guest, 'cat /var/log/cloud-init.log')).toContain('"packages" is not understood');
    expect(await command(guest, 'grep -c ^hearth: /etc/passwd')).toContain('0\nend:1');

    const page = await (await fetch(`http://127.0.0.1:${web}/`)).text();
    expect(page).toContain('<dd id="hostname">web-one</dd>');
    expect(page).toContain('id="uptime"');
    if (publicKey !== 'ssh-ed25519 AAAA none') {
      const answer = await run('ssh', [
        '-i', key, '-p', String(ssh), '-o', 'StrictHostKeyChecking=no', '-o', `UserKnownHostsFile=${folder}/known`, '-o', 'BatchMode=yes',
        'anna@127.0.0.1', 'echo by ssh as $(id -un)',
      ]); // prettier-ignore
      expect(answer.stdout).toBe('by ssh as anna\n');
    }
    expect(await agentAnswer(agent)).toContain('Hearth starter');

    // The same instance-id again: nothing is applied twice, everything is kept.
    expect(await command(guest, 'sync')).toContain('end:0');
    await guest.qmp('system_reset');
    await guest.expect(/web-one login: /);
    guest.send('anna\n');
    await guest.expect(/Password: /);
    guest.send("sec'ret #1\n");
    await guest.expect(/\$ /);
    expect(await command(guest, 'sleep 2; cat /srv/run.txt')).toContain('run 42\ntwo words\nend:0');
  });

  it('runs a whole script as user-data', async () => {
    const seed = await seedDisk('script', {
      'meta-data': 'instance-id: s\n',
      'user-data': '#!/bin/sh\necho scripted > /dev/ttyS0\n',
    });
    const guest = await start(await overlay('script'), ['-drive', `file=${seed},if=virtio,format=raw,readonly=on`]);
    expect(await guest.expect(/scripted/)).toContain('scripted');
  });
});

/** guest-get-osinfo over the agent's socket, asked again until the agent is up. */
async function agentAnswer(path: string): Promise<string> {
  const { connect } = await import('node:net');
  const socket = connect(path);
  return new Promise((resolve, reject) => {
    let text = '';
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (!text.includes('\n')) return;
      socket.destroy();
      resolve(text);
    });
    socket.write('{"execute":"guest-get-osinfo"}\n');
  });
}
