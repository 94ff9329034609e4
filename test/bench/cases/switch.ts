import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Figure } from '../figures.ts';
import { cpuSeconds } from '../processes.ts';
import { etherFrame, SwitchLab } from '../../support/switch-lab.ts';
import { packetOf } from '../../../main/embedded/network/switch/frames.ts';

const seconds = 3;
/** Frames under way at once: fewer than may wait for a card, so that none is dropped. */
const batch = 100;
const size = 1500;
const [from, to] = ['02:00:00:00:00:01', '02:00:00:00:00:02'];
const frames = Buffer.concat(Array.from({ length: batch }, () => packetOf(etherFrame(to, from, 0x88b5, Buffer.alloc(size - 14, 7))))); // prettier-ignore

/** MiB a second from one card to another, and what a million frames cost the switch in seconds of processor. */
async function through(lab: SwitchLab, a: string, b: string): Promise<{ rate: number; cost: number }> {
  const [source, target] = [lab.card(a), lab.card(b)];
  const cpu = cpuSeconds(lab.pid);
  const begun = performance.now();
  let sent = 0;
  let got = 0;
  const take = (): void => {
    got += target.got.length;
    target.got.length = 0;
  };
  take();
  got = 0;
  while (performance.now() - begun < seconds * 1000) {
    await source.raw(frames);
    sent += batch;
    // One who sends faster than it is taken measures how well the switch drops.
    for (const end = performance.now() + 500; got < sent - batch && performance.now() < end; take()) await wait(0);
  }
  await wait(100);
  take();
  const elapsed = (performance.now() - begun) / 1000;
  return { rate: (got * size) / 2 ** 20 / elapsed, cost: ((cpuSeconds(lab.pid) - cpu) / got) * 1e6 };
}

/** The same bytes over a socket to one that sends them back: what this process alone can do. */
async function bare(folder: string): Promise<number> {
  const path = join(folder, 'bare');
  const server: Server = createServer((socket) => socket.on('error', () => socket.destroy()).pipe(socket)).listen(path);
  const socket = connect(path);
  let got = 0;
  socket.on('data', (chunk) => (got += chunk.length));
  const begun = performance.now();
  for (let sent = 0; performance.now() - begun < 1000;) {
    socket.write(frames);
    sent += frames.length;
    while (got < sent - 4 * frames.length) await wait(0);
  }
  const rate = got / 2 ** 20 / ((performance.now() - begun) / 1000);
  socket.destroy();
  server.close();
  return rate;
}

/** Frames between two machines through the switch. */
export async function measure(): Promise<Figure[]> {
  const lab = await SwitchLab.open();
  try {
    lab.plug('a', from, { network: 'bench' });
    lab.plug('b', to, { network: 'bench' });
    await lab.apply();
    await through(lab, 'a', 'b');
    const plain = await through(lab, 'a', 'b');
    const one = await bare(lab.folder);
    return [
      { what: 'frames of 1,500 bytes between two machines', ours: plain.rate, bare: one, bareName: 'a socket that sends back', unit: 'MiB/s', better: 'higher' },
      { what: 'a million such frames', ours: plain.cost, unit: 's', better: 'lower', note: 'processor time of the switch' },
    ]; // prettier-ignore
  } finally {
    lab.close();
  }
}
