import { join } from 'node:path';
import { createLog } from '../../backend/log.ts';
import { dataPaths, defaultDataDir, privateFolder } from '../../backend/paths.ts';
import { openTarget } from '../../backend/target/target.ts';
import type { OpenTarget } from '../../backend/target/target.ts';
import { openRegistry } from '../../backend/targets/registry.ts';
import { whyNot } from '../../contract/offers.ts';
import type { OfferId } from '../../contract/offers.ts';
import { ProblemError } from '../../contract/problem.ts';
import { exitText, readOptionsAndNames, UsageError } from '../command.ts';
import type { Command } from '../command.ts';
import { interruptible } from '../working.ts';
import type { Asked } from './asked.ts';
import { forwardPod } from './forward.ts';
import { listPods } from './list.ts';
import { podLog } from './logs.ts';
import { podShell } from './shell.ts';

type Word = (target: OpenTarget, asked: Asked, signal: AbortSignal) => Promise<number>;
const words: Readonly<Record<string, { run: Word; offer: OfferId }>> = {
  list: { run: listPods, offer: 'pods.watch' },
  logs: { run: podLog, offer: 'pods.logs' },
  shell: { run: podShell, offer: 'pods.shell' },
  forward: { run: forwardPod, offer: 'pods.forward' },
};
/** Milliseconds that the target may take to say what it can. */
const patience = 20_000;

export const podCommand: Command = {
  usage: `Usage: hearth pod list [--all] [--namespace NS] [--json]
       hearth pod logs NAME [--follow] [--previous] [--tail N] [--container C] [--namespace NS]
       hearth pod shell NAME [--container C] [--namespace NS]
       hearth pod forward NAME [LOCAL:]PORT [--namespace NS]

Containers of the current target, where it is a cluster: workloads and Pods with why one does not run, the log of a
container, a shell in it, a port of this computer (127.0.0.1) that leads to it until Ctrl+C. NAME is a Pod, or KIND/NAME
as in deployment/web: then one of its Pods that is ready.

  --all           also those of the target itself (kube-system and the like)
  --follow        go on with each line as it comes
  --previous      of the container before this one: it says why that ended
  --tail N        lines from the end (default: 500)
  --container C   which container (default: the first)
  --namespace NS  where it is (default: default; list: everywhere)
  --json          JSON on stdout
  --data-dir DIR  where everything is kept (default: $HEARTH_DATA_DIR, else the XDG data folder)

${exitText} A shell ends with the code of what was run last.
`,
  async run([word = '', ...args]) {
    const known = Object.hasOwn(words, word) ? words[word] : undefined;
    if (!known)
      throw new UsageError(word === '' ? 'it takes list, logs, shell or forward' : `there is no "pod ${word}"`);
    const { values, names } = readOptionsAndNames(args, {
      namespace: { type: 'string' },
      container: { type: 'string' },
      previous: { type: 'boolean', default: false },
      follow: { type: 'boolean', default: false },
      tail: { type: 'string', default: '500' },
      all: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'data-dir': { type: 'string' },
    });
    const tail = Number(values.tail);
    if (!/^\d{1,6}$/.test(values.tail) || tail < 1 || tail > 100_000)
      throw new UsageError('--tail takes a number from 1 to 100000');
    const paths = dataPaths(values['data-dir'] ?? defaultDataDir());
    for (const folder of [paths.root, paths.logs]) await privateFolder(folder);
    const log = createLog({ path: join(paths.logs, 'hearth-cli.log'), quiet: true });
    const registry = await openRegistry({ file: paths.targets, log });
    try {
      const entry = registry.entries.find(({ id }) => id === registry.currentId);
      if (!entry) throw new UsageError('there is no current target');
      const target = await openTarget({ ...entry, log });
      const asked: Asked = { ...values, names, tail, namespace: values.namespace ?? (word === 'list' ? '' : 'default'), container: values.container }; // prettier-ignore
      try {
        await refuseUnable(target, known.offer);
        return await interruptible((signal) => known.run(target, asked, signal), undefined);
      } finally {
        target.close();
      }
    } finally {
      registry.close();
      log.close();
    }
  },
};

/** What the button of the page would say. */
async function refuseUnable(target: OpenTarget, offer: OfferId): Promise<void> {
  const late = AbortSignal.timeout(patience);
  for await (const { state, capabilities, problem } of target.state.watch(late)) {
    if (state === 'lost' && problem) throw new ProblemError(problem);
    if (state !== 'ready') continue;
    const why = whyNot(capabilities, offer);
    if (!why) return;
    throw new ProblemError({ code: 'target-cannot', title: 'This target cannot do that', detail: why.reason, fix: why.remedy, kind: 'denied' }); // prettier-ignore
  }
  throw new ProblemError({ code: 'target-unreachable', title: 'The target does not answer', detail: `It said nothing for ${patience / 1000} seconds.`, fix: 'See whether it runs: hearth target list.' }); // prettier-ignore
}
