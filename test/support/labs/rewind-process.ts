// Goes back to a step as a backend of its own, that can be killed. Says what it does, one line each: `PROGRESS WORDS`.
import { createCheckpoints } from '../../../main/backend/labs/rewind/checkpoints.ts';
import { dataPaths } from '../../../main/backend/paths.ts';
import { openTarget } from '../../../main/backend/target/target.ts';
import { silentLog } from '../boxes/silent-log.ts';

const [dataDir = '', kubeconfig = '', lab = '', what = '', step = ''] = process.argv.slice(2);
const target = await openTarget({ id: 'quick', name: 'Quick', kubeconfig, log: silentLog });
while (target.state.value.state !== 'ready') await new Promise((resolve) => setTimeout(resolve, 20));
const checkpoints = createCheckpoints({ paths: dataPaths(dataDir), log: silentLog });
process.stdout.write('0 ready\n');
if (what === 'take') await checkpoints.take({ target, lab }, step);
else await checkpoints.back({ target, lab }, step, new AbortController().signal, (done, words) => process.stdout.write(`${done} ${words}\n`)); // prettier-ignore
process.stdout.write('1 done\n');
process.exit(0);
