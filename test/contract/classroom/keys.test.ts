import { createServer } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { makeKeyPair } from '../../../main/backend/boxes/pairing/certificate.ts';
import type { HeldClass } from '../../../main/contract/classroom.ts';
import { context, openHearth, problemOf, until } from '../../support/classroom/hearths.ts';
import type { ClassHearth } from '../../support/classroom/hearths.ts';

// Whoever has the address of a class by now, but not its key, gets nothing of a seat.

const opened: ClassHearth[] = [];
const open = async (): Promise<ClassHearth> => {
  const hearth = await openHearth();
  opened.push(hearth);
  return hearth;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});
const hold = async (hearth: ClassHearth, port = 0): Promise<HeldClass> => {
  await hearth.api.open({ name: 'Networks', teacher: 'Ms Byron', askFirst: true, port }, context);
  return (await until(hearth.api.held({}, context), (now) => now?.code !== undefined)) as HeldClass;
};

test('another key at the address of the class is a hard stop, in words, until the class is back', async () => {
  const [teacher, ada] = await Promise.all([open(), open()]);
  const { port, code } = await hold(teacher);
  await ada.api.join({ address: `127.0.0.1:${port}`, code: code?.digits ?? '', name: 'Ada' }, context);
  await ada.seat((own) => own?.state === 'here');
  const { key, cert } = await makeKeyPair('stranger');
  let heard = 0;
  let met = 0;
  await teacher.restart(async () => {
    const stranger = createServer({ key, cert, requestCert: true, rejectUnauthorized: false }, (socket) => {
      socket.on('data', (bytes) => (heard += bytes.length));
      socket.on('error', () => undefined);
    });
    stranger.on('connection', () => (met += 1));
    await new Promise<void>((resolve) => stranger.listen(port, '127.0.0.1', resolve));
    const own = await ada.seat((seat) => seat?.state === 'changed');
    expect(own?.problem).toMatchObject({ code: 'class-key-changed', title: 'Another key answers at this address', detail: 'Nothing was sent there.', fix: expect.stringContaining('leave the class and join it again') }); // prettier-ignore
    // It goes on looking for the right one, and says nothing meanwhile.
    await expect.poll(() => met).toBeGreaterThan(2);
    expect((await ada.seat(() => true))?.state).toBe('changed');
    await ada.api.help({ text: 'Is anybody there?' }, context);
    expect(heard).toBe(0);
    await new Promise((resolve) => stranger.close(resolve));
  });
  expect(await ada.seat((own) => own?.state === 'here')).not.toHaveProperty('problem');
  await teacher.rows((rows) => rows.some(({ now }) => now?.help?.text === 'Is anybody there?'));
});

test('a teacher who lost the key is a stranger, too: leave, and join again', async () => {
  const [teacher, ada, other] = await Promise.all([open(), open(), open()]);
  const { port, code, fingerprint } = await hold(teacher);
  const address = `127.0.0.1:${port}`;
  await ada.api.join({ address, code: code?.digits ?? '', name: 'Ada' }, context);
  await ada.seat((own) => own?.state === 'here');
  await teacher.restart(async () => {
    const again = await hold(other, port);
    await ada.seat((own) => own?.state === 'changed');
    await ada.api.leave({}, context);
    const join = { address, code: again.code?.digits ?? '', name: 'Ada' };
    // To whom the former class was shown: the code is not even begun.
    expect(await problemOf(ada.api.join({ ...join, fingerprint }, context))).toMatchObject({ code: 'class-key-changed' }); // prettier-ignore
    await ada.api.join({ ...join, fingerprint: again.fingerprint }, context);
    await ada.seat((own) => own?.state === 'here');
  });
  // Its port is another one's by now: said, and the class is kept.
  expect(await teacher.held()).toMatchObject({ name: 'Networks', addresses: [], problem: { kind: 'failed' } });
});
