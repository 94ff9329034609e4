import { useState } from 'react';
import type {
  NotificationEvent,
  NotificationSettings,
  UpdateNotifications,
} from '../../../main/contract/notifications.ts';
import { notificationSettings, useLive } from '../../lib/resources.ts';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toastProblem } from '../../ui/toast.tsx';
import { askPermission, permission } from './desktop.ts';
import { LimitsCard } from './limits-card.tsx';
import css from './notifications.module.css';
import type { Save } from './save.ts';
import { t } from './text.ts';
import { WebhookCard } from './webhook-card.tsx';

const events: readonly NotificationEvent[] = [
  'machine-stopped', 'machine-crash-loop', 'machine-disk-full', 'disk-nearly-full', 'disk-filling', 'memory-nearly-full', 'target-lost', 'certificate-ending', 'schedule-trouble', 'task-failed', 'task-ended',
]; // prettier-ignore

/** Settings: which events are told, and where. */
export function NotificationsSection() {
  const { value, problem } = useLive(notificationSettings);
  const save: Save = useAction((api, change: UpdateNotifications) => api.notifications.update(change), {
    onProblem: toastProblem,
  });
  if (!value) return problem ? <ProblemView problem={problem} /> : <Skeleton height="block" count={2} />;
  return (
    <>
      <Card title={t('title')} flush>
        <Table settings={value} save={save} />
      </Card>
      <LimitsCard key={JSON.stringify(value.thresholds)} limits={value.thresholds} save={save} />
      <PermissionCard />
      <WebhookCard key={value.webhook.url} settings={value} save={save} />
    </>
  );
}

const toggled = (list: readonly NotificationEvent[], event: NotificationEvent, on: boolean): NotificationEvent[] =>
  on ? [...list, event] : list.filter((each) => each !== event);

function Table({ settings, save }: { settings: NotificationSettings; save: Save }) {
  const places = [
    { id: 'app', list: settings.app, change: (app: NotificationEvent[]) => ({ app }) },
    { id: 'desktop', list: settings.desktop, change: (desktop: NotificationEvent[]) => ({ desktop }) },
    { id: 'webhook', list: settings.webhook.events, change: (list: NotificationEvent[]) => ({ webhook: { events: list } }) },
  ] as const; // prettier-ignore
  return (
    <table className={css.table}>
      <thead>
        <tr>
          <th scope="col">{t('event')}</th>
          {places.map(({ id }) => (
            <th key={id} scope="col" className={css.place}>
              {t(id)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {events.map((event) => (
          <tr key={event}>
            <th scope="row">{t(`event.${event}`)}</th>
            {places.map(({ id, list, change }) => (
              <td key={id} className={css.place}>
                <div className={css.center}>
                  <Checkbox
                    hideLabel
                    label={t('tell', { event: t(`event.${event}`), where: t(id) })}
                    checked={list.includes(event)}
                    onChange={(on) => void save.run(change(toggled(list, event, on)))}
                  />
                </div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function PermissionCard() {
  const [state, setState] = useState(permission);
  return (
    <Card title={t('permission.title')}>
      <div className={css.row}>
        <p className={css.text}>{t(`permission.${state}`)}</p>
        {state === 'default' && (
          <Button onClick={() => void askPermission().then(setState)}>{t('permission.ask')}</Button>
        )}
      </div>
    </Card>
  );
}
