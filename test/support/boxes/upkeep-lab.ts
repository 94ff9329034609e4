import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { otherSlot, parseBootenv, readBootenv, renderBootenv, writeBootenv } from '../../../main/backend/boxes/agent/upkeep/bootenv.ts'; // prettier-ignore
import type { Slot } from '../../../main/backend/boxes/agent/upkeep/bootenv.ts';
import type { Run } from '../../../main/backend/boxes/agent/upkeep/parts.ts';
import { placeOf, slotPaths } from '../../../main/backend/boxes/agent/upkeep/slots.ts';
import { createUpkeep } from '../../../main/backend/boxes/agent/upkeep/upkeep.ts';
import type { Upkeep, UpkeepParts } from '../../../main/backend/boxes/agent/upkeep/upkeep.ts';
import { readTrustedKeys, signingKey } from '../../../main/backend/boxes/image/keys.ts';
import type { SigningKey } from '../../../main/backend/boxes/image/keys.ts';
import { openManifest, signManifest } from '../../../main/backend/boxes/image/manifest.ts';
import { runProcess } from '../../../main/backend/process.ts';
import type { RunResult } from '../../../main/backend/process.ts';
import { silentLog } from './silent-log.ts';
import { emptySlot, makeStickImage } from './stick-image.ts';
import type { StickFiles } from './stick-image.ts';

export const newKey = (): SigningKey =>
  signingKey(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'test');

export interface ImageOptions {
  version: string;
  builtAt?: string;
  /** Changes the files after they were signed. */
  tamper?: (files: StickFiles) => void;
  /** Bytes of the squashfs. */
  size?: number;
  shim?: Uint8Array;
}
/** Files of a whole signed medium. */
export function mediumFiles(key: SigningKey, options: ImageOptions): StickFiles {
  const files: StickFiles = {
    '/EFI/BOOT/BOOTX64.EFI': options.shim ?? Buffer.alloc(90_000, 's'),
    '/EFI/BOOT/grubx64.efi': Buffer.from(`grub of ${options.shim ? options.version : 'every version'}`),
    '/boot/grub/grub.cfg': Buffer.from('# menu of a stick\n'),
    '/hearth/boot/grub-disk.cfg': Buffer.from(
      `# menu of a disk, ${options.shim ? options.version : 'every version'}\n`,
    ),
    '/hearth/live/vmlinuz': Buffer.concat([Buffer.from(`kernel ${options.version}\n`), randomBytes(300_000)]),
    '/hearth/live/initrd.img': randomBytes(200_001),
    '/hearth/live/root.squashfs': randomBytes(options.size ?? 3_000_000),
  };
  const signed = signManifest(
    { version: options.version, builtAt: options.builtAt ?? '2026-11-01T00:00:00Z', base: 'Debian 13', payload: 'internet' },
    Object.entries(files).map(([path, bytes]) => ({ path: path.slice(1), size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })),
    key,
  ); // prettier-ignore
  options.tamper?.(files);
  return { ...files, '/hearth/settings': emptySlot(), '/hearth/manifest.json': signed.text, '/hearth/manifest.sig': signed.signature }; // prettier-ignore
}

/** Lays a system of this version into a slot, as the installer does. */
export async function installSlot(esp: string, slot: Slot, files: StickFiles): Promise<void> {
  const put = async (path: string, bytes: Uint8Array): Promise<void> => {
    await mkdir(dirname(join(esp, path)), { recursive: true });
    await writeFile(join(esp, path), bytes);
  };
  for (const [path, bytes] of Object.entries(files)) {
    const place = placeOf(path.slice(1), slot);
    if (place) await put(place.to, bytes);
  }
  await put(slotPaths(slot).manifest, files['/hearth/manifest.json'] ?? Buffer.alloc(0));
  await put(slotPaths(slot).signature, files['/hearth/manifest.sig'] ?? Buffer.alloc(0));
}

export const bootId = (of: number): string => `00000000-0000-4000-8000-${String(of).padStart(12, '0')}`;

export interface UpkeepLab {
  root: string;
  esp: string;
  incoming: string;
  key: SigningKey;
  /** What systemctl, journalctl and others were asked. */
  asked: string[];
  /** Answers of programs by the beginning of their command line; others succeed with nothing. */
  answers: Map<string, Partial<RunResult>>;
  image(name: string, options: ImageOptions & { key?: SigningKey }): Promise<string>;
  /** The agent as it is after a start of this slot. */
  agent(slot: Slot, version: string, more?: Partial<UpkeepParts>): Upkeep;
  /** Another start of the computer. */
  newBoot(): Promise<void>;
  setUptime(seconds: number): Promise<void>;
  close(): Promise<void>;
}

const real = new Set(['sync', 'mount']);

/**
 * A box installed with version 1.0.0 in slot a, in a folder (in memory where there is such a place: much is synced). `root`:
 * of a lab that another process made.
 */
export async function upkeepLab(options: { root?: string; key?: SigningKey } = {}): Promise<UpkeepLab> {
  const root = options.root ?? (await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'upkeep-')));
  const at = (path: string): string => join(root, path);
  const key = options.key ?? newKey();
  const esp = at('run/hearth/medium');
  const incoming = at('var/lib/hearth/box/incoming');
  const asked: string[] = [];
  const answers = new Map<string, Partial<RunResult>>();
  const agents: Upkeep[] = [];
  let boot = 1;
  const run: Run = async (argv, runOptions) => {
    if (real.has(argv[0] ?? '')) return runProcess(argv, runOptions);
    const line = argv.join(' ');
    asked.push(line);
    const [, answer] = [...answers].find(([start]) => line.startsWith(start)) ?? [];
    const result = { code: 0, stdout: '', stderr: '', timedOut: false, ...answer };
    if (runOptions?.onLine) for (const each of result.stdout.split('\n').filter(Boolean)) runOptions.onLine(each);
    return result;
  };
  const lab: UpkeepLab = {
    root,
    esp,
    incoming,
    key,
    asked,
    answers,
    async image(name, { key: by = key, ...image }) {
      const path = join(incoming, name);
      const files = mediumFiles(by, image);
      const bytes = Object.values(files).reduce((sum, each) => sum + each.length, 0);
      await makeStickImage(path, files, Math.max(48, Math.ceil(bytes / 2 ** 20) + 16) * 2 ** 20);
      return path;
    },
    agent(slot, version, more = {}) {
      const agent = createUpkeep({
        run,
        log: silentLog,
        running: { version, builtAt: '2026-11-01T00:00:00Z', medium: 'disk', slot },
        root,
        onChange: () => undefined,
        ...more,
      });
      agents.push(agent);
      return agent;
    },
    async newBoot() {
      boot += 1;
      await writeFile(at('proc/sys/kernel/random/boot_id'), `${bootId(boot)}\n`);
      await lab.setUptime(20);
    },
    setUptime: (seconds) => writeFile(at('proc/uptime'), `${seconds}.00 1.00\n`),
    async close() {
      for (const agent of agents) agent.close();
      if (!options.root) await rm(root, { recursive: true, force: true });
    },
  };
  if (options.root) return lab;
  for (const folder of [
    'proc/self',
    'proc/sys/kernel/random',
    'usr/share/hearth/keys',
    'var/lib/hearth/agent',
    'var/lib/hearth/box/incoming',
    'run/hearth/medium/hearth',
  ])
    // prettier-ignore
    await mkdir(at(folder), { recursive: true });
  await writeFile(at('proc/self/mountinfo'), '');
  await writeFile(at('usr/share/hearth/keys/test.pub'), key.publicPem);
  boot = 0;
  await lab.newBoot();
  await installSlot(esp, 'a', mediumFiles(key, { version: '1.0.0' }));
  await writeFile(join(esp, 'hearth/box.json'), JSON.stringify({ boxId: '0'.repeat(32), hostName: 'attic', installId: '1'.repeat(32), version: '1.0.0', installedAt: '2026-11-01T00:00:00Z' })); // prettier-ignore
  await writeBootenv(join(esp, 'hearth/bootenv'), { keep: 'a', tried: false });
  return lab;
}

/** What GRUB's menu does at a start: which slot it takes, and what it writes. */
export async function grubStarts(esp: string): Promise<Slot> {
  const path = join(esp, 'hearth/bootenv');
  const choice = await readBootenv(path);
  if (!choice) return 'a';
  if (!choice.trial || choice.tried) return choice.keep;
  const variables = parseBootenv(await readFile(path)).set('tried', '1');
  await writeFile(path, renderBootenv(variables));
  return choice.trial;
}

/** Whether a slot holds a whole system whose signature and digests hold; its version. Throws what is wrong. */
export async function wholeSystem(lab: UpkeepLab, slot: Slot): Promise<string> {
  const paths = slotPaths(slot);
  const keys = await readTrustedKeys([join(lab.root, 'usr/share/hearth/keys')]);
  const text = await readFile(join(lab.esp, paths.manifest));
  const { manifest } = openManifest(text, await readFile(join(lab.esp, paths.signature)), keys);
  for (const { path, sha256 } of manifest.files) {
    const place = placeOf(path, slot);
    if (!place || place.shared) continue;
    const digest = createHash('sha256').update(await readFile(join(lab.esp, place.to))).digest('hex'); // prettier-ignore
    if (digest !== sha256) throw new Error(`${place.to} is damaged`);
  }
  return manifest.image.version;
}
export { otherSlot };
