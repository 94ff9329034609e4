import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
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

it('closes in peace when the machine is gone and nobody knows yet how it ended', async () => {
  const { machine: target } = machine();
  const told: string[] = [];
  const stream = await new Forwards({ ...log, debug: (_fields, what) => void told.push(what ?? '') }).session(target, 53, 'udp'); // prettier-ignore
  Object.defineProperty(target, 'qmp', {
    get() {
      throw new Error('the machine does not answer');
    },
  });
  stream.destroy();
  await expect.poll(() => told).toEqual(['a forwarded port was closed already']);
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

/** A machine whose QEMU takes TCP connections at once, and then finds the guest in a state: what `info usernet` says of it. */
const dialled = (states: readonly string[]) => {
  const servers = new Map<number, Server>();
  let looks = 0;
  const human = async (line: string): Promise<string> => {
    if (line.startsWith('hostfwd_add')) {
      const server = createServer((socket) => {
        socket.on('error', () => undefined);
        if (states.includes('refused')) setTimeout(() => socket.destroy(), 60);
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      servers.set((server.address() as AddressInfo).port, server);
      return '';
    }
    const [port = 0] = [...servers.keys()];
    if (line.startsWith('hostfwd_remove')) {
      servers.get(port)?.close();
      return servers.delete(port) ? 'host forwarding rule removed' : 'not found';
    }
    if (servers.size === 0) return '';
    const state = states[Math.min(looks, states.length - 1)];
    looks += 1;
    const connection =
      state === 'refused' || state === '' ? '' : `  TCP[${state}]  19  127.0.0.1 ${port}  10.0.2.2 80  0 0\n`;
    return `Hub -1 (net0):\n${connection}  TCP[HOST_FORWARD]  12  127.0.0.1 ${port}  10.0.2.2 80  0 0\n`;
  };
  const record = { uid: 'u', argv: ['-netdev', 'user,id=net0,ipv6=off'] };
  return { servers, looks: () => looks, machine: { record, qmp: { human } } as unknown as Machine };
};

it('waits until the guest has taken the connection, as KubeVirt does', async () => {
  // The first look is that for the new rule.
  const { machine: target, looks, servers } = dialled(['', '', 'SYN_SENT', 'SYN_SENT', 'ESTABLISHED']);
  const stream = await new Forwards(log).session(target, 80, 'tcp');
  expect(looks()).toBe(5);
  expect(stream.destroyed).toBe(false);
  stream.destroy();
  await expect.poll(() => servers.size).toBe(0);
});

it('says in the words of KubeVirt that the guest refuses, or never answers, and closes its port', async () => {
  const refusing = dialled(['', 'SYN_SENT', 'refused']);
  await expect(new Forwards(log).session(refusing.machine, 80, 'tcp')).rejects.toMatchObject({ code: 500, message: 'Internal error occurred: dialing VM: dial tcp 10.0.2.2:80: connect: connection refused' }); // prettier-ignore
  await expect.poll(() => refusing.servers.size).toBe(0);
  const silent = dialled(['', 'SYN_SENT']);
  await expect(new Forwards(log, 500).session(silent.machine, 80, 'tcp')).rejects.toMatchObject({ code: 500, message: expect.stringContaining('i/o timeout') as string }); // prettier-ignore
  await expect.poll(() => silent.servers.size).toBe(0);
});
