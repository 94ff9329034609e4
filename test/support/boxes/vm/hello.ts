import { createHash } from 'node:crypto';
import { connect } from 'node:tls';
import { setTimeout as wait } from 'node:timers/promises';
import type { BoxHello } from '../../../../main/contract/box/state.ts';

/** `GET /box/hello` of a box whose 8443 is at this port of 127.0.0.1, with the fingerprint of the certificate that answered. */
export function hello(port: number): Promise<{ body: BoxHello; fingerprint: string }> {
  return new Promise((resolve, reject) => {
    // Nothing is trusted here: who it is, the test compares.
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    let text = '';
    let fingerprint = '';
    socket.setTimeout(30_000, () => socket.destroy(new Error('no answer in 30 s')));
    socket.once('secureConnect', () => {
      fingerprint = createHash('sha256').update(socket.getPeerCertificate().raw).digest('hex');
      socket.write(`GET /box/hello HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
    });
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.once('error', reject);
    socket.once('close', () => {
      const body = /\{[\s\S]*\}/.exec(text)?.[0];
      if (!text.startsWith('HTTP/1.1 200') || !body) reject(new Error(`no hello: ${text.slice(0, 500)}`));
      else resolve({ body: JSON.parse(body) as BoxHello, fingerprint });
    });
  });
}

/** The same, asked until it answers. */
export async function helloOf(port: number, timeoutMs: number): Promise<BoxHello> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    try {
      return (await hello(port)).body;
    } catch (error) {
      if (Date.now() > until) throw error;
      await wait(500);
    }
  }
}
