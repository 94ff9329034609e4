import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { ObjectRef } from '../../../main/contract/machine.ts';
import { useApi } from '../../lib/connection.ts';
import { ConsoleLink } from './link.ts';
import type { LinkState } from './link.ts';
import type { View } from './stage.ts';

/** One console's connection while the view is on screen and the machine is on. */
export function useLink(ref: ObjectRef, view: View, on: boolean): { link: ConsoleLink; state: LinkState } {
  const api = useApi();
  const { namespace, name } = ref;
  const link = useMemo(() => {
    const open = view === 'screen' ? api.consoles.vnc : api.consoles.serial;
    return new ConsoleLink(() => open({ namespace, name }));
  }, [api, view, namespace, name]);
  useEffect(() => {
    if (!on) return undefined;
    link.start();
    return () => link.stop();
  }, [link, on]);
  return { link, state: useSyncExternalStore(link.subscribe, link.state) };
}
