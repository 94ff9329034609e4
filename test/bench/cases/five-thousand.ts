import type { CDPSession, Page as BrowserPage } from 'playwright-core';
import { launchBrowser } from '../../support/browser.ts';
import { startHearth, temporaryDataDir } from '../../support/hearth.ts';
import type { Kube } from '../../support/kube.ts';
import { kubeOf } from '../../support/kube.ts';
import type { Figure } from '../figures.ts';
import { median } from '../figures.ts';

const count = 5000;
const path = '/apis/kubevirt.io/v1/namespaces/default/virtualmachines';
const virtualMachine = (index: number) => ({
  apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name: `vm-${String(index).padStart(4, '0')}`, labels: { app: 'bench' } },
  spec: {
    runStrategy: 'Halted',
    template: { spec: { domain: { cpu: { cores: 1 }, memory: { guest: '128Mi' }, devices: { disks: [{ name: 'root', disk: { bus: 'virtio' } }] } }, volumes: [{ name: 'root', emptyDisk: { capacity: '1Gi' } }] } },
  },
}); // prettier-ignore

async function createAll(kube: Kube): Promise<number> {
  const started = performance.now();
  for (let index = 0; index < count; index += 20)
    await Promise.all(
      Array.from({ length: 20 }, (_, offset) => kube.request('POST', path, virtualMachine(index + offset))),
    );
  return performance.now() - started;
}

/** Cold page to the first frame with a machine's row. */
async function firstRow(page: BrowserPage, origin: string): Promise<number> {
  await page.goto('about:blank');
  const started = performance.now();
  await page.goto(`${origin}/#/machines`, { waitUntil: 'commit' });
  await page
    .getByRole('row', { name: /vm-0000/ })
    .first()
    .waitFor({ timeout: 60_000 });
  return performance.now() - started;
}

async function taskSeconds(cdp: CDPSession): Promise<number> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return metrics.find((metric) => metric.name === 'TaskDuration')?.value ?? 0;
}

/** Frames a second and the share of frames over 33 ms while the wheel turns for 3 s; peers' method. */
async function scroll(page: BrowserPage): Promise<{ fps: number; wheels: number }> {
  await page.mouse.move(720, 500);
  await page.evaluate(() => {
    const frames: number[] = [];
    Object.assign(globalThis, { hearthFrames: frames });
    const tick = (at: number): void => {
      frames.push(at);
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  let wheels = 0;
  const end = performance.now() + 3000;
  while (performance.now() < end) {
    const next = performance.now() + 16.7;
    await page.mouse.wheel(0, performance.now() < end - 1000 ? 200 : -200);
    wheels += 1;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
  }
  const frames = await page.evaluate(() => (globalThis as unknown as { hearthFrames: number[] }).hearthFrames);
  const span = ((frames.at(-1) ?? 0) - (frames[0] ?? 0)) / 1000;
  return { fps: (frames.length - 1) / span, wheels };
}

/** 5,000 VirtualMachines through the API and in the page, by the method the peers were measured with. */
export async function measure(): Promise<Figure[]> {
  const data = temporaryDataDir();
  const hearth = await startHearth(data.path);
  const browser = await launchBrowser();
  try {
    const kube = kubeOf(hearth.kubeconfig);
    const createMs = await createAll(kube);
    const lists: number[] = [];
    for (let run = 0; run < 5; run += 1) {
      const started = performance.now();
      const { items } = await kube.request('GET', path);
      if (items?.length !== count) throw new Error(`${items?.length} listed`);
      lists.push(performance.now() - started);
    }
    const signedIn = await hearth.page();
    const [name, value] = signedIn.cookie.split('=') as [string, string];
    const firsts: number[] = [];
    let page: BrowserPage | undefined;
    for (let run = 0; run < 4; run += 1) {
      await page?.context().close();
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
      await context.addCookies([{ name, value, url: hearth.origin }]);
      page = await context.newPage();
      await signedIn.api.settings.update({ setupDone: true });
      firsts.push(await firstRow(page, hearth.origin));
    }
    if (!page) throw new Error('no page');
    const elements = await page.evaluate(() => document.querySelectorAll('*').length);
    const { fps, wheels } = await scroll(page);
    const elementsAfter = await page.evaluate(() => document.querySelectorAll('*').length);
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Performance.enable');
    let stop = false;
    let updates = 0;
    const updating = (async () => {
      for (let cores = 1; !stop; cores = 3 - cores) {
        const next = performance.now() + 100;
        const change = { spec: { template: { spec: { domain: { cpu: { cores } } } } } };
        await Promise.all(Array.from({ length: 10 }, () => {
          updates += 1;
          const index = Math.floor(Math.random() * count);
          return kube.request('PATCH', `${path}/${virtualMachine(index).metadata.name}`, change, 'application/merge-patch+json');
        })); // prettier-ignore
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const [busyFrom, at, updatesFrom] = [await taskSeconds(cdp), performance.now(), updates];
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    const elapsed = (performance.now() - at) / 1000;
    const busy = (((await taskSeconds(cdp)) - busyFrom) / elapsed) * 100;
    const updateRate = (updates - updatesFrom) / elapsed;
    stop = true;
    await updating;
    signedIn.close();
    return [
      { what: `create ${count} VirtualMachines by POST`, ours: createMs / count, unit: 'ms each', better: 'lower' },
      { what: `list ${count} through the API, whole JSON`, ours: median(lists), unit: 'ms', better: 'lower' },
      {
        what: 'page: cold to first row',
        ours: median(firsts.slice(1)),
        bare: 2154,
        bareName: 'Headlamp (15 rows, published)',
        unit: 'ms',
        better: 'lower',
        goal: { own: 1200 },
        note: 'median of 3',
      },
      {
        what: 'page: DOM elements',
        ours: Math.max(elements, elementsAfter),
        bare: 704,
        bareName: 'Headlamp (15 rows)',
        unit: '',
        better: 'lower',
        goal: { own: 1500 },
      },
      {
        what: 'page: frames a second while scrolling',
        ours: fps,
        bare: 49.8,
        bareName: 'kubevirt-manager',
        unit: 'fps',
        better: 'higher',
        goal: { own: 58 },
        note: `${wheels} of 180 wheel events handled`,
      },
      {
        what: `page: busy at ${updateRate.toFixed(0)} updates/s`,
        ours: busy,
        bare: 94,
        bareName: 'Headlamp',
        unit: '%',
        better: 'lower',
        goal: { own: 15 },
      },
    ];
  } finally {
    await browser.close();
    await hearth.stop();
    data.remove();
  }
}
