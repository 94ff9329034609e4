import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startAgent } from '../../../../main/backend/boxes/agent/agent.ts';
import type { Agent } from '../../../../main/backend/boxes/agent/agent.ts';
import { readAddresses } from '../../../../main/backend/boxes/agent/addresses.ts';
import { readBootFacts } from '../../../../main/backend/boxes/agent/command-line.ts';
import { decide } from '../../../../main/backend/boxes/agent/disks/decide.ts';
import type { AgentParts, InstallOrder } from '../../../../main/backend/boxes/agent/parts.ts';
import { agentPlaces } from '../../../../main/backend/boxes/agent/places.ts';
import { createUpkeep } from '../../../../main/backend/boxes/agent/upkeep/upkeep.ts';
import { signingKey, trustedKey } from '../../../../main/backend/boxes/image/keys.ts';
import { signManifest } from '../../../../main/backend/boxes/image/manifest.ts';
import { folderFiles, verifyTree } from '../../../../main/backend/boxes/image/verify-tree.ts';
import type { Log } from '../../../../main/backend/log.ts';
import type { BoxDisk } from '../../../../main/contract/box/state.ts';

export const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
export const disk = (name: string, serial: string, more: Partial<BoxDisk> = {}): BoxDisk => ({
  name,
  model: `Disk ${name}`,
  serial,
  size: 64_000_000_000,
  transport: 'nvme',
  rotational: false,
  content: 'blank',
  partitions: [],
  ...more,
});
const signer = signingKey(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'lab'); // prettier-ignore
const files: Record<string, Buffer> = {
  'EFI/BOOT/BOOTX64.EFI': randomBytes(20_000),
  'hearth/live/root.squashfs': randomBytes(300_000),
};

export interface AgentLab {
  root: string;
  at(path: string): string;
  disks: BoxDisk[];
  /** Programs that were started, a line each. */
  ran: string[];
  /** Exit code of a program by how its line begins; 0 for the others. */
  codes: Record<string, number>;
  installed: InstallOrder[];
  /** How the next installation goes. */
  installation: (order: InstallOrder, signal: AbortSignal) => Promise<void>;
  stick: { there: boolean };
  cut: number;
  /** What tty1 was told. */
  screen: { text: string; press(key: string): void };
  serial: string[];
  putSettings(value: unknown): Promise<void>;
  start(more?: Partial<AgentParts>): Promise<Agent>;
  remove(): Promise<void>;
}

/** A box as a folder: its medium is signed and verified for real, its programs are only written down. */
export async function agentLab(commandLine = 'quiet hearth.medium=1A2B-3C4D hearth.slot=stick'): Promise<AgentLab> {
  const root = await mkdtemp(join(tmpdir(), 'agent-'));
  const places = agentPlaces(root);
  const at = (path: string): string => join(root, path);
  const put = async (path: string, content: string | Uint8Array): Promise<void> => {
    await mkdir(dirname(at(path)), { recursive: true });
    await writeFile(at(path), content);
  };
  const medium = (path: string): string => `/run/hearth/medium/${path}`;
  for (const [path, bytes] of Object.entries(files)) await put(medium(path), bytes);
  const listed = Object.entries(files).map(([path, bytes]) => ({ path, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })); // prettier-ignore
  const image = { version: '0.2.0', builtAt: '2026-11-01T00:00:00Z', base: 'Debian 13', payload: 'internet' as const };
  const { text, signature } = signManifest(image, listed, signer);
  await put(medium('hearth/manifest.json'), text);
  await put(medium('hearth/manifest.sig'), signature);
  await put(medium('hearth/settings'), Buffer.alloc(64 * 1024, 0x0a));
  await put('/proc/cmdline', `${commandLine}\n`);
  await put('/proc/uptime', '100.0 90.0\n');
  await put('/proc/sys/kernel/random/boot_id', '6a0e7a70-0000-4000-8000-000000000001\n');
  await put('/usr/share/zoneinfo/Europe/Berlin', 'TZif');
  await put('/usr/share/zoneinfo/UTC', 'TZif');
  await put('/etc/group', `hearth:x:${process.getgid?.() ?? 0}:\n`);
  await put('/etc/passwd', `admin:x:${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}::/home/admin:/bin/bash\n`);
  await put('/sys/class/net/eth0/type', '1\n');
  await put('/sys/class/net/eth0/address', '52:54:00:12:34:56\n');
  await put('/sys/class/net/eth0/carrier', '1\n');

  const ran: string[] = [];
  let onKey: (key: string) => void = () => undefined;
  const lab: AgentLab = {
    root,
    at,
    disks: [],
    ran,
    codes: {},
    installed: [],
    installation: () => Promise.resolve(),
    stick: { there: true },
    cut: 0,
    screen: { text: '', press: (key) => onKey(key) },
    serial: [],
    putSettings: (value) => {
      const json = typeof value === 'string' ? value : JSON.stringify(value);
      return put(medium('hearth/settings'), json.padEnd(64 * 1024, '\n'));
    },
    async start(more = {}) {
      const run: AgentParts['run'] = (argv) => {
        const line = argv.join(' ');
        ran.push(line);
        const code = Object.entries(lab.codes).find(([begin]) => line.startsWith(begin))?.[1] ?? 0;
        return Promise.resolve({ code, stdout: '', stderr: code === 0 ? '' : 'it said no', timedOut: false });
      };
      const boot = await readBootFacts(places.commandLine);
      return startAgent({
        places,
        boot,
        log: silent,
        version: '0.2.0',
        run,
        verify: async (options) => {
          await verifyTree(folderFiles(places.medium), [trustedKey(signer.publicPem, 'lab')], options);
        },
        addresses: () =>
          readAddresses(at('/sys/class/net'), () => ({ eth0: [{ family: 'IPv4', address: '192.168.7.20', internal: false }] })), // prettier-ignore
        disks: {
          list: () => Promise.resolve(lab.disks),
          decide,
          async install(order, onProgress, signal) {
            lab.installed.push(order);
            onProgress({ fraction: 0.5, steps: [], words: 'Copying the system' });
            await lab.installation(order, signal);
            return undefined;
          },
          settle: () => Promise.resolve(),
        },
        upkeep: ({ onChange }) =>
          createUpkeep({ run, log: silent, root, running: { version: '0.2.0', medium: 'stick' }, onChange }),
        screen: {
          size: () => ({ columns: 80, rows: 25 }),
          write: (output) => {
            lab.screen.text += output;
          },
          onKey: (listener) => {
            onKey = listener;
          },
          close: () => undefined,
        },
        serial: { line: (output) => void lab.serial.push(output) },
        stickThere: () => Promise.resolve(lab.stick.there),
        cutPower: () => {
          lab.cut += 1;
          return Promise.resolve();
        },
        second: 20,
        ...more,
      });
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
  return lab;
}

/** Waits until `look` says yes; fails after 20 s with what it saw last. */
export async function until<T>(what: string, look: () => T | Promise<T>, enough: (seen: T) => boolean): Promise<T> {
  const end = Date.now() + 20_000;
  for (;;) {
    const seen = await look();
    if (enough(seen)) return seen;
    if (Date.now() > end) throw new Error(`${what}: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
export const fileText = (path: string): Promise<string> => readFile(path, 'utf8');
