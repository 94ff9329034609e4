import { startCrowd } from '../../support/crowd/crowd.ts';
import { openPage, startHearth, temporaryDataDir, until } from '../../support/hearth.ts';
import type { Hearth, Page } from '../../support/hearth.ts';
import { openLink } from '../../support/slow-link.ts';
import type { Link } from '../../support/slow-link.ts';
import type { Figure } from '../figures.ts';
import { median } from '../figures.ts';

const machines = 500;
const delayMs = 100;
const loss = 0.01;

interface Seen {
  /** Milliseconds until a page that is opened has all rows. */
  list: number;
  /** Until a call is answered. */
  call: number;
  /** From a change on to its row. */
  change: number;
  /** From the moment the line is whole again after a cut on to the rows. */
  back: number;
}

/** What a page has over this line. */
async function over(link: Link, hearth: Hearth, cookie: string, change: (name: string) => Promise<void>): Promise<Seen> {
  const open = (): Promise<Page> => openPage(hearth.origin, cookie, link.port);
  const listed = async (page: Page): Promise<void> => {
    await until(page.api.machines.watch({}), ({ uid }) => uid, (rows) => rows.size === machines, 60_000);
  };
  const begun = performance.now();
  const page = await open();
  await listed(page);
  const list = performance.now() - begun;
  const calls: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    const asked = performance.now();
    await page.api.app.info({});
    calls.push(performance.now() - asked);
  }
  const changes: number[] = [];
  const stop = new AbortController();
  const told = new Map<string, number>();
  const follow = async (): Promise<void> => {
    for await (const update of page.api.machines.watch({}, { signal: stop.signal }))
      if (update.type === 'delta') for (const row of update.upserted) told.set(row.name, performance.now());
  };
  const following = follow().catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  for (let round = 0; round < 8; round += 1) {
    const name = `machine-${String(round * 7).padStart(4, '0')}`;
    told.delete(name);
    const asked = performance.now();
    await change(name);
    while (!told.has(name) && performance.now() - asked < 10_000) await new Promise((resolve) => setTimeout(resolve, 2));
    changes.push((told.get(name) ?? Number.NaN) - asked);
  }
  stop.abort();
  await following;
  const backs: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    link.cut();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await link.mend();
    const asked = performance.now();
    const again = await open();
    await listed(again);
    backs.push(performance.now() - asked);
    again.close();
  }
  page.close();
  return { list, call: median(calls), change: median(changes), back: median(backs) };
} // prettier-ignore

/** A page over a line of 100 ms each way that loses 1 % of its packets, beside the same page over the same line without delay or loss. */
export async function measure(): Promise<Figure[]> {
  const data = temporaryDataDir();
  const crowd = await startCrowd(machines, 100);
  const hearth = await startHearth(data.path);
  const port = Number(new URL(hearth.origin).port);
  const direct = await openLink(port);
  const slow = await openLink(port, { delayMs, loss });
  try {
    const page = await hearth.page();
    await page.api.targets.addCluster({ path: crowd.kubeconfig, name: 'Crowd', use: true, allowExec: false });
    await until(page.api.machines.watch({}), ({ uid }) => uid, (rows) => rows.size === machines, 60_000); // prettier-ignore
    const change = (name: string): Promise<void> => crowd.change(name);
    const bare = await over(direct, hearth, page.cookie, change);
    const ours = await over(slow, hearth, page.cookie, change);
    page.close();
    const rows: [keyof Seen, string, number | undefined][] = [
      ['list', `${machines} machines on a page that opens`, 3000],
      ['call', 'a call is answered', 2.5 * delayMs],
      ['change', 'a change is on the page', undefined],
      ['back', 'rows again after the line was cut', 3000],
    ];
    return rows.map(([field, what, own]) => ({
      what,
      ours: ours[field],
      bare: bare[field],
      bareName: 'the line without delay and loss',
      unit: 'ms',
      better: 'lower',
      ...(own !== undefined && { goal: { own } }),
      note: `${delayMs} ms each way, ${loss * 100} % lost`,
    }));
  } finally {
    await Promise.all([direct.close(), slow.close()]);
    await hearth.stop();
    await crowd.close();
    data.remove();
  }
}
