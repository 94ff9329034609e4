import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { BytePipe } from '../../../main/contract/procedure.ts';
import { useConnection } from '../../lib/connection.ts';
import { target, useLive } from '../../lib/resources.ts';
import { ConsoleLink } from './link.ts';
import type { LinkState } from './link.ts';

/** One console's connection while it is `on`. `open` must stay the same function for as long as it is the same console. */
export function useLink(
  open: (take: boolean) => Promise<BytePipe>,
  on: boolean,
): { link: ConsoleLink; state: LinkState } {
  const link = useMemo(() => new ConsoleLink(open), [open]);
  useEffect(() => {
    if (!on) return undefined;
    link.start();
    return () => link.stop();
  }, [link, on]);
  // What broke it is well again: the backend answers, the target is ready.
  const connected = useConnection().state === 'open';
  const ready = useLive(target).value?.state === 'ready';
  useEffect(() => {
    if (connected && ready) link.hope();
  }, [link, connected, ready]);
  return { link, state: useSyncExternalStore(link.subscribe, link.state) };
}
