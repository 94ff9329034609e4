import type { Browser, CDPSession, Page as BrowserPage } from 'playwright-core';
import { launchBrowser } from '../../support/browser.ts';
import { startCrowd } from '../../support/crowd/crowd.ts';
import { startHearth, temporaryDataDir, until } from '../../support/hearth.ts';
import type { Figure } from '../figures.ts';
import { median } from '../figures.ts';
import { cpuSeconds } from '../processes.ts';

const machines = 5000;
const events = 20_000;
const seconds = (count: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, count * 1000));

/** In the page: when the list came (a long message with this in it), and when the first frame with a row of it was drawn. */
const mark = ([row, sign]: [string, string]): void => {
  const times = { data: 0, rows: 0 };
  Object.assign(globalThis, { hearthTimes: times });
  const Plain = globalThis.WebSocket;
  globalThis.WebSocket = class extends Plain {
    constructor(...of: ConstructorParameters<typeof Plain>) {
      super(...of);
      this.addEventListener('message', ({ data }) => {
        if (typeof data === 'string' && data.length > 500_000 && data.includes(sign)) times.data ||= performance.now();
      });
    }
  };
  const look = (): void => {
    if (times.data > 0 && [...document.querySelectorAll('[role=row]')].some((each) => each.textContent.includes(row)))
      times.rows = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
};

/** Milliseconds from the data to the first rows on the page. */
async function firstRows(browser: Browser, origin: string, path: string, list: [row: string, sign: string], cookie: [string, string]): Promise<{ page: BrowserPage; ms: number }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addCookies([{ name: cookie[0], value: cookie[1], url: origin }]);
  const page = await context.newPage();
  await page.addInitScript(mark, list);
  await page.goto(`${origin}/#${path}`, { waitUntil: 'commit' });
  const handle = await page.waitForFunction(() => {
    const { data, rows } = (globalThis as unknown as { hearthTimes: { data: number; rows: number } }).hearthTimes;
    return rows > 0 ? rows - data : undefined;
  }, undefined, { timeout: 60_000 });
  return { page, ms: Number(await handle.jsonValue()) };
} // prettier-ignore

/** Milliseconds between two frames in the middle and at the 95th percentile while the wheel turns for 3 s. */
async function frames(page: BrowserPage): Promise<{ middle: number; slow: number; fps: number }> {
  await page.mouse.move(700, 500);
  await page.evaluate(() => {
    const seen: number[] = [];
    Object.assign(globalThis, { hearthFrames: seen });
    const tick = (at: number): void => {
      seen.push(at);
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  const end = performance.now() + 3000;
  while (performance.now() < end) {
    const next = performance.now() + 16.7;
    await page.mouse.wheel(0, performance.now() < end - 1000 ? 240 : -240);
    await seconds(Math.max(0, next - performance.now()) / 1000);
  }
  const times = await page.evaluate(() => (globalThis as unknown as { hearthFrames: number[] }).hearthFrames);
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0)).sort((a, b) => a - b); // prettier-ignore
  const slow = gaps[Math.floor(gaps.length * 0.95)] ?? Number.NaN;
  return { middle: median(gaps), slow, fps: (gaps.length / ((times.at(-1) ?? 0) - (times[0] ?? 0))) * 1000 };
}
/** Seconds of processor that the page's main thread has worked. */
async function busy(cdp: CDPSession): Promise<number> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return metrics.find((metric) => metric.name === 'TaskDuration')?.value ?? 0;
}

/** The pages of 5,000 running machines and 20,000 events in a real Chromium, beside an empty page of the same. */
export async function measure(): Promise<Figure[]> {
  const data = temporaryDataDir();
  const crowd = await startCrowd(machines, events);
  const hearth = await startHearth(data.path);
  const browser = await launchBrowser();
  try {
    const signedIn = await hearth.page();
    await signedIn.api.settings.update({ setupDone: true });
    await signedIn.api.targets.addCluster({ path: crowd.kubeconfig, name: 'Crowd', use: true, allowExec: false });
    await until(signedIn.api.machines.watch({}), ({ uid }) => uid, (rows) => rows.size === machines, 90_000); // prettier-ignore
    const cookie = signedIn.cookie.split('=') as [string, string];
    const told = await firstRows(browser, hearth.origin, '/activity/events', ['machine-', '"lastAt"'], cookie);
    await told.page.context().close();
    const first: number[] = [];
    let page: BrowserPage | undefined;
    for (let round = 0; round < 3; round += 1) {
      await page?.context().close();
      const opened = await firstRows(browser, hearth.origin, '/machines', ['machine-0000', '"machine-0000"'], cookie);
      page = opened.page;
      first.push(opened.ms);
    }
    if (!page) throw new Error('no page');
    const empty = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    await empty.setContent('<body style="height:1000000px">');
    await empty.bringToFront();
    const bare = await frames(empty);
    await empty.context().close();
    await page.bringToFront();
    await seconds(1);
    const ours = await frames(page);
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
    await crowd.updates(100);
    await seconds(1);
    const pid = hearth.process.pid!;
    const [inPage, inBackend] = [await busy(cdp), cpuSeconds(pid)];
    await seconds(10);
    const share = { page: (await busy(cdp)) - inPage, backend: cpuSeconds(pid) - inBackend };
    await crowd.updates(0);
    signedIn.close();
    return [
      { what: `first rows of ${machines}, from the data on`, ours: median(first), unit: 'ms', better: 'lower', goal: { own: 500 }, note: 'median of 3' },
      { what: `first rows of ${events} events, from the data on`, ours: told.ms, unit: 'ms', better: 'lower', goal: { own: 500 } },
      { what: 'frames a second while scrolling', ours: ours.fps, bare: bare.fps, bareName: 'an empty page', unit: 'fps', better: 'higher', goal: { ratio: 0.9 }, note: `middle ${ours.middle.toFixed(1)} ms, 95 % under ${ours.slow.toFixed(1)} ms (empty: ${bare.slow.toFixed(1)})` },
      { what: 'page + backend: CPU at 100 changes/s', ours: (share.page + share.backend) * 10, unit: '% core', better: 'lower', goal: { own: 30 }, note: `page ${(share.page * 10).toFixed(1)}, backend ${(share.backend * 10).toFixed(1)}` },
    ]; // prettier-ignore
  } finally {
    await browser.close();
    await hearth.stop();
    await crowd.close();
    data.remove();
  }
}
