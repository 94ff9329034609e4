import { useCallback, useRef } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import type { BytePipe } from '../../../main/contract/procedure.ts';
import { useApi } from '../../lib/connection.ts';
import type { View } from './stage.ts';

/** What a view connects to, and how the shell is told the terminal's size. Both stay the same for the same console. */
export function useOpener(
  { namespace, name }: ObjectRef,
  view: View,
  user: string,
): { open: (take: boolean) => Promise<BytePipe>; resize: (size: { cols: number; rows: number }) => void } {
  const api = useApi();
  const session = useRef('');
  const last = useRef({ cols: 80, rows: 24 });
  const open = useCallback(
    (take: boolean) => {
      if (view === 'screen') return api.consoles.vnc({ namespace, name, take });
      if (view === 'serial') return api.consoles.serial({ namespace, name });
      session.current = crypto.randomUUID();
      return api.ssh.shell({ namespace, name, user, session: session.current, ...last.current });
    },
    [api, view, namespace, name, user],
  );
  const resize = useCallback(
    (size: { cols: number; rows: number }) => {
      last.current = { cols: size.cols, rows: size.rows };
      // A session that ended meanwhile has no size; its end is told by the console itself.
      if (session.current) api.ssh.resize({ session: session.current, ...last.current }).catch(() => undefined);
    },
    [api],
  );
  return { open, resize };
}
