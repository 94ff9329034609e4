import { rmSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { Allowance } from './allowance.ts';
import { Fabric } from './fabric.ts';
import { protocolVersion } from './protocol.ts';
import type { FromSwitch, ToSwitch } from './protocol.ts';

/**
 * The switch between machines: a program of its own, because machines outlive the engine and keep talking meanwhile.
 * It ends by itself: soon when neither an engine nor a QEMU is there, at once when its folder is gone or the engine says so.
 */
const [path = ''] = process.argv.slice(2);
/** Milliseconds between looks at whether anybody needs it, and how often nobody may have. */
const look = 1000;
const mostIdle = 5;

/** Lines that may be written at once, and a second: what a guest can cause must not fill the disk. */
const words = new Allowance(1 / 60, 50);
const write = (text: string): void => void process.stderr.write(`${new Date().toISOString()} switch ${text}\n`);
const say = (text: string): void => {
  if (words.take(performance.now())) write(text);
};
const engines = new Set<Socket>();
const tell = (socket: Socket, message: FromSwitch): void => {
  // An engine that does not listen must not make us grow.
  if (socket.writableLength < 2 ** 20) socket.write(`${JSON.stringify(message)}\n`);
};
const fabric = new Fabric((port, addresses) => {
  for (const engine of engines) tell(engine, { seen: { port, addresses } });
});

function end(why: string): never {
  write(`ends: ${why}`);
  fabric.close();
  if (listening) rmSync(path, { force: true });
  process.exit(0);
}

const server = createServer((socket) => {
  engines.add(socket);
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('close', () => engines.delete(socket));
  const lines = createInterface({ input: socket });
  lines.on('error', () => socket.destroy());
  lines.on('line', (line) => {
    try {
      heed(socket, JSON.parse(line) as ToSwitch);
    } catch (error) {
      say(`a line of the engine: ${String(error)}`);
      socket.destroy();
    }
  });
  tell(socket, { hello: protocolVersion, pid: process.pid });
});

function heed(socket: Socket, message: ToSwitch): void {
  if ('hello' in message) {
    if (message.hello !== protocolVersion) end('an engine of another version is here');
    fabric.tellAll();
  } else if ('config' in message) {
    fabric.apply(message.config);
    tell(socket, { applied: true });
  } else if ('counters' in message) tell(socket, { counters: message.counters, ports: fabric.counters() });
  else end('the engine said so');
}

let listening = false;
let idle = 0;
setInterval(() => {
  idle = engines.size > 0 || fabric.inUse ? 0 : idle + 1;
  if (idle >= mostIdle) end('nobody needs it');
  try {
    statSync(path);
  } catch {
    end('its folder is gone');
  }
}, look);

/** One switch a folder: where another answers, this one is not needed. */
const begin = (again: boolean): void => {
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' || !again) end(error.message);
    const other = connect(path);
    other.once('connect', () => end('another one is there'));
    other.once('error', () => {
      rmSync(path, { force: true });
      begin(false);
    });
  });
  server.listen(path, () => {
    listening = true;
  });
};
// One bad frame must not cost every machine its network.
process.on('uncaughtException', (error) => say(`error: ${error.stack ?? error.message}`));
process.on('SIGTERM', () => end('SIGTERM'));
begin(true);
