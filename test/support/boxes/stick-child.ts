import { join } from 'node:path';
import { createSticks } from '../../../main/backend/boxes/sticks/open.ts';
import { createLog } from '../../../main/backend/log.ts';
import { createTasks } from '../../../main/backend/tasks/tasks.ts';
import { boxWishesSchema } from '../../../main/contract/box/settings.ts';
import { loopHelper } from './stick-lab.ts';

// A Hearth of its own that writes a drive with everything checked, and says how far it is; made to be killed.
const [drive = '', image = '', root = ''] = process.argv.slice(2);
const log = createLog({ path: join(root, 'child.log'), quiet: true });
const tasks = await createTasks({ file: join(root, 'child-tasks.json'), log });
const enrolments = { make: () => Promise.reject(new Error('not asked for')), drop: async () => undefined };
const { handlers } = createSticks({
  root,
  tasks,
  log,
  enrolments,
  change: { policy: { loops: true }, program: loopHelper },
});
const context = { signal: new AbortController().signal };
for await (const { drives } of handlers.drives({}, context)) {
  const key = drives.find(({ path }) => path === drive)?.key ?? '';
  const wishes = boxWishesSchema.parse({});
  await handlers.write({ image, place: { type: 'drive', path: drive, key }, wishes, fullCheck: true }, context);
  break;
}
for await (const update of tasks.watch(context.signal)) process.stdout.write(`${JSON.stringify(update)}\n`);
