import { MessageChannel } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { AppIdentity } from '../../../main/backend/boxes/book/identity.ts';
import { dial } from '../../../main/backend/boxes/link/dial.ts';
import { ask, askJson } from '../../../main/backend/boxes/link/request.ts';
import { makeKeyPair } from '../../../main/backend/boxes/pairing/certificate.ts';
import { createProver } from '../../../main/backend/boxes/pairing/code-pairing.ts';
import { joinByCode } from '../../../main/backend/classroom/seat/join.ts';
import { createSeatService } from '../../../main/backend/classroom/seat/service.ts';
import { seatProtocol } from '../../../main/contract/class-seat.ts';
import type { JoinedClass } from '../../../main/contract/class-seat.ts';
import type { HeldClass } from '../../../main/contract/classroom.ts';
import { connect } from '../../../main/contract/connect.ts';
import { contract } from '../../../main/contract/contract.ts';
import { messagePort } from '../../../main/contract/message-port.ts';
import { serve } from '../../../main/contract/serve.ts';
import { context, openHearth, problemOf, until } from '../../support/classroom/hearths.ts';
import type { ClassHearth } from '../../support/classroom/hearths.ts';

let teacher: ClassHearth;
let held: HeldClass;
let mallory: AppIdentity;
let other: AppIdentity;
let joined: JoinedClass;
const reach = (identity?: AppIdentity) => ({ address: `127.0.0.1:${held.port}`, pin: held.fingerprint, ...(identity && { identity }) }); // prettier-ignore
const digits = async (): Promise<string> => (await until(teacher.api.held({}, context), (now) => now?.code !== undefined))?.code?.digits ?? ''; // prettier-ignore
const identity = async (name: string): Promise<AppIdentity> => ({ ...(await makeKeyPair(name)), name });
const wrongOf = (code: string): string => `${(Number(code[0]) + 1) % 10}${code.slice(1)}`;

/** A WebSocket of whoever has that key and token; the HTTP status where it is refused. */
async function seatSocket(
  who: AppIdentity | undefined,
  token: string,
  path = '/class/seat',
): Promise<WebSocket | number> {
  // prettier-ignore
  const { socket } = await dial(reach(who));
  const ws = new WebSocket(`ws://class${path}`, { createConnection: () => socket, headers: { authorization: `Bearer ${token}` }, perMessageDeflate: false }); // prettier-ignore
  return new Promise((resolve) => {
    ws.once('open', () => resolve(ws));
    ws.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    ws.on('error', () => resolve(0));
  });
}
const opened = async (who = mallory, token = joined.token): Promise<WebSocket> => {
  const socket = await seatSocket(who, token);
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
  return socket;
};
const closed = (socket: WebSocket): Promise<number> => new Promise((resolve) => socket.once('close', resolve));
const status = async (path: string, method: 'GET' | 'POST' = 'GET'): Promise<number> => {
  const answer = await ask(reach(mallory), { path, method, token: joined.token });
  answer.close();
  return answer.status;
};

beforeAll(async () => {
  [teacher, mallory, other] = await Promise.all([openHearth(), identity('mallory'), identity('other')]);
  await teacher.api.open({ name: 'Networks', teacher: 'Ms Byron', askFirst: true, port: 0 }, context);
  held = (await teacher.held()) as HeldClass;
  joined = await joinByCode(reach(), mallory, { code: await digits(), name: 'Mallory' });
});
afterAll(() => teacher.close());

describe('a seat’s token', () => {
  test('opens its own seat, shown with its own certificate', async () => {
    (await opened()).terminate();
    expect(await seatSocket(other, joined.token)).toBe(403);
    expect(await seatSocket(undefined, joined.token)).toBe(403);
    expect(await seatSocket(mallory, 'A'.repeat(43))).toBe(403);
    expect(await seatSocket(mallory, '')).toBe(403);
  });

  test('opens nothing else: no page, no contract, no door of a box', async () => {
    for (const path of ['/', '/index.html', '/rpc', '/class', '/class/seats', '/box/hello', '/box/state', '/support/x', '/exports/x', '/upload', '/class/seat', '/class/../rpc'])
      expect([path, await status(path)]).toEqual([path, 404]);
    for (const path of ['/rpc', '/box/act', '/upload']) expect([path, await status(path, 'POST')]).toEqual([path, 404]);
    for (const path of ['/rpc', '/', '/class/seat/other', '/class/seat?seat=2']) expect([path, await seatSocket(mallory, joined.token, path)]).toEqual([path, 404]); // prettier-ignore
  }); // prettier-ignore

  test('asks the teacher for nothing over its connection', async () => {
    const socket = await opened();
    const heard: string[] = [];
    socket.on('message', (data: Buffer) => heard.push(data.toString()));
    for (const [id, path] of ['machines.watch', 'classroom.seats', 'classroom.close', 'labs.watch', 'now', 'console'].entries())
      socket.send(JSON.stringify({ t: 'open', id: id + 1000, path, input: {} }));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(heard.filter((each) => / "id":10\d\d/.test(each) || JSON.parse(each).id >= 1000)).toEqual([]);
    expect(await teacher.held()).toBeDefined();
    socket.terminate();
  }); // prettier-ignore

  test('leaves no other seat', async () => {
    const second = await joinByCode(reach(), other, { code: await digits(), name: 'Other' });
    const refused = await problemOf(askJson(reach(mallory), { method: 'POST', path: '/class/leave', token: second.token })); // prettier-ignore
    expect(refused).toMatchObject({ code: 'class-seat-unknown' });
    await askJson(reach(other), { method: 'POST', path: '/class/leave', token: second.token });
    expect(await seatSocket(other, second.token)).toBe(403);
    (await opened()).terminate();
  });
});

describe('what a seat sends', () => {
  const row = async (code: string) => (await teacher.rows((rows) => rows.some(({ problem }) => problem?.code === code))).find(({ name }) => name === 'Mallory'); // prettier-ignore

  test('a message that is too large ends the connection', async () => {
    const socket = await opened();
    socket.send('x'.repeat(600 * 1024));
    expect(await closed(socket)).toBe(1009);
  });
  test('too many messages end it, and the teacher is told', async () => {
    const socket = await opened();
    const end = closed(socket);
    for (let count = 0; count < 2000; count += 1) socket.send(JSON.stringify({ t: 'credit', id: 1, n: 1 }));
    await end;
    expect(await row('class-seat-strange')).toMatchObject({ state: expect.any(String) });
    (await opened()).terminate();
  });
  test.each([
    ['a step that is no number', { lab: { lab: 'first', step: 'x' } }],
    ['a text without end', { help: { text: 'x'.repeat(10_000), at: new Date().toISOString(), coming: false } }],
    ['no state at all', [1, 2, 3]],
  ])('%s is not shown, and it is cut off', async (_what, value) => {
    const socket = await opened();
    const end = closed(socket);
    const id = await new Promise<number>((resolve) => socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString()).id))); // prettier-ignore
    socket.send(JSON.stringify({ t: 'item', id, value }));
    await end;
    expect((await row('class-seat-strange'))?.now?.help?.text).toBeUndefined();
  });
  test('words that would move a cursor or turn the direction come as plain words', async () => {
    const socket = await opened();
    const id = await new Promise<number>((resolve) => socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString()).id))); // prettier-ignore
    socket.send(JSON.stringify({ t: 'item', id, value: { help: { text: 'a\u202eb\u001b[31mc', at: new Date().toISOString(), coming: false } } })); // prettier-ignore
    const rows = await teacher.rows((all) => all.some(({ now }) => now?.help !== undefined));
    expect(rows.find(({ now }) => now?.help)?.now?.help?.text).toBe('a b [31mc');
    socket.terminate();
  });
  test('one that drips is cut off, and others are served meanwhile', async () => {
    const { socket } = await dial(reach(mallory));
    const begun = Date.now();
    const end = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.write('GET /class/hello HTTP/1.1\r\nhost: class\r\nx: ');
    const drip = setInterval(() => socket.write('x'), 300);
    expect(await status('/class/hello')).toBe(200);
    socket.resume();
    await end;
    clearInterval(drip);
    expect(Date.now() - begun).toBeLessThan(30_000);
  });
});

describe('joining', () => {
  test('what was said once is good for nothing a second time', async () => {
    const to = reach(other);
    const prover = await createProver(await digits(), { box: held.fingerprint, app: other.fingerprint });
    const json = { name: 'Other', share: prover.share.toString('base64url') };
    const { value } = await askJson(to, { method: 'POST', path: '/class/join', json });
    const { attempt, share, confirm } = value as Record<string, string>;
    const proof = prover.answer({ share: Buffer.from(share ?? '', 'base64url'), confirm: Buffer.from(confirm ?? '', 'base64url') }); // prettier-ignore
    const say = { method: 'POST', path: '/class/join/confirm', json: { attempt, confirm: proof?.toString('base64url') } } as const; // prettier-ignore
    expect(await problemOf(askJson(reach(mallory), say))).toMatchObject({ code: 'code-attempt-gone' });
    expect(await problemOf(askJson(to, say))).toMatchObject({ code: 'code-attempt-gone' });
    expect(await problemOf(askJson(reach(), { ...say, path: '/class/join', json }))).toMatchObject({ code: 'certificate-missing' }); // prettier-ignore
  });
  test('names are plain text of a size', async () => {
    const json = { share: 'AAAA' };
    for (const name of ['', ' ', 'a\u202eb', 'a\nb', '\u001b[2J', 'x'.repeat(61)])
      expect(await problemOf(askJson(reach(other), { method: 'POST', path: '/class/join', json: { ...json, name } }))).toMatchObject({ code: 'invalid-input' }); // prettier-ignore
  });
  test('wrong codes are told to the seat alone, and many of them end the code for a while', async () => {
    const code = await digits();
    expect(await problemOf(joinByCode(reach(), other, { code: wrongOf(code), name: 'Other' }))).toMatchObject({ code: 'class-wrong-code' }); // prettier-ignore
    // Still good for the others.
    await joinByCode(reach(), other, { code, name: 'Other' });
    const prover = await createProver(wrongOf(code), { box: held.fingerprint, app: other.fingerprint });
    const json = { name: 'Other', share: prover.share.toString('base64url') };
    const tries: Awaited<ReturnType<typeof problemOf>>[] = [];
    const guess = (): ReturnType<typeof problemOf> => problemOf(askJson(reach(other), { method: 'POST', path: '/class/join', json })); // prettier-ignore
    for (let count = 0; count < 7; count += 1) tries.push(...(await Promise.all(Array.from({ length: 10 }, guess))));
    expect(tries.filter((each) => each === undefined).length).toBeGreaterThan(30);
    expect(tries.filter((each) => each?.code === 'code-wait').length).toBeGreaterThan(5);
    const now = await until(teacher.api.held({}, context), (each) => each?.code === undefined);
    expect(now?.waitUntil).toBeDefined();
    expect(await problemOf(joinByCode(reach(), other, { code, name: 'Other' }))).toMatchObject({ code: 'code-wait' });
    (await opened()).terminate();
  });
});

test('a teacher reaches nothing of a seat but its protocol', async () => {
  const seat = await openHearth();
  const service = createSeatService({ labs: seat.labs, consoles: seat.consoles } as never, { teacher: 'Ms Byron', askFirst: true }, () => undefined); // prettier-ignore
  const { port1, port2 } = new MessageChannel();
  const portOf = (port: typeof port1) =>
    messagePort(port, (onMessage, onClose) => {
      port.on('message', onMessage);
      port.on('close', onClose);
    });
  serve(seatProtocol, service.handlers, portOf(port1));
  const link = connect(contract, portOf(port2));
  for (const work of [link.api.app.info({}), link.api.labs.rewind({ lab: 'first', step: 'one' }), link.api.machines.instancetypes({}), link.api.target.kubeconfig({})])
    expect(await problemOf(work)).toMatchObject({ kind: 'denied' });
  link.close();
  service.close();
  await seat.close();
}); // prettier-ignore
