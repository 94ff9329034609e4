import { useEffect } from 'react';
import { useApi } from '../lib/connection.ts';
import { offerAgain } from '../lib/undo.ts';

let shown = false;

/** What could be undone before the page was loaded anew still can: its notices are shown again, once. */
export function KeptNotices(): null {
  const api = useApi();
  useEffect(() => {
    if (shown) return;
    shown = true;
    offerAgain(api);
  }, [api]);
  return null;
}
