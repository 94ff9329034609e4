import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hearth, Page } from '../support/hearth.ts';
import { startHearth, temporaryDataDir, until } from '../support/hearth.ts';

export interface MachineRecord {
  uid: string;
  name: string;
  pid: number;
  argv: string[];
}

/** A running Hearth with the starter image in its library; `close` leaves nothing behind. */
export interface Lab {
  hearth: Hearth;
  page: Page;
  dataDir: string;
  /** Creates a machine from the starter image; resolves with its reference once the API took it. */
  create(name: string, memory?: number): Promise<{ namespace: string; name: string }>;
  /** The engine's record of a running machine: pid, argv. */
  record(name: string): MachineRecord;
  close(): Promise<void>;
}

export const starter = { namespace: 'hearth-images', name: 'starter' };

export async function openLab(): Promise<Lab> {
  const data = temporaryDataDir();
  const hearth = await startHearth(data.path, { args: ['--stop-vms'] });
  const page = await hearth.page();
  const { image } = await page.api.images.buildStarter({});
  const rows = await until(page.api.images.watch({}), (row) => row.name, (all) => ['ready', 'failed'].includes(all.get(image.name)?.state ?? ''), 240_000); // prettier-ignore
  if (rows.get(image.name)?.state !== 'ready')
    throw new Error(`No starter image: ${JSON.stringify(rows.get(image.name))}`);
  return {
    hearth,
    page,
    dataDir: data.path,
    create: (name, memory = 256 * 2 ** 20) =>
      page.api.machines.create({
        name,
        source: { type: 'image', image },
        size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory },
        cloudInit: { type: 'form', hostname: name, user: 'hearth', password: 'hearth' },
      }),
    record: (name) => recordOf(data.path, name),
    async close() {
      page.close();
      await hearth.stop();
      data.remove();
    },
  };
}

/** The engine's record of a machine that runs. */
export function recordOf(dataDir: string, name: string): MachineRecord {
  const folder = join(dataDir, 'engine', 'machines');
  for (const uid of readdirSync(folder)) {
    try {
      const record = JSON.parse(readFileSync(join(folder, uid, 'machine.json'), 'utf8')) as MachineRecord;
      if (record.name === name) return record;
    } catch {
      continue; // a folder of UEFI variables, or a machine that is over
    }
  }
  throw new Error(`No record of ${name}`);
}

/** Reads a byte stream until the text is there; resolves with the milliseconds it took from `started`. */
export async function untilText(bytes: AsyncIterable<Uint8Array>, text: string, started: number): Promise<number> {
  let seen = '';
  for await (const chunk of bytes) {
    seen = (seen + Buffer.from(chunk).toString('latin1')).slice(-4096);
    if (seen.includes(text)) return performance.now() - started;
  }
  throw new Error(`Ended before "${text}"; last: ${seen.slice(-300)}`);
}
