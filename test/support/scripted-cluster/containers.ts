import { connect } from 'node:net';
import type { ServerResponse } from 'node:http';
import type { WebSocket } from 'ws';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { pick, pickList, pickText } from '../../../main/backend/target/pick.ts';
import { on } from './cluster.ts';
import type { Inner } from './cluster.ts';
import { notFound, Refusal } from './status.ts';

/** What a command in a container answers. */
export interface Ran {
  out?: string;
  err?: string;
  code: number;
}
type Listener = (line: string | undefined) => void;
interface Log {
  lines: { at: string; text: string }[];
  followers: Set<Listener>;
}
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
const bad = (message: string): Refusal => new Refusal(400, 'BadRequest', message);

/** Logs, commands and ports of containers, as the kubelet serves them (kubernetes pkg/kubelet, k8s.io/apimachinery remotecommand). */
export function containers(inner: Inner) {
  const logs = new Map<string, Log>();
  const ports = new Map<string, number>();
  /** Sizes that terminals were told, and which subprotocol was spoken. */
  const seen: { sizes: string[]; protocols: string[] } = { sizes: [], protocols: [] };
  let run: (command: string[], pod: KubeObject) => Ran = (command) => ({ out: `${command.join(' ')}\n`, code: 0 });

  const podOf = (namespace: string, name: string): KubeObject => {
    const pod = inner.store.get(on.pods, namespace, name);
    if (!pod) throw notFound('pods', name);
    return pod;
  };
  const containerOf = (pod: KubeObject, wished: string | null, what: string): { name: string; status: unknown } => {
    const names = [...pickList(pod, 'spec', 'initContainers'), ...pickList(pod, 'spec', 'containers')].map((each) => pickText(each, 'name') ?? ''); // prettier-ignore
    const { name: podName } = pod.metadata;
    if (wished === null && names.length > 1 && what === 'log')
      throw bad(`a container name must be specified for pod ${podName}, choose one of: [${names.join(' ')}]`);
    const name = wished ?? names[0] ?? '';
    if (!names.includes(name)) throw bad(`container ${name} is not valid for pod ${podName}`);
    return { name, status: pickList(pod, 'status', 'containerStatuses').find((each) => each['name'] === name) };
  };
  const logOf = (namespace: string, pod: string, container: string, previous = false): Log => {
    const key = `${namespace}/${pod}/${container}${previous ? '/previous' : ''}`;
    const log = logs.get(key) ?? { lines: [], followers: new Set<Listener>() };
    logs.set(key, log);
    return log;
  };

  function log(namespace: string, name: string, query: URLSearchParams, response: ServerResponse): void {
    const pod = podOf(namespace, name);
    const { name: container, status } = containerOf(pod, query.get('container'), 'log');
    const previous = query.get('previous') === 'true';
    if (previous && !pick(status, 'lastState', 'terminated'))
      throw bad(`previous terminated container "${container}" in pod "${name}" not found`);
    const waiting = pickText(status, 'state', 'waiting', 'reason');
    if (!previous && waiting && waiting !== 'CrashLoopBackOff')
      throw bad(`container "${container}" in pod "${name}" is waiting to start: ${waiting === 'ImagePullBackOff' ? 'trying and failing to pull image' : waiting}`); // prettier-ignore
    const held = logOf(namespace, name, container, previous);
    const tail = query.get('tailLines');
    const line = ({ at, text }: Log['lines'][number]): string => `${query.get('timestamps') === 'true' ? `${at} ` : ''}${text}\n`; // prettier-ignore
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.flushHeaders();
    for (const each of tail === null ? held.lines : held.lines.slice(-Number(tail))) response.write(line(each));
    if (query.get('follow') !== 'true') return void response.end();
    const follower: Listener = (text) => {
      if (text === undefined) response.end();
      else response.write(line({ at: new Date().toISOString(), text }));
    };
    held.followers.add(follower);
    response.once('close', () => held.followers.delete(follower));
  }

  /** Throws where the kubelet would refuse before the upgrade. */
  function check(namespace: string, name: string, query: URLSearchParams, sub: string): KubeObject {
    const pod = podOf(namespace, name);
    if (sub === 'exec') {
      if (query.getAll('command').length === 0) throw bad('you must specify at least one command for the container');
      if (query.get('tty') === 'true' && query.get('stderr') === 'true')
        throw bad('tty and stderr cannot both be true');
      if (query.get('stdout') !== 'true' && query.get('stdin') !== 'true') throw bad('you must specify at least one of stdin, stdout, stderr'); // prettier-ignore
      containerOf(pod, query.get('container'), 'exec');
    }
    return pod;
  }

  function exec(socket: WebSocket, pod: KubeObject, query: URLSearchParams): void {
    seen.protocols.push(socket.protocol);
    const send = (to: number, text: string): void => socket.send(Buffer.concat([Buffer.from([to]), Buffer.from(text)]));
    const end = (status: object): void => {
      send(channel.error, JSON.stringify({ metadata: {}, ...status }));
      socket.close(1000);
    };
    const ended = (code: number): void =>
      end(code === 0 ? { status: 'Success' } : { status: 'Failure', reason: 'NonZeroExitCode', message: `command terminated with exit code ${code}`, details: { causes: [{ reason: 'ExitCode', message: String(code) }] } }); // prettier-ignore
    const command = query.getAll('command');
    // The kubelet first sends an empty message on each output channel.
    for (const to of [channel.stdout, channel.stderr, channel.error]) socket.send(Buffer.from([to]));
    if (pod.metadata.labels?.['shell'] === 'none' && command[0] === '/bin/sh')
      return end({ status: 'Failure', reason: 'InternalError', code: 500, message: 'Internal error occurred: error executing command in container: failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: exec: "/bin/sh": stat /bin/sh: no such file or directory: unknown' }); // prettier-ignore
    if (query.get('tty') !== 'true') {
      const { out = '', err = '', code } = run(command, pod);
      if (out) send(channel.stdout, out);
      if (err) send(channel.stderr, err);
      return ended(code);
    }
    let line = '';
    let size = '';
    send(channel.stdout, `root@${pod.metadata.name}:/# `);
    socket.on('message', (data) => {
      const bytes = data as Buffer;
      const text = bytes.subarray(1).toString('utf8');
      if (bytes[0] === channel.resize) {
        const { Width, Height } = JSON.parse(text) as { Width: number; Height: number };
        size = `${Height} ${Width}`;
        return void seen.sizes.push(size);
      }
      if (bytes[0] !== channel.stdin) return;
      // A terminal echoes; whole lines are commands.
      send(channel.stdout, text.replaceAll('\r', '\r\n'));
      line += text;
      if (!line.includes('\r')) return;
      const typed = line.trim();
      line = '';
      const left = /^exit(?: (\d+))?$/.exec(typed);
      if (left) return ended(Number(left[1] ?? 0));
      send(channel.stdout, `${typed === 'stty size' ? size : `${typed}: not found`}\r\nroot@${pod.metadata.name}:/# `);
    });
  }

  /** v4.channel.k8s.io: the first message of each channel is its port; what goes wrong comes on the error channel. */
  function forward(socket: WebSocket, pod: KubeObject, port: number): void {
    const head = Buffer.from([port & 0xff, port >> 8]);
    for (const to of [0, 1]) socket.send(Buffer.concat([Buffer.from([to]), head]));
    const local = ports.get(`${pod.metadata.namespace}/${pod.metadata.name}:${port}`);
    if (local === undefined) {
      socket.send(Buffer.concat([Buffer.from([1]), Buffer.from(`error forwarding port ${port} to pod 0a1b, uid : failed to connect to localhost:${port} inside namespace "0a1b", IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused`)])); // prettier-ignore
      return;
    }
    const target = connect(local, '127.0.0.1');
    socket.on('message', (data) => {
      const bytes = data as Buffer;
      if (bytes[0] === 0) target.write(bytes.subarray(1));
    });
    target.on('data', (chunk) => socket.send(Buffer.concat([Buffer.from([0]), chunk])));
    target.on('close', () => socket.close());
    target.on('error', () => socket.close());
    socket.on('close', () => target.destroy());
  }

  return {
    log,
    check,
    exec,
    forward,
    seen,
    /** Says a line; undefined: the container ends, and with it whoever follows. */
    say(namespace: string, pod: string, container: string, text: string | undefined, previous = false): void {
      const held = logOf(namespace, pod, container, previous);
      if (text !== undefined) held.lines.push({ at: new Date().toISOString(), text });
      for (const follower of held.followers) follower(text);
    },
    /** A program in the Pod listens: what comes on the port goes to one of this computer. */
    listen: (namespace: string, pod: string, port: number, local: number): void => void ports.set(`${namespace}/${pod}:${port}`, local), // prettier-ignore
    /** What commands do that are run without a terminal. */
    runs: (how: (command: string[], pod: KubeObject) => Ran): void => void (run = how),
    /** Whether the Pod is one of the double's own programs. */
    has: (namespace: string, name: string): boolean => inner.store.get(on.pods, namespace, name) !== undefined,
  };
}
export type Containers = ReturnType<typeof containers>;
