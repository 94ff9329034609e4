import { connect } from '../../main/contract/connect.ts';
import type { Contract } from '../../main/contract/contract.ts';
import { messagePort } from '../../main/contract/message-port.ts';
import { websocketPort } from '../../main/contract/websocket-port.ts';
import type { Link } from './client.ts';
import { desktop } from './desktop.ts';
import { shape } from './shape.ts';

/** Opens a link: the window's MessagePort in the desktop app, else a WebSocket to where the page came from. */
export async function dialBackend(): Promise<Link> {
  const port = desktop ? fromDesktop(await desktop.port()) : websocketPort(await openSocket());
  // `connect` reads nothing but the kinds.
  return connect(shape as unknown as Contract, port);
}

function fromDesktop(port: MessagePort) {
  return messagePort(port, (onMessage, onClose) => {
    port.addEventListener('message', (event: MessageEvent) => onMessage(event.data));
    port.addEventListener('messageerror', onClose);
    port.addEventListener('close', onClose);
  });
}

function openSocket(): Promise<WebSocket> {
  const url = new URL('rpc', document.baseURI);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.search = '';
  url.hash = '';
  return new Promise<WebSocket>((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.addEventListener('open', () => resolve(socket), { once: true });
    socket.addEventListener('error', () => reject(new Error('The backend does not answer.')), { once: true });
  }).catch(async (error: unknown) => {
    await reloadIfSignedOut();
    throw error;
  });
}

/** A refused socket does not say why; a request does. The reloaded page is the one that tells how to sign in again. */
async function reloadIfSignedOut(): Promise<void> {
  const answer = await fetch(document.baseURI.split('#')[0] ?? './', { cache: 'no-store' });
  // A box leads to its sign-in page instead.
  if (answer.status === 401 || answer.redirected) location.reload();
}
