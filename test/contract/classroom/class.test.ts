import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HeldClass } from '../../../main/contract/classroom.ts';
import { context, labRun, openHearth, problemOf, textOf, until } from '../../support/classroom/hearths.ts';
import type { ClassHearth } from '../../support/classroom/hearths.ts';

let teacher: ClassHearth;
let ada: ClassHearth;
let ben: ClassHearth;
let held: HeldClass;
const address = (): string => `127.0.0.1:${held.port}`;
const codeNow = async (): Promise<string> => (await until(teacher.api.held({}, context), (now) => now?.code !== undefined))?.code?.digits ?? ''; // prettier-ignore
const idOf = async (name: string): Promise<string> =>
  (await teacher.rows((rows) => rows.some((row) => row.name === name))).find((row) => row.name === name)?.id ?? '';

beforeAll(async () => {
  [teacher, ada, ben] = await Promise.all([openHearth(), openHearth(), openHearth()]);
  await teacher.api.open({ name: 'Networks', teacher: 'Ms Byron', askFirst: true, port: 0 }, context);
  held = (await teacher.held()) as HeldClass;
  await ada.api.join({ address: address(), code: await codeNow(), name: 'Ada' }, context);
  await ben.api.join({ address: address(), code: await codeNow(), name: 'Ben' }, context);
  await teacher.rows((rows) => rows.length === 2 && rows.every(({ state }) => state === 'here'));
});
afterAll(() => Promise.all([teacher, ada, ben].map((each) => each.close())));

describe('a class and two seats on loopback', () => {
  test('a look tells the name, and proves nothing', async () => {
    const look = await ada.api.look({ address: address() }, context);
    expect(look).toEqual({ name: 'Networks', teacher: 'Ms Byron', open: true, fingerprint: held.fingerprint });
    expect(await ada.seat((seat) => seat?.state === 'here')).toMatchObject({ className: 'Networks', teacher: 'Ms Byron', seatName: 'Ada', askFirst: true, looking: false }); // prettier-ignore
  });

  test('progress appears within two seconds', async () => {
    ada.run.set(labRun());
    await teacher.rows((rows) => rows.some(({ now }) => now?.lab?.title === 'First lab'));
    const begun = performance.now();
    ada.run.set(labRun({ step: 1, score: { reached: 10, of: 20 } }));
    const rows = await teacher.rows((all) => all.some(({ now }) => now?.lab?.step === 1));
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(rows.find(({ name }) => name === 'Ada')?.now?.lab).toMatchObject({ lab: 'first', state: 'running', score: { reached: 10, of: 20 }, machines: [{ name: 'web', running: true }] }); // prettier-ignore
    expect(rows.find(({ name }) => name === 'Ben')?.now?.lab).toBeUndefined();
  });

  test('a wish for help comes, is answered, and is taken back', async () => {
    await ada.api.help({ text: 'The network is gone' }, context);
    await teacher.rows((rows) => rows.some(({ now }) => now?.help?.text === 'The network is gone'));
    const seat = await idOf('Ada');
    await teacher.api.tell({ seat, kind: 'coming', text: 'In a minute' }, context);
    const told = await ada.seat((own) => own?.help?.coming === true && own.messages.length === 1);
    expect(told?.messages[0]?.text).toBe('In a minute');
    await ada.api.read({ id: told?.messages[0]?.id ?? '' }, context);
    await teacher.api.tell({ seat, kind: 'helped' }, context);
    const after = await ada.seat((own) => own?.help === undefined);
    expect(after?.messages).toEqual([]);
    await teacher.rows((rows) => rows.every(({ now }) => now?.help === undefined));
  });

  test('pictures are small, come only while somebody looks, and the seat is told', async () => {
    expect(ada.looked()).toBe(0);
    const over = new AbortController();
    const pictures = teacher.api.pictures({}, { signal: over.signal });
    const first = await until(pictures, ({ pictures: some }) => some.some(({ png }) => png !== undefined));
    expect(first.seat).toBe(await idOf('Ada'));
    const png = Buffer.from(first.pictures[0]?.png ?? '', 'base64');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([320, 200]);
    over.abort();
    await ada.seat((own) => own?.looking === false);
    await expect.poll(() => ada.looked()).toBe(0);
    const again = new AbortController();
    const looking = teacher.api.pictures({}, { signal: again.signal })[Symbol.asyncIterator]();
    void looking.next();
    await ada.seat((own) => own?.looking === true);
    again.abort();
    await ada.seat((own) => own?.looking === false);
  });

  test('a console is taken over: the seat sees it, one at a time, only machines of its lab, and takes it back', async () => {
    const seat = await idOf('Ada');
    const pipe = await teacher.api.console({ seat, machine: 'web', kind: 'serial' }, context);
    await pipe.write(Buffer.from('hello'));
    expect(await until(pipe.readable, () => true).then((chunk) => Buffer.from(chunk).toString())).toBe('HELLO');
    expect(ada.calls.at(-1)).toMatch(/serial/);
    const former = await teacher.api.console({ seat, machine: 'web', kind: 'serial' }, context);
    const moved = problemOf(textOf(former, 'never'));
    const second = await teacher.api.console({ seat, machine: 'web', kind: 'screen' }, context);
    expect(await moved).toMatchObject({ code: 'class-console-moved' });
    expect((await ada.seat((own) => own?.taken?.kind === 'screen'))?.taken).toEqual({ machine: 'web', kind: 'screen' });
    const reading = problemOf(textOf(second, 'never'));
    await ada.api.takeBack({}, context);
    expect(await reading).toMatchObject({ code: 'class-taken-back' });
    await ada.seat((own) => own?.taken === undefined);
    for (const machine of ['other', '../kube-system/secret', 'web/../../x'])
      expect(await problemOf(teacher.api.console({ seat, machine, kind: 'screen' }, context))).toBeDefined();
    expect(ada.calls.filter((call) => /^(vnc|serial)/.test(call))).toEqual(['serial lab-first/web', 'serial lab-first/web', 'vnc lab-first/web']); // prettier-ignore
    expect(await problemOf(teacher.api.console({ seat: await idOf('Ben'), machine: 'web', kind: 'screen' }, context))).toMatchObject({ code: 'class-no-machine' }); // prettier-ignore
  });

  test('a checkpoint is pushed: asked first, declined, then accepted; an unknown step is refused', async () => {
    const seat = await idOf('Ada');
    expect(await problemOf(teacher.api.sendBack({ seat, lab: 'first', step: 'ten' }, context))).toMatchObject({ code: 'class-no-step' }); // prettier-ignore
    for (const accept of [false, true]) {
      expect(await teacher.api.sendBack({ seat, lab: 'first', step: 'one' }, context)).toEqual({ asked: true });
      const own = await ada.seat((each) => each?.questions.length === 1);
      expect(own?.questions[0]?.ask).toEqual({ what: 'step', lab: 'first', step: 'one', title: 'Step one' });
      expect(ada.calls).not.toContain('rewind one');
      await ada.api.answer({ id: own?.questions[0]?.id ?? '', accept }, context);
      await teacher.rows((rows) => rows.some(({ now }) => now?.asked?.state === (accept ? 'accepted' : 'declined')));
    }
    expect(ada.calls).toContain('rewind one');
    expect(ben.calls).not.toContain('rewind one');
  });

  test('a lab is sent, and kept when the person there says so', async () => {
    await teacher.api.sendLab({ seat: await idOf('Ben'), lab: 'sent' }, context);
    const own = await ben.seat((each) => each?.questions.length === 1);
    expect(own?.questions[0]?.ask).toMatchObject({ what: 'lab', name: 'sent', title: 'Sent', steps: 2 });
    expect(await ben.api.answer({ id: own?.questions[0]?.id ?? '', accept: true }, context)).toEqual({ lab: 'sent' });
    expect(ben.calls).toEqual(['keep token']);
  });

  test('both sides come back after a restart, without a code', async () => {
    await teacher.api.code({ show: false }, context);
    await ada.restart();
    await ada.seat((own) => own?.state === 'here');
    await teacher.restart();
    await teacher.rows((rows) => rows.length === 2 && rows.every(({ state }) => state === 'here'));
    expect(await teacher.held()).toMatchObject({ name: 'Networks', port: held.port, fingerprint: held.fingerprint });
    await ada.seat((own) => own?.state === 'here');
    expect((await teacher.held())?.code).toBeUndefined();
    await teacher.rows((rows) => rows.some(({ now }) => now?.lab?.step === 1));
  });

  test('a seat that was removed is out, and cannot come back by its token', async () => {
    await teacher.api.remove({ seat: await idOf('Ben') }, context);
    expect(await ben.seat((own) => own?.state === 'over')).toMatchObject({ problem: { code: 'class-removed' } });
    await teacher.rows((rows) => rows.length === 1);
    await ben.restart();
    expect(await ben.seat(() => true)).toBeUndefined();
  });

  test('the end of the class is told, and nobody answers there any more', async () => {
    await teacher.api.close({}, context);
    expect(await ada.seat((own) => own?.state === 'over')).toMatchObject({ problem: { code: 'class-ended' } });
    expect(await teacher.held()).toBeUndefined();
    expect(await problemOf(ada.api.look({ address: address() }, context))).toMatchObject({ code: 'class-unreachable' });
    await ada.api.leave({}, context);
    expect(await ada.seat(() => true)).toBeUndefined();
  });
});
