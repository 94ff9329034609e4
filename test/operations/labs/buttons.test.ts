import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Api } from '../../../main/contract/contract.ts';
import type { LabRun } from '../../../main/contract/labs/run.ts';
import { taskDone } from '../../e2e/support/guest.ts';
import { Lab } from '../../e2e/support/lab.ts';
import { until } from '../../support/operations/lab.ts';

// Each "do it for me" of a lab is pressed on its page, on real guests: what a learner who presses everything meets.

let lab: Lab;
let api: Api;
let page: Page;
beforeAll(async () => {
  lab = await Lab.start();
  api = await lab.api();
  await api.settings.update({ setupDone: true });
  page = await lab.open('/labs');
}, 240_000);
afterAll(() => lab?.end(), 60_000);

/** Milliseconds that one button, and one step's checks, may take on a busy computer. */
const patience = 300_000;
const pane = (): Locator => page.locator('[data-pane=steps]');

it.each(['publish', 'snapshots', 'networks'])('%s', { timeout: 1_500_000 }, async (name) => {
  const run = async (fits: (run: LabRun) => boolean): Promise<LabRun> => {
    const found = await until(api.labs.run({ lab: name }), (now) => now !== undefined && fits(now));
    if (!found) throw new Error(`${name} is over`);
    return found;
  };
  await taskDone(api, (await api.labs.start({ lab: name })).taskId);
  await page.goto(`${page.url().replace(/#.*$/, '')}#/labs/${name}`);
  const { steps } = await run(({ state }) => state === 'running');
  let pressed = 0;
  for (const [at, { id, title }] of steps.entries()) {
    const { steps: now } = await run((each) => each.step === at && each.steps[at]?.state === 'open' && each.taskId === undefined); // prettier-ignore
    await page.getByRole('heading', { level: 2, name: title, exact: true }).waitFor();
    for (const { kind, title: words } of now[at]?.blocks ?? []) {
      if (kind === 'show') continue; // typed into a console that somebody is logged in at
      const done = pane()
        .getByRole('status')
        .filter({ hasText: /^Done$/ });
      const before = await done.count();
      await pane().getByRole('button', { name: words, exact: true }).press('Enter');
      await expect.poll(async () => (await pane().getByRole('alert').allInnerTexts()).join() || (await done.count()), { timeout: patience }).toBe(before + 1); // prettier-ignore
      pressed += 1;
    }
    // What a button leaves to the learner's own hands, the script does.
    await taskDone(api, (await api.labs.solve({ lab: name, step: id })).taskId);
    const next = page.getByRole('button', { name: /^(Next step|Finish)$/ });
    await next.waitFor({ timeout: patience });
    await next.press('Enter');
  }
  expect(await run(({ state }) => state === 'finished')).toMatchObject({ state: 'finished' });
  expect(pressed).toBeGreaterThan(1);
  await taskDone(api, (await api.labs.end({ lab: name })).taskId);
});
