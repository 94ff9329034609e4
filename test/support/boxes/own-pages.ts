import { request } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { WebSocket } from 'ws';
import type { Port } from '../../../main/contract/port.ts';
import { websocketPort } from '../../../main/contract/websocket-port.ts';

// What a browser says to the pages of a box, said by hand. `address`: host:port.

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}
export interface Asking {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** From this address of ours. */
  from?: string;
  /** The cable is pulled after so many bytes of the body; rejects then. */
  cutAfter?: number;
}

export const askPages = (address: string, path: string, { method = 'GET', headers = {}, body, from, cutAfter }: Asking = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const [host, port] = address.split(':');
    const to = { host, port, path, method, headers: { host: address, ...headers }, ...(from !== undefined && { localAddress: from }) };
    const sent = request({ ...to, rejectUnauthorized: false, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    sent.on('error', reject);
    if (cutAfter === undefined || typeof body !== 'object') sent.end(body);
    else sent.write(body.subarray(0, cutAfter), () => setTimeout(() => sent.destroy(new Error('cut')), 100));
  }); // prettier-ignore

/** The form of the sign-in page. */
export const sendForm = (address: string, fields: Record<string, string>, from?: string): Promise<Answer> =>
  askPages(address, '/sign-in', {
    method: 'POST',
    headers: { origin: `https://${address}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
    ...(from !== undefined && { from }),
  });
export const cookieOf = (answer: Answer): string => answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';

/** The socket of a page that is signed in. */
export async function portOfPage(address: string, cookie: string): Promise<Port> {
  const headers = { cookie, origin: `https://${address}` };
  const socket = new WebSocket(`wss://${address}/rpc`, { rejectUnauthorized: false, headers });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return websocketPort(socket);
}
