/**
 * One call of the runner in a process of its own, which a test may kill at any moment:
 * node runner.ts DATA ENTER-AS-JSON SHARED install|uninstall
 * Prints a line for every line of the run's log; the last one is how the task ended.
 */
import { roomPlace } from './room-place.ts';
import { openBench, settings } from './stand-ins.ts';

const [dataDir = '', enter = '[]', shared = '', what = ''] = process.argv.slice(2);
const place = roomPlace({ enter: JSON.parse(enter) as string[], shared });
const bench = await openBench({ dataDir, openPlace: async () => place, facts: { modules: ['tun'] } });
const { handlers } = bench.provision;
const context = { signal: new AbortController().signal };
const { taskId } =
  what === 'install'
    ? await handlers.install({ place: { type: 'local' }, settings: settings() }, context)
    : await handlers.uninstall(
        { id: 'this-computer', machines: 0, keepDisks: false, place: { type: 'local' } },
        context,
      );
for await (const lines of handlers.log({ taskId }, context)) for (const { text } of lines) console.log(`log ${text}`);
for await (const update of bench.tasks.watch(context.signal)) {
  if (update.type !== 'snapshot' && update.type !== 'delta') continue;
  const rows = update.type === 'snapshot' ? update.items : update.upserted;
  const task = rows.find(({ id }) => id === taskId);
  if (!task || task.state === 'running') continue;
  console.log(JSON.stringify({ state: task.state, problem: task.problem }));
  break;
}
await bench.tasks.close();
await bench.provision.close();
