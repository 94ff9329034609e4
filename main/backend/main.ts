import { messagePort } from '../contract/message-port.ts';
import type { MessagePortShape } from '../contract/message-port.ts';
import { asProblem } from '../contract/problem.ts';
import { keepCode } from './keep-code.ts';
import { keepSmall } from './keep-small.ts';

/** The port that Electron gives a utility process: an emitter, unlike a page's. */
interface ElectronPort extends MessagePortShape {
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
  on(event: 'close', listener: () => void): void;
}
interface ParentPort {
  on(event: 'message', listener: (event: { data: unknown; ports: ElectronPort[] }) => void): void;
}
const parent = (process as unknown as { parentPort?: ParentPort }).parentPort;
if (!parent) {
  process.stderr.write('This is the backend of the desktop app; without it, run `hearth serve`.\n');
  process.exit(2);
}

// Ports may come before we are ready: pages wait on theirs until then.
keepSmall();
keepCode();
const starting = Promise.all([import('./start.ts'), import('./paths.ts')]).then(([{ startBackend }, paths]) =>
  startBackend({ dataDir: paths.defaultDataDir() }),
);
starting.catch((error: unknown) => {
  process.stderr.write(`${JSON.stringify(asProblem(error))}\n`);
  process.exit(1);
});
const stop = async (): Promise<void> => {
  await (await starting).close();
  process.exit(0);
};
parent.on('message', ({ data, ports: [port] }) => {
  const { type } = data as { type?: unknown };
  if (type === 'stop') void stop();
  if (type !== 'page' || !port) return;
  const page = messagePort(port, (onMessage, onClose) => {
    port.on('message', (event) => onMessage(event.data));
    port.on('close', onClose);
  });
  void starting.then((backend) => backend.attach(page, 'desktop'));
});
process.on('SIGTERM', () => void stop());
