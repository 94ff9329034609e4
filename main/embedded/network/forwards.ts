import { createSocket } from 'node:dgram';
import { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { connected } from '../kube/connected.ts';
import type { Log } from '../kube/context.ts';
import { StatusError } from '../kube/status-error.ts';
import { guestAddress, hasPodNetwork } from '../machine/argv/network.ts';
import type { Machine } from '../machine/qemu/machine.ts';
import { addRule, connectionState, ForwardError, openRules, removeRule } from './hostfwd.ts';
import type { Protocol } from './hostfwd.ts';
import { monotonic } from '../kube/monotonic.ts';

/** Milliseconds between two looks whether the guest took a connection. */
const lookMs = 50;
/** Datagrams that may wait for a reader. */
const maxDatagrams = 1024;
const loopback = '127.0.0.1';

/** Port-forward sessions: each has a port of its own on the loopback, open only as long as the session. */
export class Forwards {
  readonly #log: Log;
  /** Rules are told apart by what is new in QEMU's list, so one machine opens one at a time. */
  readonly #turns = new Map<string, Promise<unknown>>();

  /** Milliseconds that a guest may take to take a connection. */
  readonly #dialMs: number;

  constructor(log: Log, dialMs = 10_000) {
    this.#log = log;
    this.#dialMs = dialMs;
  }

  /**
   * A stream to a port of the guest. Throws StatusError, also when the guest does not take the connection, in the words of
   * KubeVirt, which dials before it answers.
   */
  async session(machine: Machine, guestPort: number, protocol: Protocol): Promise<Duplex> {
    if (!hasPodNetwork(machine.record.argv))
      throw new StatusError(
        400,
        'BadRequest',
        'The machine has no interface on the pod network, so no port can be forwarded to it.',
      );
    const hostPort = await this.#open(machine, guestPort, protocol);
    // A machine that just ended has no QMP before it is told how it ended: nothing may be thrown out of an event.
    const remove = async (): Promise<void> => {
      if (!machine.outcome) await removeRule(machine.qmp, { protocol, address: loopback, hostPort });
    };
    const close = () => {
      remove().catch((error: unknown) =>
        this.#log.debug({ err: error, hostPort }, 'a forwarded port was closed already'),
      );
    };
    try {
      const stream = protocol === 'tcp' ? await dial(machine, hostPort, guestPort, this.#dialMs) : await udp(hostPort);
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

/**
 * Connects, and waits until the guest has taken the connection: QEMU takes it at once, whatever the guest does, and cuts it
 * when the guest refuses.
 */
async function dial(machine: Machine, hostPort: number, guestPort: number, dialMs: number): Promise<Duplex> {
  const stream = await connected({ port: hostPort, host: loopback });
  const end = monotonic() + dialMs;
  try {
    for (;;) {
      stream.read(0); // so that bytes and the end are seen before somebody reads
      const state = await connectionState(machine.qmp, hostPort);
      if (stream.readableLength > 0) return stream;
      if (stream.readableEnded || stream.destroyed) throw notTaken(guestPort, 'connect: connection refused');
      // None yet: QEMU has not looked at it.
      if (state !== undefined && !state.startsWith('SYN_')) return stream;
      if (monotonic() > end) throw notTaken(guestPort, 'i/o timeout');
      await wait(lookMs);
    }
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

const notTaken = (port: number, why: string): StatusError =>
  new StatusError(
    500,
    'InternalError',
    `Internal error occurred: dialing VM: dial tcp ${guestAddress}:${port}: ${why}`,
  );

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
