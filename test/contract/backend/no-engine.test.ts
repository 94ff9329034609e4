import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Hearth } from '../../support/hearth.ts';
import { startHearth, temporaryDataDir } from '../../support/hearth.ts';

const data = temporaryDataDir();
let hearth: Hearth | undefined;
afterAll(async () => {
  await hearth?.stop();
  data.remove();
});

test('an engine that cannot start: pages come up, say why, and nothing waits for ever', async () => {
  writeFileSync(join(data.path, 'engine'), 'a file where the folder should be');
  hearth = await startHearth(data.path);
  const page = await hearth.page();
  const { api } = page;
  let said: unknown;
  for await (const target of api.target.watch({})) {
    said = target;
    if (target.state === 'lost') break;
  }
  expect(said).toMatchObject({ state: 'lost', problem: { code: 'engine-failed' } });
  expect(JSON.stringify(said)).toContain('EEXIST');
  const refusal = await api.images.buildStarter({}).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(ProblemError);
  expect((refusal as ProblemError).problem.code).toBe('engine-failed');
  page.close();
});
