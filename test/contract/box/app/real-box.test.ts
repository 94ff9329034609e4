import { afterEach, expect, it } from 'vitest';
import type { BoxRow } from '../../../../main/contract/box/boxes.ts';
import { openApp } from '../../../support/boxes/app.ts';
import { startOwnBox } from '../../../support/boxes/own-box.ts';

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});
const ends = <T extends { close(): Promise<unknown> }>(made: T): T => {
  ending.push(() => made.close());
  return made;
};
const online = ({ state }: BoxRow): boolean => state === 'online';
const code = (wanted: string) => expect.objectContaining({ problem: expect.objectContaining({ code: wanted }) });

it('by the secret of a stick: found, paired, cared for, moved, left', async () => {
  const there = ends(await startOwnBox());
  const here = ends(await openApp());
  there.agent.enrolment = await here.boxes.enrolments.make({ days: 1 });
  const shown = await there.fingerprint();
  await expect
    .poll(async () => here.handlers.lookAt({ address: there.address }, here.context))
    .toMatchObject({ fingerprint: shown, enrolment: true, hello: { pairing: { secret: true, paired: false } } });
  const { id } = await here.handlers.pair({ address: there.address, fingerprint: shown }, here.context);
  const row = await here.row(id, online);
  expect(row.last).toMatchObject({ boxId: id, stage: 'setup', apps: [{ by: 'secret' }] });
  expect(there.agent.enrolment).toBeUndefined();
  expect(await here.handlers.health({ id }, here.context)).toMatchObject({ cpus: 2 });
  expect((await here.handlers.logs({ id, lines: 50 }, here.context)).lines.length).toBeGreaterThan(0);
  const saved = await here.handlers.saveLogs({ id }, here.context);
  const bundle = await here.ended(saved.taskId);
  expect([bundle.state, bundle.problem]).toEqual(['done', undefined]);
  await here.handlers.act({ id, action: { do: 'name', hostName: 'attic' } }, here.context);
  await here.row(id, ({ name }) => name === 'attic');
  await there.restart(); // at another port
  await here.row(id, ({ state }) => state === 'offline');
  await here.handlers.lookAt({ address: there.address }, here.context);
  expect((await here.row(id, online)).address).toBe(there.address);
  await here.handlers.forget({ id }, here.context);
  await expect.poll(() => there.agent.last('show')?.apps).toEqual([]);
});

it('by the code: wrong ones are counted and told, a revoked app hears so', async () => {
  const there = ends(await startOwnBox());
  const here = ends(await openApp());
  await there.shown((show) => show['code'] !== undefined);
  const digits = there.code() ?? '';
  const wrong = digits.replace(/^./, (first) => String((Number(first) + 1) % 10));
  await expect(here.handlers.pair({ address: there.address, code: wrong }, here.context)).rejects.toEqual(
    code('wrong-code'),
  );
  const { id } = await here.handlers.pair({ address: there.address, code: digits }, here.context);
  const row = await here.row(id, online);
  const me = row.last?.apps[0]?.fingerprint ?? '';
  // Its own connection may end before the answer came.
  const revoking = async () => here.handlers.act({ id, action: { do: 'revoke', fingerprint: me } }, here.context);
  await revoking().catch(() => undefined);
  await here.row(id, ({ state }) => state === 'revoked');
  await expect(here.handlers.health({ id }, here.context)).rejects.toEqual(code('box-revoked'));
});
