import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTcp } from 'node:net';
import type { AddressInfo, Server as TcpServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { look } from '../../../../main/backend/labs/checks/look.ts';
import type { Look } from '../../../../main/backend/labs/checks/look-types.ts';
import type { Probe } from '../../../../main/contract/labs/checks.ts';
import { labTarget, object, probe, running } from '../../../support/labs/lab-target.ts';
import type { LabTarget } from '../../../support/labs/lab-target.ts';

let lab: LabTarget;
const servers: (Server | TcpServer)[] = [];
const listening = async <T extends Server | TcpServer>(server: T): Promise<number> => {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};
const page = (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> =>
  listening(createServer(answer));
let web: number;
let other: number;
let rude: number;
let asked: IncomingMessage | undefined;
beforeAll(async () => {
  lab = await labTarget();
  web = await page((request, response) => {
    asked = request;
    if (request.url === '/away') response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    else if (request.url === '/large') response.end('x'.repeat(2_000_000));
    else if (request.url === '/never') response.flushHeaders();
    else response.end('Hello from web\n');
  });
  other = await page((_request, response) => response.end('Hello from other\n'));
  rude = await listening(createTcp((socket) => socket.end('220 mail ready\r\n')));
});
afterAll(async () => {
  for (const server of servers) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  }
  await lab.close();
});
beforeEach(() => {
  lab.answers.clear();
  lab.requests.length = 0;
  lab.ports.clear();
  lab.ports.set('web:80', web).set('web2:80', other).set('web:8080', other);
  lab.objects = [
    ...running('web', { labels: { app: 'shop' } }),
    ...running('web2', { labels: { app: 'shop' } }),
    object('VirtualMachine', 'off'),
    object('Service', 'shop', { spec: { selector: { app: 'shop' }, ports: [{ port: 8000, targetPort: 80 }] } }),
    object('Service', 'lost', { spec: { selector: { app: 'nothing' }, ports: [{ port: 80 }] } }),
    object('Service', 'named', { spec: { selector: { app: 'shop' }, ports: [{ port: 80, targetPort: 'www' }] } }),
  ];
});
const seeing = (written: Parameters<typeof probe>[0], timeout = '5s'): Promise<Look> =>
  look(probe(written), lab.context, { timeout, signal: new AbortController().signal });
const see = (http: Partial<NonNullable<Probe['http']>>, timeout?: string): Promise<Look> => seeing({ http }, timeout);

describe('the http probe', () => {
  it('is true for the answer of a machine, reached through the target', async () => {
    expect(await see({ machine: 'web', port: 80, contains: 'from web' })).toEqual({ passed: true });
    expect(asked?.headers.host).toBe('web');
    expect(await see({ machine: 'web', port: 8080, matches: '^Hello from \\w+$' })).toEqual({ passed: true });
    expect(await see({ machine: 'web', port: 80, path: '/away', status: 302 })).toEqual({ passed: true });
    expect(await see({ machine: 'web', port: 80, path: '/large' })).toEqual({ passed: true });
  });
  it('asks what is behind a service in turn', async () => {
    expect(await see({ service: 'shop', port: 8000, times: 4, distinct: 2 })).toEqual({ passed: true });
    expect(await see({ machine: 'web', port: 80, times: 3, distinct: 2 })).toEqual({ passed: false, told: '3 answers were of 1 kind; 2 different ones have to come.' }); // prettier-ignore
    lab.ports.set('web2:80', 'cut');
    expect(await see({ service: 'shop', port: 8000, times: 2 })).toEqual({ passed: false, told: 'Port 8000 of the service shop (web2) gives no answer over HTTP: the connection was closed.' }); // prettier-ignore
  });
  it('follows no redirects, and so never leaves the lab', async () => {
    expect(await see({ machine: 'web', port: 80, path: '/away' })).toEqual({ passed: false, told: 'Port 80 of web answers 302 instead of 200.' }); // prettier-ignore
  });
  it.each<[Partial<NonNullable<Probe['http']>>, string]>([
    [{ machine: 'off', port: 80 }, 'off is off: start it.'],
    [{ machine: 'nobody', port: 80 }, 'There is no machine nobody.'],
    [{ machine: 'web', port: 80, contains: 'Goodbye' }, 'The answer of port 80 of web has no “Goodbye”. It ends with “Hello from web”.'],
    [{ machine: 'web', port: 80, status: 404 }, 'Port 80 of web answers 200 instead of 404: “Hello from web”.'],
    [{ service: 'nothing', port: 80 }, 'There is no service nothing yet.'],
    [{ service: 'shop', port: 81 }, 'The service shop has no port 81.'],
    [{ service: 'lost', port: 80 }, 'No machine that runs is behind the service lost: look at its selector and at their labels.'],
    [{ service: 'named', port: 80 }, 'No machine that runs is behind the service named: look at its selector and at their labels.'],
    [{ port: 80 }, 'The check names neither a machine nor a service.'],
  ])('is false, and says what there is instead: %j', async (http, told) => {
    expect(await see(http)).toEqual({ passed: false, told });
  }); // prettier-ignore
  it('says what speaks there, and that nobody does', async () => {
    lab.ports.set('web:25', rude).set('web:81', { code: 500, text: 'Internal error occurred: dialing VM: dial tcp 10.0.2.2:81: connect: connection refused' }); // prettier-ignore
    expect(await see({ machine: 'web', port: 25 })).toMatchObject({ passed: false, told: expect.stringContaining('no HTTP') as string }); // prettier-ignore
    expect(await see({ machine: 'web', port: 81 })).toEqual({ passed: false, told: 'Port 81 of web gives no answer over HTTP: it is closed.' }); // prettier-ignore
    expect(await see({ machine: 'web', port: 80, path: '/never' }, '300ms')).toEqual({ passed: false, told: 'There was no answer within 300 ms.' }); // prettier-ignore
  });
  it('cannot look without the right, and says so', async () => {
    lab.ports.set('web:80', { code: 403, text: 'virtualmachineinstances/portforward is forbidden' });
    expect(await see({ machine: 'web', port: 80 })).toEqual({ passed: false, trouble: true, told: 'The target does not allow this: virtualmachineinstances/portforward is forbidden' }); // prettier-ignore
  });
});

describe('the tcp probe', () => {
  const tcp = (tcp: Partial<NonNullable<Probe['tcp']>>, timeout?: string): Promise<Look> => seeing({ tcp }, timeout);
  it('is true for a port that takes a connection, and with `open: false` for one that does not', async () => {
    expect(await tcp({ machine: 'web', port: 80 })).toEqual({ passed: true });
    lab.ports.set('web:23', 'cut').set('web:24', 'silent');
    expect(await tcp({ machine: 'web', port: 23, open: false })).toEqual({ passed: true });
    expect(await tcp({ machine: 'web', port: 24 })).toEqual({ passed: true });
    expect(await tcp({ service: 'shop', port: 8000 })).toEqual({ passed: true });
  });
  it('is false the other way round, and for a machine that is off', async () => {
    lab.ports.set('web:23', 'cut').set('web:24', { code: 500, text: 'dialing VM: dial tcp: i/o timeout' });
    expect(await tcp({ machine: 'web', port: 23 })).toEqual({ passed: false, told: 'Port 23 of web takes no connection: it is closed.' }); // prettier-ignore
    expect(await tcp({ machine: 'web', port: 24 })).toEqual({ passed: false, told: 'Port 24 of web takes no connection: nobody answers there.' }); // prettier-ignore
    expect(await tcp({ machine: 'web', port: 80, open: false })).toEqual({ passed: false, told: 'Port 80 of web still takes connections.' }); // prettier-ignore
    expect(await tcp({ machine: 'off', port: 80, open: false })).toEqual({ passed: false, told: 'off is off: start it.' }); // prettier-ignore
    lab.ports.set('web2:80', 'cut');
    expect(await tcp({ service: 'shop', port: 8000 })).toEqual({ passed: false, told: 'Port 8000 of the service shop (web2) takes no connection: it is closed.' }); // prettier-ignore
  });
  it('cannot look at a machine that has no way in, and says so', async () => {
    lab.ports.set('web:80', { code: 400, text: 'The machine has no interface on the pod network, so no port can be forwarded to it.' }); // prettier-ignore
    expect(await tcp({ machine: 'web', port: 80 })).toMatchObject({ trouble: true, told: expect.stringContaining('no interface on the pod network') as string }); // prettier-ignore
  });
});
