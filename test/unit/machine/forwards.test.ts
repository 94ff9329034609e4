import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import type { Log } from '../../../main/embedded/kube/context.ts';
import type { Machine } from '../../../main/embedded/machine/qemu/machine.ts';
import { Forwards } from '../../../main/embedded/network/forwards.ts';

const log: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

/** A machine whose monitor "opens" a port by a real UDP socket that answers every datagram. */
const machine = (answers = 1) => {
  const rules = new Map<number, number>();
  const human = async (line: string): Promise<string> => {
    const added = /^hostfwd_add net0 udp:127\.0\.0\.1:0-\S+:(\d+)$/.exec(line);
    if (added) {
      const socket = createSocket('udp4');
      sockets.push(socket);
      socket.on('message', (data, from) => {
        for (let i = 0; i < answers; i += 1) socket.send(`${data.toString()}!`, from.port, from.address);
      });
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      rules.set(socket.address().port, Number(added[1]));
      return '';
    }
    const removed = /^hostfwd_remove net0 udp:127\.0\.0\.1:(\d+)$/.exec(line);
    if (removed) return rules.delete(Number(removed[1])) ? 'host forwarding rule removed' : 'not found';
    return [...rules].map(([host, guest]) => `  UDP[HOST_FORWARD]  9  127.0.0.1 ${host}  10.0.2.2 ${guest}  0 0`).join('\n');
  }; // prettier-ignore
  const record = { uid: 'u', argv: ['-netdev', 'user,id=net0,ipv6=off'] };
  return { rules, machine: { record, qmp: { human } } as unknown as Machine };
};

it('carries one datagram a message both ways, and closes its port after', async () => {
  const { machine: target, rules } = machine();
  const stream = await new Forwards(log).session(target, 53, 'udp');
  expect([...rules.values()]).toEqual([53]);
  const heard: string[] = [];
  stream.on('data', (data: Buffer) => heard.push(data.toString()));
  for (const text of ['one', 'two']) {
    stream.write(Buffer.from(text));
    await once(stream, 'data');
  }
  expect(heard).toEqual(['one!', 'two!']);
  stream.destroy();
  await expect.poll(() => rules.size).toBe(0);
});

it('drops what nobody reads instead of keeping it all', async () => {
  const { machine: target } = machine(500);
  const stream = await new Forwards(log).session(target, 53, 'udp');
  for (let round = 0; round < 20; round += 1) {
    stream.write(Buffer.from('flood'));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(stream.readableLength).toBeGreaterThan(0);
  expect(stream.readableLength).toBeLessThanOrEqual(1024);
  stream.destroy();
});
