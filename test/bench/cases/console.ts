import { spawn } from 'node:child_process';
import { readFileSync, renameSync, rmSync } from 'node:fs';
import net from 'node:net';
import WebSocket from 'ws';
import type { Figure } from '../figures.ts';
import { openLab, untilText } from '../lab.ts';
import { kubeOf } from '../../support/kube.ts';

const seconds = 2;
const chunk = Buffer.alloc(64 * 1024, 0x55);

/** A Unix socket that pours bytes as fast as its reader takes them: stands where QEMU's VNC socket stood. */
async function pump(path: string): Promise<{ close(): Promise<void> }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined); // the viewer leaves in the middle of a write: meant
    const pour = (): void => {
      while (socket.writable && socket.write(chunk));
    };
    socket.on('drain', pour);
    pour();
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** MiB per second of whatever calls `count` with bytes, over two seconds after the first. */
async function rate(open: (count: (bytes: number) => void) => Promise<() => void>): Promise<number> {
  let total = 0;
  let started = 0;
  const close = await open((bytes) => {
    started ||= performance.now();
    total += bytes;
  });
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000 + 200));
  const elapsed = (performance.now() - started) / 1000;
  close();
  return total / 2 ** 20 / elapsed;
}

const residentMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

const childOf = (pid: number): number | undefined => {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  return list.find(
    (child) =>
      readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('engine') ||
      readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('embedded'),
  );
};

function socketRate(url: string, options: WebSocket.ClientOptions, protocols: string[]): Promise<number> {
  return rate(async (count) => {
    const socket = new WebSocket(url, protocols, options);
    socket.on('message', (data: Buffer) => count(data.length));
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('open', resolve));
    return () => socket.terminate();
  });
}

async function websockify(path: string): Promise<number> {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const port = (probe.address() as net.AddressInfo).port;
  await new Promise((resolve) => probe.close(resolve));
  const child = spawn('websockify', [`--unix-target=${path}`, `127.0.0.1:${port}`], { stdio: 'ignore' });
  try {
    for (let tries = 0; tries < 100; tries += 1) {
      const up = await new Promise<boolean>((resolve) => {
        const socket = net.connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
        socket.on('connect', () => socket.destroy());
      });
      if (up) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return await socketRate(`ws://127.0.0.1:${port}`, {}, ['binary']);
  } finally {
    child.kill('SIGKILL');
  }
}

/** Console bytes through engine and backend to a page, against the raw socket and websockify; memory when nobody reads. */
export async function measure(): Promise<Figure[]> {
  const lab = await openLab();
  try {
    const machine = await lab.create('pump');
    const serial = await lab.page.api.consoles.serial(machine);
    await untilText(serial.readable, 'login:', performance.now());
    serial.close();
    const { argv } = lab.record('pump');
    const vnc = /unix:([^,\s"]+\.vnc)/.exec(argv.join(' '))?.[1];
    if (!vnc) throw new Error(`No VNC socket in ${argv.join(' ')}`);
    renameSync(vnc, `${vnc}.qemu`);
    const source = await pump(vnc);
    try {
      const raw = await rate((count) => {
        const socket = net.connect(vnc).on('data', (data) => count(data.length));
        return Promise.resolve(() => void socket.destroy());
      });
      const byWebsockify = await websockify(vnc);
      const kube = kubeOf(lab.hearth.kubeconfig);
      const endpoint = `${kube.server.href.replace('https', 'wss')}apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachineinstances/pump/vnc`;
      const engine = await socketRate(endpoint, { ca: kube.ca, headers: { authorization: `Bearer ${kube.token}` } }, [
        'plain.kubevirt.io',
      ]);
      const page = await rate(async (count) => {
        const pipe = await lab.page.api.consoles.vnc(machine);
        void (async () => {
          for await (const bytes of pipe.readable) count(bytes.length);
        })().catch(() => undefined);
        return () => pipe.close();
      });
      const backend = lab.hearth.process.pid!;
      const engineProcess = childOf(backend);
      const before = residentMiB(backend) + (engineProcess ? residentMiB(engineProcess) : 0);
      const stalled = await lab.page.api.consoles.vnc(machine); // never read
      await new Promise((resolve) => setTimeout(resolve, 5000));
      const after = residentMiB(backend) + (engineProcess ? residentMiB(engineProcess) : 0);
      stalled.close();
      return [
        {
          what: 'console bytes, QEMU socket to page',
          ours: page,
          bare: raw,
          bareName: 'raw Unix socket',
          unit: 'MiB/s',
          better: 'higher',
          goal: { ratio: 0.75 },
          note: 'through engine (TLS) and backend',
        },
        {
          what: 'console bytes, QEMU socket to page',
          ours: page,
          bare: byWebsockify,
          bareName: 'websockify',
          unit: 'MiB/s',
          better: 'higher',
          goal: { ratio: 1 },
        },
        {
          what: 'console bytes, engine endpoint alone (TLS)',
          ours: engine,
          bare: raw,
          bareName: 'raw Unix socket',
          unit: 'MiB/s',
          better: 'higher',
        },
        {
          what: 'memory growth in 5 s with a viewer that stops reading',
          ours: Math.max(0, after - before),
          unit: 'MiB',
          better: 'lower',
          goal: { own: 64 },
          note: `${before.toFixed(0)} -> ${after.toFixed(0)} MiB`,
        },
      ];
    } finally {
      await source.close();
      rmSync(vnc, { force: true });
      renameSync(`${vnc}.qemu`, vnc);
    }
  } finally {
    await lab.close();
  }
}
