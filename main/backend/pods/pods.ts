import type { ContractHandlers } from '../../contract/contract.ts';
import type { Scope } from '../target/scope.ts';
import { applyWorkYaml, checkWorkYaml } from './apply.ts';
import { createRemovals, restart, scale } from './change.ts';
import { createPods, previewPods } from './create.ts';
import { createForwards } from './forwards.ts';
import { followLog, readLog } from './logs.ts';
import { openPodShell } from './shell.ts';
import type { PodShell } from './shell.ts';
import { watchPodDetail, watchPods } from './watch.ts';

/** Pods and what keeps them, on the current target; and ports of this computer that lead to them. */
export function createPodHandlers(scope: Scope): ContractHandlers['pods'] {
  const shells = new Map<string, PodShell>();
  const forwards = createForwards();
  const removals = createRemovals();
  const closing = (): void => {
    forwards.closeAll().catch((error: unknown) => scope.log.warn({ err: error }, 'ports of Pods were not closed'));
  };
  scope.ending.addEventListener('abort', closing, { once: true });
  return {
    watch: (_input, { signal }) => scope.follow(signal, watchPods, { type: 'reset' }),
    detail: (ref, { signal }) => scope.follow(signal, (target, over) => watchPodDetail(target, ref, over)),
    logs: (wish, { signal }) => followLog(scope.target(), wish, signal),
    readLog: (wish) => readLog(scope.target(), wish),
    async shell({ session, ...wish }, { signal }) {
      const shell = await openPodShell(scope.target(), wish, signal);
      shells.set(session, shell);
      void shell.ended.then(() => {
        if (shells.get(session) === shell) shells.delete(session);
      });
      return shell.pipe;
    },
    resize: ({ session, ...size }) => shells.get(session)?.resize(size),
    forwards: (_input, { signal }) => forwards.watch(signal),
    forward: (wish) => forwards.open(scope.target(), wish),
    stopForward: ({ id }) => forwards.close(id),
    checkYaml: ({ yaml, ...ref }) => checkWorkYaml(scope.target(), ref, yaml),
    applyYaml: ({ yaml, ...ref }) => applyWorkYaml(scope.target(), ref, yaml),
    scale: ({ replicas, ...ref }) => scale(scope.target(), ref, replicas),
    restart: (ref) => restart(scope.target(), ref),
    remove: (ref) => removals.remove(scope.target(), ref),
    putBack: ({ undo }) => removals.putBack(undo),
    preview: (wish) => previewPods(scope.target(), wish),
    create: (wish) => createPods(scope.target(), wish),
  };
}
