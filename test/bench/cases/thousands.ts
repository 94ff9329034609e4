import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { startCrowd } from '../../support/crowd/crowd.ts';
import type { Crowd } from '../../support/crowd/crowd.ts';
import { startHearth, temporaryDataDir, until } from '../../support/hearth.ts';
import type { Figure } from '../figures.ts';
import { cpuSeconds } from '../processes.ts';

const machines = 5000;
const events = 20_000;
const mib = (pid: number | 'self', field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
const seconds = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms * 1000));

/** A Node that only waits, and one that parsed the same lists whole and keeps them: the least, and what is easiest. */
function bareNode(texts: string): { idle: number; parsed: number; parseMs: number } {
  const program = `
    const rss = () => Number(/VmRSS:\\s+(\\d+)/.exec(require('fs').readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
    const idle = rss(), text = require('fs').readFileSync(0, 'utf8').split('\\n').filter(Boolean), begun = performance.now();
    globalThis.kept = text.map((each) => JSON.parse(each));
    console.log(JSON.stringify({ idle, parseMs: performance.now() - begun, parsed: rss() }));`;
  const { stdout } = spawnSync(process.execPath, ['-e', program], {
    input: texts,
    maxBuffer: 2 ** 30,
    encoding: 'utf8',
  });
  return JSON.parse(stdout) as { idle: number; parsed: number; parseMs: number };
}
async function wholeLists(crowd: Crowd): Promise<string> {
  const paths = ['/apis/kubevirt.io/v1/virtualmachines', '/apis/kubevirt.io/v1/virtualmachineinstances', '/apis/cdi.kubevirt.io/v1beta1/datavolumes', '/api/v1/events']; // prettier-ignore
  const lists = [];
  for (const path of paths) lists.push(JSON.stringify(await crowd.kube.request('GET', path)));
  return lists.join('\n');
}

/**
 * The backend with 5,000 running machines and 20,000 events of a cluster that is a process of its own: memory, time until a page
 * has them all, and work while a hundred of them change in a second. Beside it a bare Node, and one that parses the same lists.
 */
export async function measure(): Promise<Figure[]> {
  const data = temporaryDataDir();
  const crowd = await startCrowd(machines, events);
  const hearth = await startHearth(data.path);
  try {
    const pid = hearth.process.pid!;
    const bare = bareNode(await wholeLists(crowd));
    const empty = mib(pid, 'VmRSS');
    const page = await hearth.page();
    const [begun, spent] = [performance.now(), cpuSeconds(pid)];
    await page.api.targets.addCluster({ path: crowd.kubeconfig, name: 'Crowd', use: true, allowExec: false });
    await until(page.api.machines.watch({}), ({ uid }) => uid, (rows) => rows.size === machines, 90_000); // prettier-ignore
    const listed = performance.now() - begun;
    const work = (cpuSeconds(pid) - spent) * 1000;
    const stop = new AbortController();
    const told = { messages: 0, rows: 0 };
    const follow = async (): Promise<void> => {
      for await (const update of page.api.machines.watch({}, { signal: stop.signal }))
        if (update.type === 'delta') {
          told.messages += 1;
          told.rows += update.upserted.length;
        }
    };
    const following = follow().catch(() => undefined);
    await until(page.api.events.watch({}), ({ uid }) => uid, (rows) => rows.size === events, 60_000); // prettier-ignore
    await seconds(5);
    const full = mib(pid, 'VmRSS');
    const before = cpuSeconds(pid);
    await seconds(5);
    const idle = ((cpuSeconds(pid) - before) / 5) * 100;
    await crowd.updates(100);
    await seconds(1);
    const [from, at] = [cpuSeconds(pid), { ...told }];
    await seconds(10);
    const busy = ((cpuSeconds(pid) - from) / 10) * 100;
    const [messages, rows] = [(told.messages - at.messages) / 10, (told.rows - at.rows) / 10];
    await crowd.updates(0);
    stop.abort();
    await following;
    page.close();
    return [
      { what: 'backend without machines, RSS', ours: empty, bare: bare.idle, bareName: 'bare node', unit: 'MiB', better: 'lower' },
      { what: `backend with ${machines} machines, ${events} events`, ours: full, bare: bare.parsed, bareName: 'node, the same lists parsed', unit: 'MiB', better: 'lower', goal: { own: 150 }, note: `at most ${mib(pid, 'VmHWM').toFixed(0)} MiB` },
      { what: `a page has all ${machines} machines`, ours: listed, bare: bare.parseMs, bareName: 'JSON.parse of the lists', unit: 'ms', better: 'lower', note: `from adding the cluster on; ${(work / 1000).toFixed(1)} s of processor` },
      { what: 'backend: CPU while nothing changes', ours: idle, unit: '% core', better: 'lower' },
      { what: 'backend: CPU at 100 changes/s', ours: busy, unit: '% core', better: 'lower', goal: { own: 30 }, note: `${rows.toFixed(0)} rows/s in ${messages.toFixed(1)} messages/s` },
    ]; // prettier-ignore
  } finally {
    await hearth.stop();
    await crowd.close();
    data.remove();
  }
}
