import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Bonjour } from 'bonjour-service';
import { execa } from 'execa';
import { afterEach, describe, expect, it } from 'vitest';
import type { BoxRow } from '../../../../main/contract/box/boxes.ts';
import { openApp } from '../../../support/boxes/app.ts';
import { standIn, stateOf } from '../../../support/boxes/stand-in.ts';
import type { StandInOptions } from '../../../support/boxes/stand-in.ts';

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});
async function app(...how: Parameters<typeof openApp>) {
  const made = await openApp(...how);
  ending.push(() => made.close());
  return made;
}
async function box(options?: StandInOptions) {
  const made = await standIn(options);
  ending.push(() => made.close());
  return made;
}
async function paired(...how: Parameters<typeof openApp>) {
  const here = await app(...how);
  const there = await box({ code: '12345678' });
  await here.handlers.pair({ address: there.address, code: '12345678' }, here.context);
  await here.row(there.id, online);
  return { here, there };
}
const online = ({ state }: BoxRow): boolean => state === 'online';
const offline = ({ state }: BoxRow): boolean => state === 'offline';
const code = (wanted: string) => expect.objectContaining({ problem: expect.objectContaining({ code: wanted }) });
const printable = /^[^\p{Cc}\p{Cf}]*$/u;

describe('a paired box that turned bad', () => {
  it('names no file outside of its folder, and moves no cursor of a terminal', async () => {
    const { here, there } = await paired();
    there.set({ name: '../../../../../..//tmp/evil\u001b[2J\u202e', words: '\u001b]0;owned\u0007' });
    const row = await here.row(there.id, ({ name }) => name.includes('evil'));
    expect(row.name).toMatch(printable);
    expect(row.last?.words).toMatch(printable);
    there.instead.set('GET /box/logs.tar.gz', (_request, response) => response.end('x'));
    const { taskId, path } = await here.handlers.saveLogs({ id: there.id }, here.context);
    expect([dirname(path), basename(path)]).toEqual([join(here.root, 'boxes', 'logs'), expect.stringMatching(/^tmp-evil-2J-[\d-]+\.tar\.gz$/)]); // prettier-ignore
    expect(await here.ended(taskId)).toMatchObject({ state: 'done' });
    there.instead.set('GET /box/health', (_request, response) => {
      response.writeHead(409);
      response.end(JSON.stringify({ code: 'x', title: '\u001b[8mhidden', detail: 'x', kind: 'failed' }));
    });
    const refused = here.handlers.health({ id: there.id }, here.context);
    await expect(refused).rejects.toMatchObject({ problem: { title: expect.stringMatching(printable) } });
  });

  it('that gives signs of life and no state is not waited for', { timeout: 40_000 }, async () => {
    const { here, there } = await paired();
    there.instead.set('GET /box/state', (_request, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('\n'), 200);
      response.once('close', () => clearInterval(drip));
    });
    there.cut();
    expect((await here.row(there.id, offline, 25_000)).problem).toMatchObject({ code: 'box-answer-strange' });
  });

  it('that never stops talking is cut off, and nobody else waits for it', { timeout: 60_000 }, async () => {
    const { here, there } = await paired();
    const long = { ...stateOf(there.id), words: 'w'.repeat(2000), apps: Array.from({ length: 100 }, () => ({ name: 'n'.repeat(300), fingerprint: 'a'.repeat(64), pairedAt: 'p'.repeat(300), by: 'code' })) }; // prettier-ignore
    let said = 0;
    there.instead.set('GET /box/state', (_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        for (let on = true; on && !response.destroyed;) {
          const text = `${JSON.stringify({ ...long, at: String(said) })}\n`;
          said += text.length;
          on = response.write(text);
        }
      };
      response.on('drain', more);
      more();
    });
    there.cut();
    const row = await here.row(there.id, ({ problem }) => problem?.code === 'box-answer-strange', 45_000);
    expect(row.problem?.detail).toContain('more than a box has to say');
    expect(said).toBeLessThan(160 * 1024 * 1024);
    // What it said is bounded on the disk as well.
    const last = await readdir(join(here.root, 'boxes', 'last'));
    for (const name of last) expect((await readFile(join(here.root, 'boxes', 'last', name))).length).toBeLessThan(300_000); // prettier-ignore
  });
});

describe('an answer that is lost', () => {
  it('after the box took the secret: it is asked again, and is paired', async () => {
    const here = await app();
    const { secret } = await here.boxes.enrolments.make({ days: 7 });
    const there = await box({ secret });
    let cut = false;
    there.lose = (path) => path === '/box/pair/secret' && !cut && (cut = true);
    expect(await here.handlers.pair({ address: there.address }, here.context)).toEqual({ id: there.id });
    expect([cut, there.apps.size]).toEqual([true, 1]);
    await here.row(there.id, online);
    expect(await here.boxes.enrolments.good()).toEqual([]);
  });

  it('after the box took the code: it shows its state to us, so it is paired', async () => {
    const here = await app();
    const there = await box({ code: '12345678' });
    there.lose = (path) => path === '/box/pair/code/confirm';
    expect(await here.handlers.pair({ address: there.address, code: '12345678' }, here.context)).toEqual({ id: there.id }); // prettier-ignore
    await here.row(there.id, online);
  });

  it('of a box that did not take us: it is not paired', async () => {
    const here = await app();
    const there = await box({ code: '12345678' });
    there.instead.set('POST /box/pair/code/confirm', (request) => request.socket.destroy());
    await expect(here.handlers.pair({ address: there.address, code: '12345678' }, here.context)).rejects.toEqual(code('box-unreachable')); // prettier-ignore
    await expect(here.handlers.health({ id: there.id }, here.context)).rejects.toEqual(code('no-such-box'));
  });
});

/** A small file system of its own; needs root. */
const small = await mkdtemp(join(tmpdir(), 'small-'));
const mounted = await execa('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=0700', 'small', small], { reject: false });
if (mounted.exitCode === 0) await execa('umount', [small]);
await rm(small, { recursive: true });

describe.skipIf(mounted.exitCode !== 0)('a full disk', () => {
  const fullApp = async () => {
    const root = await mkdtemp(join(tmpdir(), 'full-'));
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=0700', 'small', root]);
    ending.push(async () => {
      await execa('umount', ['-l', root]);
      await rm(root, { recursive: true });
    });
    const here = await openApp({ root });
    ending.push(() => here.close(true));
    const fill = () => writeFile(join(root, 'filler'), Buffer.alloc(4 * 1024 * 1024)).catch(() => undefined);
    return { here, root, fill, free: () => truncate(join(root, 'filler'), 0) };
  };

  it('is told before the box is asked for anything; with room it is paired', async () => {
    const { here, fill, free } = await fullApp();
    const { secret } = await here.boxes.enrolments.make({ days: 7 });
    const there = await box({ secret });
    await fill();
    await expect(here.handlers.pair({ address: there.address }, here.context)).rejects.toEqual(code('boxes-not-kept'));
    expect(there.asked.map(({ path }) => path)).toEqual(['/box/hello']);
    await free();
    await here.handlers.pair({ address: there.address }, here.context);
    await here.row(there.id, online);
  });

  it('loses neither the list of boxes nor its followers', async () => {
    const { here, root, fill, free } = await fullApp();
    const there = await box({ code: '12345678' });
    await here.handlers.pair({ address: there.address, code: '12345678' }, here.context);
    await here.row(there.id, online);
    await fill();
    there.set({ name: 'renamed' });
    await here.row(there.id, ({ name }) => name === 'renamed');
    await expect(here.handlers.forget({ id: there.id }, here.context)).rejects.toEqual(code('boxes-not-kept'));
    there.instead.set('GET /box/logs.tar.gz', (_request, response) => response.end(Buffer.alloc(3_000_000)));
    const { taskId } = await here.handlers.saveLogs({ id: there.id }, here.context);
    expect((await here.ended(taskId)).problem).toMatchObject({ code: 'box-logs-not-written' });
    const kept = JSON.parse(await readFile(join(root, 'boxes', 'boxes.json'), 'utf8')) as { boxes: { id: string }[] };
    expect(kept.boxes.map(({ id }) => id)).toEqual([there.id]);
    expect((await readdir(join(root, 'boxes'))).filter((name) => /tmp|room|corrupt|part/.test(name))).toEqual([]);
    await free();
    await here.handlers.forget({ id: there.id }, here.context);
  });
});

const cards = Object.values(networkInterfaces()).flat();
describe.skipIf(!cards.some((card) => card?.family === 'IPv4' && !card.internal))('a forged announcement', () => {
  it('of what is not there does not keep us dialling', { timeout: 30_000 }, async () => {
    let dialled = 0;
    const nobody = createServer((socket) => {
      dialled += 1;
      socket.destroy();
    }).listen(0, '0.0.0.0');
    await once(nobody, 'listening');
    const port = 30_000 + Math.floor(Math.random() * 20_000);
    const here = await app({ finding: { mdns: { port, everyMs: 200 } } });
    const bonjour = new Bonjour({ port });
    ending.push(async () => {
      bonjour.destroy();
      nobody.close();
    });
    bonjour.publish({ name: 'no box', type: 'hearth-box', protocol: 'tcp', port: (nobody.address() as AddressInfo).port, txt: {}, probe: false }); // prettier-ignore
    const over = AbortSignal.timeout(6000);
    const rows: unknown[] = [];
    for await (const update of here.handlers.find({}, { signal: over })) rows.push(...(update.type === 'snapshot' ? update.items : [])); // prettier-ignore
    // Once an address at most: it was announced some thirty times.
    expect(dialled).toBeGreaterThan(0);
    expect(dialled).toBeLessThanOrEqual(4);
    expect(rows).toEqual([]);
  });
});
