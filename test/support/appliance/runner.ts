/**
 * One run of Hearth on a guest, in a process of its own that a test may kill at any moment:
 * node runner.ts DATA install|uninstall, with {place, settings, sudo} as JSON on stdin.
 * Prints every line of the run's log, and as its last line how the task ended.
 */
import { json } from 'node:stream/consumers';
import type { ApplianceSettings, Place } from '../../../main/contract/appliance.ts';
import { openSession } from '../../../main/cli/appliance/session.ts';
import { applianceId } from '../../../main/backend/provision/record.ts';

const [dataDir = '', what = ''] = process.argv.slice(2);
const { place, settings, sudo } = (await json(process.stdin)) as { place: Place; settings: ApplianceSettings; sudo: string }; // prettier-ignore
const session = await openSession(dataDir);
const { appliances, tasks } = session;
const context = { signal: new AbortController().signal };
const { taskId } =
  what === 'install'
    ? await appliances.install({ place, settings, sudo }, context)
    : await appliances.uninstall({ id: applianceId(place), machines: 0, keepDisks: false, place, sudo }, context);
for await (const lines of appliances.log({ taskId }, context)) for (const { text } of lines) console.log(`log ${text}`);
for await (const update of tasks.watch(context.signal)) {
  const rows = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
  const task = rows.find(({ id }) => id === taskId);
  if (!task || task.state === 'running') continue;
  console.log(JSON.stringify({ state: task.state, problem: task.problem }));
  break;
}
await session.close();
