import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lateClassroom } from '../../../main/backend/late-classroom.ts';
import type { HeldClass } from '../../../main/contract/classroom.ts';
import { silentLog } from '../../support/boxes/silent-log.ts';
import { context, openHearth, until } from '../../support/classroom/hearths.ts';

test('every page asks for the seat, and that makes nothing until there is one; then they all hear of it', async () => {
  const root = mkdtempSync(join(tmpdir(), 'hearth-class-'));
  const ending: (() => Promise<unknown> | void)[] = [];
  const teacher = await openHearth();
  const { labs, consoles } = teacher;
  const parts = { paths: { root }, version: '1.0.0', acting: () => ({ labs, consoles }), ending, log: silentLog };
  const late = lateClassroom(parts as unknown as Parameters<typeof lateClassroom>[0]);
  const { handlers } = late;
  try {
    await late.goOn();
    const over = new AbortController();
    const page = handlers.seat({}, { signal: over.signal } as never);
    const iterator = page[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ done: false, value: undefined });
    const left = new AbortController();
    const closed = handlers.seat({}, { signal: left.signal } as never)[Symbol.asyncIterator]();
    await closed.next();
    left.abort();
    expect(await closed.next()).toEqual({ done: true, value: undefined });
    expect(existsSync(join(root, 'classroom'))).toBe(false);
    await teacher.api.open({ name: 'Networks', teacher: 'Ms Byron', askFirst: true, port: 0 }, context);
    const { port, code } = (await until(teacher.api.held({}, context), (now) => now?.code !== undefined)) as HeldClass;
    await handlers.join({ address: `127.0.0.1:${port}`, code: code?.digits ?? '', name: 'Ada' }, context as never);
    const here = await until({ [Symbol.asyncIterator]: () => iterator }, (own) => own?.state === 'here');
    expect(here).toMatchObject({ className: 'Networks', seatName: 'Ada' });
    over.abort();
    await handlers.leave({}, context as never);
  } finally {
    for (const end of ending) await end();
    await teacher.close();
    rmSync(root, { recursive: true, force: true });
  }
});
