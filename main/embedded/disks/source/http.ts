import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { configMaps, secrets } from '../../kube/resources.ts';
import type { Base } from '../base/bases.ts';
import type { Filling } from '../datavolume/filling.ts';
import { roomOf } from '../datavolume/size.ts';
import { Refusal, toRefusal } from '../refusal.ts';
import { parseChecksum } from './digest.ts';
import { Download } from './download.ts';

export interface HttpSource {
  url?: string;
  /** "sha256:…" or "sha512:…". */
  checksum?: string;
  extraHeaders?: string[];
  /** Secret with accessKeyId and secretKey, sent as basic authentication. */
  secretRef?: string;
  /** ConfigMap whose values are certificates to trust. */
  certConfigMap?: string;
}

const delays = { first: 1000, most: 30_000 };

/** Downloads, checks and takes in an image: mirrors in order, network trouble tried again for as long as it takes. */
export async function fetchBase(source: HttpSource, mirrors: string | undefined, filling: Filling): Promise<Base> {
  const { storage, work, signal, status, hold } = filling;
  const expected = parseChecksum(source.checksum);
  if (expected?.algorithm === 'sha256') {
    hold(expected.hex);
    const present = await storage.bases.get(expected.hex);
    if (present) return present;
  }
  const room = roomOf(filling.claim);
  const limit = room === undefined ? {} : { limit: room };
  const download = await Download.open({ work, signal, expected, status, ...limit, ...access(source, filling) });
  let done: { file: string; id: string; unpacked: boolean };
  try {
    done = await persist(download, addresses(source, mirrors), filling);
  } finally {
    await download.close();
  }
  const progress = (part: number): void => status.progress(0.9 + part / 10);
  const base = await storage.ingest.run({
    file: done.file,
    owned: true,
    id: done.id,
    work,
    signal,
    hold,
    progress,
    nested: done.unpacked,
    ...limit,
  });
  await rm(work, { recursive: true, force: true });
  return base;
}

async function persist(
  download: Download,
  urls: string[],
  { status, signal }: Filling,
): Promise<{ file: string; id: string; unpacked: boolean }> {
  const dead = new Map<string, Refusal>();
  for (let turn = 0, delay = delays.first; ; turn += 1) {
    const alive = urls.filter((url) => !dead.has(url));
    const url = alive[turn % Math.max(1, alive.length)];
    if (url === undefined)
      throw dead.get(urls[0] ?? '') ?? new Refusal('InvalidAddress', 'spec.source.http.url is missing.');
    const before = download.received;
    try {
      return await download.attempt(url);
    } catch (error) {
      signal.throwIfAborted();
      const refusal = toRefusal(error);
      // A full disk or a missing program is not the server's fault: another mirror would not help.
      if (!refusal.retry && ['NotEnoughSpace', 'ProgramMissing', 'PermissionDenied'].includes(refusal.code))
        throw refusal;
      if (!refusal.retry) {
        dead.set(url, refusal);
        turn = -1;
        if (alive.length === 1) continue;
        await download.discard();
      }
      status.set({ restarted: true, running: { status: 'False', reason: refusal.code, message: refusal.message } });
      if (download.received > before) delay = delays.first;
      else {
        await sleep(refusal.retry ? delay : 0, undefined, { signal });
        delay = Math.min(delays.most, delay * 2);
      }
      status.set({ running: { status: 'True', reason: 'Pod is running', message: '' } });
    }
  }
}

function addresses(source: HttpSource, mirrors: string | undefined): string[] {
  let more: unknown = [];
  try {
    more = mirrors ? JSON.parse(mirrors) : [];
  } catch {
    throw new Refusal('InvalidAddress', 'The annotation hearth.dev/mirrors has to be a JSON list of addresses.');
  }
  const urls = [source.url, ...(Array.isArray(more) ? more : [])];
  return [...new Set(urls.filter((url): url is string => typeof url === 'string' && url !== ''))];
}

/** Headers and certificates that the source asks for. */
function access(source: HttpSource, { storage, volume }: Filling): { headers: Record<string, string>; ca?: string } {
  const { store } = storage.context;
  const { namespace } = volume.metadata;
  const headers: Record<string, string> = {};
  for (const line of source.extraHeaders ?? []) {
    const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) headers[name.toLowerCase()] = value;
  }
  if (source.secretRef !== undefined) {
    const data = store.get(secrets, namespace, source.secretRef)?.['data'] as Record<string, string> | undefined;
    if (!data)
      throw new Refusal(
        'SecretMissing',
        `The secret ${source.secretRef} with the download's user name and password does not exist.`,
      );
    const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
    headers['authorization'] = `Basic ${Buffer.from(`${text('accessKeyId')}:${text('secretKey')}`).toString('base64')}`;
  }
  if (source.certConfigMap === undefined) return { headers };
  const data = store.get(configMaps, namespace, source.certConfigMap)?.['data'] as Record<string, string> | undefined;
  if (!data)
    throw new Refusal('ConfigMapMissing', `The config map ${source.certConfigMap} with certificates does not exist.`);
  return { headers, ca: Object.values(data).join('\n') };
}
