import type { Abort } from '../../contract/procedure.ts';
import type { Workspace } from './workspace.ts';

/** Which workspace pages see, and streams that go on with the next one when it changes. */
export interface Switcher {
  current(): Workspace;
  use(workspace: Workspace): void;
  /**
   * The stream of the current workspace; when another becomes current it ends, `reset` is told (so that nothing of the old
   * one stays on the page), and the stream of the new one follows. What `run` throws is thrown, unless it was only cut off.
   */
  follow<T>(
    signal: Abort,
    run: (workspace: Workspace, signal: AbortSignal) => AsyncIterable<T>,
    reset?: T,
  ): AsyncGenerator<T>;
}

export function createSwitcher(first: Workspace): Switcher {
  let current = first;
  let changed = new AbortController();
  return {
    current: () => current,
    use(workspace) {
      if (workspace === current) return;
      current = workspace;
      const before = changed;
      changed = new AbortController();
      before.abort();
    },
    async *follow(signal, run, reset) {
      for (let first = true; !signal.aborted; first = false) {
        const cut = changed.signal;
        if (!first && reset !== undefined) yield reset;
        try {
          for await (const item of run(current, AbortSignal.any([signal, cut]))) {
            if (cut.aborted) break;
            yield item;
          }
          if (!cut.aborted) return;
        } catch (error) {
          if (!cut.aborted) throw error;
        }
      }
    },
  };
}
