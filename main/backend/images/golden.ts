import type { KubeObject } from '../../contract/kube.ts';
import { kinds } from '../target/kinds.ts';
import type { OpenTarget } from '../target/target.ts';

/**
 * Follows the DataSources of a target that has them and lets this user see them, from when it has answered until the
 * returned function is called. `changed` gets each one by its key; undefined when it is gone.
 */
export function followGolden(
  target: OpenTarget,
  changed: (key: string, source: KubeObject | undefined) => void,
): () => void {
  const stop = new AbortController();
  let release: (() => void) | undefined;
  const begin = async (): Promise<void> => {
    for await (const { capabilities } of target.state.watch(stop.signal))
      if (capabilities.some(({ id, supported }) => id === 'goldenImages' && supported)) break;
    if (stop.signal.aborted) return;
    const sources = target.cache.use(kinds.dataSources, undefined, { changed });
    release = () => sources.release();
  };
  // The stream of a target's state ends, and does not fail.
  void begin();
  return () => {
    stop.abort();
    release?.();
  };
}
