import { useEffect, useState } from 'react';
import type { ObjectRef } from '../../../main/contract/machine.ts';
import { desktop } from '../../lib/desktop.ts';

/** Windows of one Hearth tell each other which consoles stand in a window of their own. */
const channelName = 'hearth-console';
type Word = { is: 'closed'; machine: string };

const pathOf = ({ namespace, name }: ObjectRef): string =>
  `/console/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
const keyOf = ({ namespace, name }: ObjectRef): string => `${namespace}/${name}`;

/** Whether this console was moved to its own window, and moving it there and back. */
export function useDetached(of: ObjectRef): { detached: boolean; detach: () => void; attach: () => void } {
  const [detached, setDetached] = useState(false);
  const machine = keyOf(of);
  useEffect(() => {
    const channel = new BroadcastChannel(channelName);
    channel.addEventListener('message', ({ data }: MessageEvent<Word>) => {
      if (data.is === 'closed' && data.machine === machine) setDetached(false);
    });
    return () => channel.close();
  }, [machine]);
  const detach = (): void => {
    if (desktop?.openConsole) {
      void desktop.openConsole(of.namespace, of.name);
      setDetached(true);
      return;
    }
    // One window a machine: a second click brings the first one to the front.
    const made = window.open(`#${pathOf(of)}`, `hearth-console-${machine}`, 'popup,width=1080,height=760');
    if (made) setDetached(true);
    else window.location.hash = pathOf(of); // the browser allows no windows: here, then
  };
  return { detached, detach, attach: () => setDetached(false) };
}

/** In the console's own window: tells where it came from that it is closed. */
export function useTellsClosing(of: ObjectRef): void {
  const machine = keyOf(of);
  useEffect(() => {
    const tell = (): void => {
      const channel = new BroadcastChannel(channelName);
      channel.postMessage({ is: 'closed', machine } satisfies Word);
      channel.close();
    };
    window.addEventListener('pagehide', tell);
    return () => {
      window.removeEventListener('pagehide', tell);
      tell();
    };
  }, [machine]);
}
