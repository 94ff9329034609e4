import { useEffect, useRef, useState } from 'react';
import { useApi } from './connection.ts';
import { forgetDetails, target, useLive } from './resources.ts';
import { queryClient } from './use-call.ts';

/** Keys of answers that are of this computer and of Hearth itself, whatever target is shown. */
const ownKeys = new Set(['host', 'logs', 'info', 'catalogue', 'kind', 'preflight', 'plan', 'uninstall']);

/** Once for the whole page: nothing of the other target stays when another is shown. */
export function useTargetChange(): void {
  const api = useApi();
  const id = useLive(target).value?.id;
  const before = useRef<string>(undefined);
  useEffect(() => {
    if (id === undefined) return;
    const changed = before.current !== undefined && before.current !== id;
    before.current = id;
    if (!changed) return;
    forgetDetails(api);
    void queryClient.resetQueries({ predicate: ({ queryKey }) => !ownKeys.has(String(queryKey[0])) });
  }, [api, id]);
}

/** Whether another target is shown than when this page was opened. */
export function useTargetChanged(): boolean {
  const id = useLive(target).value?.id;
  const [first, setFirst] = useState(id);
  if (first === undefined && id !== undefined) setFirst(id);
  return first !== undefined && id !== undefined && first !== id;
}
