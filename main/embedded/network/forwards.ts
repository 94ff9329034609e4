import { createSocket } from 'node:dgram';
import { Duplex } from 'node:stream';
import { connected } from '../kube/connected.ts';
import type { Log } from '../kube/context.ts';
import { StatusError } from '../kube/status-error.ts';
import { hasPodNetwork } from '../machine/argv/network.ts';
import type { Machine } from '../machine/qemu/machine.ts';
import { addRule, ForwardError, openRules, removeRule } from './hostfwd.ts';
import type { Protocol } from './hostfwd.ts';

/** Datagrams that may wait for a reader. */
const maxDatagrams = 1024;
const loopback = '127.0.0.1';

/** Port-forward sessions: each has a port of its own on the loopback, open only as long as the session. */
export class Forwards {
  readonly #log: Log;
  /** Rules are told apart by what is new in QEMU's list, so one machine opens one at a time. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** A stream to a port of the guest. Throws StatusError. */
  async session(machine: Machine, guestPort: number, protocol: Protocol): Promise<Duplex> {
    if (!hasPodNetwork(machine.record.argv))
      throw new StatusError(
        400,
        'BadRequest',
        'The machine has no interface on the pod network, so no port can be forwarded to it.',
      );
    const hostPort = await this.#open(machine, guestPort, protocol);
    const close = () => {
      if (machine.outcome) return;
      removeRule(machine.qmp, { protocol, address: loopback, hostPort }).catch((error: unknown) =>
        this.#log.debug({ err: error, hostPort }, 'a forwarded port was closed already'),
      );
    };
    try {
      const stream = protocol === 'tcp' ? await connected({ port: hostPort, host: loopback }) : await udp(hostPort);
      stream.once('close', close);
      return stream;
    } catch (error) {
      close();
      throw error;
    }
  }

  #open(machine: Machine, guestPort: number, protocol: Protocol): Promise<number> {
    const { uid } = machine.record;
    const turn = (this.#turns.get(uid) ?? Promise.resolve()).then(async () => {
      try {
        const key = (rule: { protocol: string; hostPort: number }) => `${rule.protocol} ${rule.hostPort}`;
        const before = new Set((await openRules(machine.qmp)).map(key));
        await addRule(machine.qmp, { protocol, address: loopback, hostPort: 0, guestPort });
        const added = (await openRules(machine.qmp)).find(
          (rule) => rule.protocol === protocol && rule.guestPort === guestPort && !before.has(key(rule)),
        );
        if (!added) throw new ForwardError('the new port is not in the list');
        return added.hostPort;
      } catch (error) {
        if (error instanceof ForwardError)
          throw new StatusError(500, 'InternalError', `Internal error occurred: ${error.message}`);
        throw error;
      }
    });
    const settled = turn.then(() => undefined, () => undefined).finally(() => {
      if (this.#turns.get(uid) === settled) this.#turns.delete(uid);
    }); // prettier-ignore
    this.#turns.set(uid, settled);
    return turn;
  }
}

/** One datagram a message, both ways, as in KubeVirt. */
async function udp(port: number): Promise<Duplex> {
  const socket = createSocket('udp4');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('error', reject);
  socket.connect(port, loopback, resolve);
  await promise;
  const stream = new Duplex({
    readableObjectMode: true,
    read: () => undefined,
    write: (data: Buffer, _encoding, done) => socket.send(data, (error) => done(error)),
    destroy: (error, done) => {
      socket.close();
      done(error);
    },
  });
  socket.off('error', reject);
  socket.on('error', (error) => stream.destroy(error));
  // Datagrams may be lost: a reader that is behind must not fill the memory.
  socket.on('message', (data) => {
    if (stream.readableLength < maxDatagrams) stream.push(data);
  });
  return stream;
}
