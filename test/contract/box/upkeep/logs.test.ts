import { execa } from 'execa';
import { createReadStream } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readJournal } from '../../../../main/backend/boxes/agent/upkeep/journal.ts';
import { writeLogBundle } from '../../../../main/backend/boxes/agent/upkeep/log-bundle.ts';
import type { Run } from '../../../../main/backend/boxes/agent/upkeep/parts.ts';
import { createUpkeep } from '../../../../main/backend/boxes/agent/upkeep/upkeep.ts';
import { runProcess } from '../../../../main/backend/process.ts';
import { silentLog } from '../../../support/boxes/silent-log.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'box-logs-'));
});
afterEach(() => rm(root, { recursive: true }));

const put = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
};
async function filesOf(path: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const archive = createReadStream(path).pipe(createGunzip()).pipe(extract());
  for await (const entry of archive) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    files.set(entry.header.name.replace(/^[^/]*\//, ''), Buffer.concat(chunks).toString());
  }
  return files;
}

const key = ['-----BEGIN PRIVATE KEY-----', 'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgPLANTEDKEY0001', '-----END PRIVATE KEY-----']; // prettier-ignore
/** None of these may be in what leaves the box. */
const planted = [
  'wlan-PLANTED-0001',
  'node-PLANTED-0002',
  'PLANTED0003abcdef0123456789abcdef',
  'proxy-PLANTED-0004',
  'PLANTEDKEY0001',
  'enrol-PLANTED-0005',
  'hunter-PLANTED-0006',
];
const journal = [
  { MESSAGE: 'Connecting to attic with psk wlan-PLANTED-0001', _SYSTEMD_UNIT: 'NetworkManager.service' },
  { MESSAGE: 'server says node-PLANTED-0002 and PLANTED0003abcdef0123456789abcdef', _SYSTEMD_UNIT: 'k3s.service' },
  { MESSAGE: 'proxy http://somebody:proxy-PLANTED-0004@proxy.example:3128/', _SYSTEMD_UNIT: 'hearth.service' },
  ...key.map((MESSAGE) => ({ MESSAGE, _SYSTEMD_UNIT: 'hearth-agent.service' })),
  { MESSAGE: '{"enrolment":{"secret":"enrol-PLANTED-0005"}}', _SYSTEMD_UNIT: 'hearth-agent.service' },
  { MESSAGE: 'password=hunter-PLANTED-0006 all else is well', _SYSTEMD_UNIT: 'ssh.service' },
  { MESSAGE: 'an ordinary line', _SYSTEMD_UNIT: 'ssh.service' },
].map((fields, index) => JSON.stringify({ __REALTIME_TIMESTAMP: String(1_795_313_161_000_000 + index), ...fields }));

const run: Run = async (argv, options) => {
  const answer = (stdout: string) => ({ code: 0, stdout, stderr: '', timedOut: false });
  if (argv[0] === 'journalctl' && options?.onLine) {
    for (const line of journal) options.onLine(line);
    return answer('');
  }
  if (argv[0] === 'systemctl') return answer('hearth.service --token PLANTED0003abcdef0123456789abcdef\n');
  if (argv[0] === 'nmcli') return answer('802-11-wireless-security.psk:wlan-PLANTED-0001\n');
  // What this computer really says.
  return runProcess(argv, options);
};

describe('a bundle of logs', () => {
  it('has everything that helps, and none of the secrets', async () => {
    await put('etc/NetworkManager/system-connections/attic.nmconnection', '[wifi-security]\npsk=wlan-PLANTED-0001\n');
    await put('var/lib/rancher/k3s/agent/node-password', 'node-PLANTED-0002\n');
    await put('var/lib/rancher/k3s/server/token', `K10${'ab'.repeat(32)}::server:PLANTED0003abcdef0123456789abcdef\n`);
    await put('proc/cmdline', 'boot=hearth hearth.slot=a password=hunter-PLANTED-0006');
    await put('run/hearth/medium/hearth/bootenv', '# GRUB Environment Block\nkeep=a\n####');
    const path = join(root, 'logs.tar.gz');
    await writeLogBundle(path, {
      run,
      root,
      running: { version: '1.0.0', medium: 'disk', slot: 'a' },
      state: () => ({ agent: { words: 'psk is wlan-PLANTED-0001', wifi: { psk: 'short' } } }),
      now: () => new Date('2026-11-22'),
    });
    const files = await filesOf(path);
    const names = [...files.keys()];
    for (const name of [
      'README.txt',
      'versions.json',
      'state.json',
      'journal.txt',
      'units.txt',
      'disks.json',
      'addresses.txt',
      'network.txt',
      'command-line.txt',
      'bootenv.txt',
      'packages.txt',
    ])
      // prettier-ignore
      expect(names).toContain(name);
    const all = [...files].map(([name, text]) => `${name}\n${text}`).join('\n');
    for (const secret of planted) expect(all).not.toContain(secret);
    expect(files.get('state.json')).not.toContain('short');
    expect(files.get('journal.txt')).toContain('ssh.service: an ordinary line');
    expect(files.get('journal.txt')).toContain('all else is well');
    expect(JSON.parse(files.get('disks.json') ?? '')).toHaveProperty('blockdevices');
    expect(files.get('versions.json')).toContain('"1.0.0"');
    expect(await readdir(root)).not.toContain('logs.tar.gz.part');
    // As the box's own Hearth gets them, which may read none of it itself.
    const agent = createUpkeep({ run, log: silentLog, root, running: { version: '1.0.0', medium: 'disk', slot: 'a' }, onChange: () => undefined }); // prettier-ignore
    const system = await agent.logFiles();
    expect(system.map((file) => file.path)).toContain('network.txt');
    for (const secret of planted) expect(JSON.stringify(system)).not.toContain(secret);
  });

  it('tells in its place what could not be read', async () => {
    const path = join(root, 'logs.tar.gz');
    const missing: Run = (argv) => runProcess(['/nonexistent', ...argv]);
    await writeLogBundle(path, { run: missing, root, running: { version: '1', medium: 'stick' }, state: () => undefined, now: () => new Date() }); // prettier-ignore
    const files = await filesOf(path);
    expect(files.get('units.txt')).toContain('/nonexistent is not installed');
    expect(files.get('journal.txt')).toContain('program-missing');
  });
});

const remote = '/lib/systemd/systemd-journal-remote';
const hasRemote = await access(remote).then(() => true, () => false); // prettier-ignore

// Makes a journal where no journald runs; part of the package systemd-journal-remote.
describe.skipIf(!hasRemote)('the real journalctl', () => {
  it('gives lines, units, bytes that are no text, and ends of long journals', async () => {
    const boot = 'b'.repeat(32);
    const entry = (index: number, fields: string): string =>
      `__REALTIME_TIMESTAMP=${1_795_313_161_000_000 + index}\n__MONOTONIC_TIMESTAMP=${index + 1}\n_BOOT_ID=${boot}\n_MACHINE_ID=${'c'.repeat(32)}\n_TRANSPORT=journal\n${fields}\n\n`;
    const text = Array.from({ length: 300 }, (_, index) => entry(index, `MESSAGE=line ${index} token=PLANTED${index}abcdef\n_SYSTEMD_UNIT=${index % 2 ? 'one' : 'two'}.service`)).join(''); // prettier-ignore
    const file = join(root, 'made.journal');
    await execa(remote, ['--output', file, '-'], { input: text });
    const real: Run = (argv, options) => runProcess([argv[0] ?? '', `--file=${file}`, ...argv.slice(1)], options);
    const last = await readJournal(real, { lines: 2 });
    expect(last).toEqual({
      lines: [
        { at: '2026-11-22T02:06:01.000Z', unit: 'two.service', text: 'line 298 token=[redacted]' },
        { at: '2026-11-22T02:06:01.000Z', unit: 'one.service', text: 'line 299 token=[redacted]' },
      ],
    });
    const ofBoot = await readJournal(real, { lines: 1000, boot });
    expect(ofBoot.lines).toHaveLength(300);
    expect((await readJournal(real, { lines: 10, boot: 'd'.repeat(32) })).lines).toEqual([]);
  });
});
