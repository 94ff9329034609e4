import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { KubeObject } from '../../contract/kube.ts';
import type { PodForward, WorkRef } from '../../contract/pods.ts';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import { programHolder } from '../networks/port-holder.ts';
import { kinds } from '../target/kinds.ts';
import { createLiveValue } from '../target/live-value.ts';
import { openPodPort } from '../target/port-forward.ts';
import type { OpenTarget } from '../target/target.ts';
import { isReady } from './containers.ts';
import { ownerOf } from './rows.ts';

/** A guest that was sent everything may still answer for so long (ms): the protocol cannot say that one side is done. */
const lastWordsMs = 10_000;

export interface Forwards {
  watch(signal: AbortSignal): AsyncIterable<PodForward[]>;
  /** Throws `port-taken` with who has it, where that can be told. */
  open(target: OpenTarget, wish: WorkRef & { port: number; localPort?: number | undefined }): Promise<PodForward>;
  /** Nothing happens when it is closed already. */
  close(id: string): Promise<void>;
  closeAll(): Promise<void>;
}

/** Ports of this computer (127.0.0.1) that lead to Pods, for as long as they are wanted. */
export function createForwards(): Forwards {
  const live = createLiveValue<PodForward[]>([]);
  const servers = new Map<string, { server: Server; sockets: Set<Socket> }>();
  const change = (id: string, fields: Partial<PodForward>): void =>
    live.set(live.value.map((each) => (each.id === id ? { ...each, ...fields } : each)));
  const worksAgain = (id: string): void => {
    if (!live.value.some((each) => each.id === id && each.problem)) return;
    live.set(live.value.map((each) => (each.id === id ? withoutProblem(each) : each)));
  };
  const count = (id: string): void => change(id, { connections: servers.get(id)?.sockets.size ?? 0 });

  async function take(target: OpenTarget, wish: WorkRef & { port: number }, id: string, socket: Socket): Promise<void> {
    const over = new AbortController();
    socket.once('close', () => over.abort());
    try {
      const name = await podOf(target, wish, over.signal);
      const stream = await openPodPort(target.client, { namespace: wish.namespace, name }, wish.port, over.signal);
      worksAgain(id);
      join(socket, stream, (error) => change(id, { problem: asProblem(notTaken(wish, name, error)) }));
    } catch (error) {
      if (!over.signal.aborted) change(id, { problem: asProblem(error) });
      socket.destroy();
    }
  }
  async function close(id: string): Promise<void> {
    const open = servers.get(id);
    servers.delete(id);
    live.set(live.value.filter((each) => each.id !== id));
    if (!open) return;
    for (const socket of open.sockets) socket.destroy();
    await new Promise<void>((resolve) => open.server.close(() => resolve()));
  }
  return {
    watch: (signal) => live.watch(signal),
    async open(target, { localPort, ...wish }) {
      // It is there and has the port's Pod: said now rather than at the first connection.
      await podOf(target, wish, undefined);
      const id = randomUUID();
      const sockets = new Set<Socket>();
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined); // its close tells
        socket.once('close', () => {
          sockets.delete(socket);
          count(id);
        });
        count(id);
        void take(target, wish, id, socket);
      });
      const at = await listen(server, wish.port, localPort);
      servers.set(id, { server, sockets });
      const { kind, namespace, name, port } = wish;
      const forward: PodForward = { id, target: target.state.value.name, kind, namespace, name, port, localPort: at, connections: 0 }; // prettier-ignore
      live.set([...live.value, forward]);
      return forward;
    },
    close,
    closeAll: async () => void (await Promise.all([...servers.keys()].map(close))),
  };
}

const withoutProblem = ({ problem: _problem, ...forward }: PodForward): PodForward => forward;

/** On the port that is wished for; without a wish on the same one as in the Pod, or any. */
async function listen(server: Server, port: number, wished: number | undefined): Promise<number> {
  const tries = wished === undefined ? [...(port >= 1024 ? [port] : []), 0] : [wished];
  for (const [at, each] of tries.entries())
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(each, '127.0.0.1', () => {
          server.off('error', reject);
          resolve();
        });
      });
      return (server.address() as AddressInfo).port;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
      if (at < tries.length - 1) continue;
      const holder = (await programHolder(each, 'TCP')) ?? 'another program';
      throw new ProblemError({
        code: 'port-taken',
        title: `Port ${each} is taken`,
        detail: `TCP port ${each} is in use by ${holder}.`,
        fix: 'Choose another port, or leave it empty for a free one.',
        fields: { localPort: `In use by ${holder}.` },
      });
    }
  throw new Error('no port was tried');
}

/** A Pod that runs: it itself, or one of the workload's, one that is ready first; undefined where none does. Throws KubeError. */
export async function runningPod({ client }: Pick<OpenTarget, 'client'>, { kind, namespace, name }: WorkRef, signal?: AbortSignal): Promise<KubeObject | undefined> {
  const { items } = kind === 'Pod' ? { items: [await client.get(kinds.pods, namespace, name, signal)] } : await client.listPage(kinds.pods, namespace, {}, signal);
  const own = items.filter((pod) => {
    const owner = ownerOf(pod);
    const mine = kind === 'Pod' || (owner?.kind === kind && owner.name === name);
    return mine && pod.status?.['phase'] === 'Running' && !pod.metadata.deletionTimestamp;
  });
  return own.find(isReady) ?? own[0];
} // prettier-ignore

/** Its name. Throws `pod-not-running`. */
export async function podOf(target: OpenTarget, ref: WorkRef, signal: AbortSignal | undefined): Promise<string> {
  const found = await runningPod(target, ref, signal);
  if (found) return found.metadata.name ?? '';
  const { kind, namespace, name } = ref;
  throw new ProblemError({
    code: 'pod-not-running',
    title: `${name} does not run`,
    detail: kind === 'Pod' ? `The Pod ${namespace}/${name} is not running.` : `No Pod of ${namespace}/${name} is running.`, // prettier-ignore
    fix: 'Its page says why; the port leads there as soon as it runs.',
  });
}

const notTaken = ({ port }: { port: number }, name: string, error: Error): ProblemError =>
  new ProblemError({
    code: 'pod-port-closed',
    title: `Nothing in ${name} takes connections on port ${port}`,
    detail: error.message,
    fix: 'See in its log whether the program listens, and on which port; it must listen on 0.0.0.0 or 127.0.0.1.',
  });

/** Bytes both ways until one side is done; what the Pod says of a port that is closed goes to `failed`. */
function join(socket: Socket, stream: Duplex, failed: (error: Error) => void): void {
  let patience: NodeJS.Timeout | undefined;
  stream.on('error', failed);
  stream.pipe(socket);
  socket.pipe(stream, { end: false });
  socket.once('end', () => {
    patience = setTimeout(() => stream.destroy(), lastWordsMs);
    stream.on('data', () => patience?.refresh());
  });
  socket.once('close', () => stream.destroy());
  stream.once('close', () => {
    clearTimeout(patience);
    socket.end();
  });
}
