import { EventEmitter } from 'node:events';

/** Loaded before the backend in a process of the double: `process.parentPort` and its ports, over Node's own IPC. */
class ChildPort extends EventEmitter {
  readonly #id: number;
  constructor(id: number) {
    super();
    this.#id = id;
  }
  postMessage(data: unknown): void {
    process.send?.({ port: this.#id, data });
  }
  start(): void {
    // It was never stopped.
  }
  close(): void {
    process.send?.({ port: this.#id, closed: true });
  }
}

const parentPort = new EventEmitter();
const ports = new Map<number, ChildPort>();
Object.assign(process, { parentPort });
process.on('message', (message: { port?: number; data?: unknown; ports?: number[]; closed?: boolean }) => {
  if (message.port !== undefined) {
    const port = ports.get(message.port);
    if (message.closed) ports.delete(message.port);
    if (message.closed) port?.emit('close');
    else port?.emit('message', { data: message.data });
    return;
  }
  const given = (message.ports ?? []).map((id) => {
    const port = new ChildPort(id);
    ports.set(id, port);
    return port;
  });
  parentPort.emit('message', { data: message.data, ports: given });
});
// Electron's utility processes end with it.
process.on('disconnect', () => process.exit(1));
