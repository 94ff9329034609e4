import type { WebSocket } from 'ws';
import { mode } from '../mode.ts';
import type { Store } from '../store.ts';

const instances = { group: 'kubevirt.io', plural: 'virtualmachineinstances' };

/** The serial console of a machine: says what the proof's guest says, or what the mode file tells, every second. */
export function openConsole(store: Store, segments: readonly string[], socket: WebSocket): void {
  const at = segments.indexOf('namespaces');
  const machine = store.get(instances, segments[at + 1], segments[at + 3] ?? '');
  if (machine?.status?.['phase'] !== 'Running') {
    socket.close(1011, 'the machine does not run');
    return;
  }
  const say = (): void => {
    const text = mode().console ?? 'HEARTH SMOKE OK\r\n';
    if (socket.readyState === socket.OPEN && text) socket.send(Buffer.from(text));
  };
  say();
  const timer = setInterval(say, 1000);
  socket.on('message', (data: Buffer) => socket.send(data));
  socket.once('close', () => clearInterval(timer));
}
