import { useEffect, useEffectEvent, useRef } from 'react';
import { useLocation } from 'wouter';
import type { Notification } from '../../../main/contract/notifications.ts';
import { useApi } from '../../lib/connection.ts';
import { notificationSettings, useLive } from '../../lib/resources.ts';
import { toast } from '../../ui/toast.tsx';
import { notify } from './desktop.ts';
import { fresh, placeOf } from './told.ts';
import { t } from './text.ts';

/** Tells what happens: a message in the corner, and one of the desktop. Draws nothing. */
export function Notifier() {
  const api = useApi();
  const [path, go] = useLocation();
  const settings = useLive(notificationSettings).value;
  const told = useRef(new Set<string>());
  const tell = useEffectEvent((notification: Notification) => {
    told.current.add(notification.id);
    const to = placeOf(notification);
    const { event, title, detail, tone } = notification;
    // The setup of a box shows by itself how its install goes.
    const shown = path.startsWith('/setup-box') && event.startsWith('task-');
    if (settings?.app.includes(event) && !shown)
      toast({ title, detail, tone, ...(to && { action: { label: t('open'), onClick: () => go(to) } }) });
    if (settings?.desktop.includes(event))
      notify({ title, detail, tag: notification.id }, () => {
        if (to) go(to);
      });
  });
  useEffect(() => {
    const abort = new AbortController();
    // What happened before this page was opened is in its lists; it is not news.
    const since = Date.now();
    const follow = async (): Promise<void> => {
      while (!abort.signal.aborted)
        try {
          for await (const batch of api.notifications.watch({}, { signal: abort.signal }))
            for (const each of fresh(batch, told.current, since)) tell(each);
        } catch {
          // The connection banner tells it; what happens meanwhile comes with the next first message.
          await new Promise((resolve) => setTimeout(resolve, 2_000));
        }
    };
    void follow();
    return () => abort.abort();
  }, [api]);
  return null;
}
