import { useEffect, useState } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { desktop } from '../../lib/desktop.ts';

/** A window does not tell its opener that it was closed: asked so often (ms) while one is open. */
const lookMs = 400;

const pathOf = ({ namespace, name }: ObjectRef): string =>
  `/console/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;

/** Whether this console was moved to its own window, and moving it there and back. It comes back when that one is closed. */
export function useDetached(of: ObjectRef): { detached: boolean; detach: () => void; attach: () => void } {
  const [own, setOwn] = useState<'desktop' | Window>();
  useEffect(() => {
    if (!own || own === 'desktop') return undefined;
    const timer = setInterval(() => own.closed && setOwn(undefined), lookMs);
    return () => clearInterval(timer);
  }, [own]);
  const detach = (): void => {
    if (desktop?.openConsole) {
      setOwn('desktop');
      const back = (): void => setOwn(undefined);
      void desktop.openConsole(of.namespace, of.name).then(back, back);
      return;
    }
    // One window a machine: a second click brings the first one to the front.
    const made = window.open(
      `#${pathOf(of)}`,
      `hearth-console-${of.namespace}/${of.name}`,
      'popup,width=1080,height=760',
    );
    if (made) setOwn(made);
    else window.location.hash = pathOf(of); // the browser allows no windows: here, then
  };
  return { detached: own !== undefined, detach, attach: () => setOwn(undefined) };
}
