import { useState } from 'react';
import type { NotificationSettings } from '../../../main/contract/notifications.ts';
import { ago, dateTime } from '../../lib/format.ts';
import { useAction } from '../../lib/use-call.ts';
import { useNow } from '../../lib/use-now.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { StatusDot } from '../../ui/status.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toastProblem } from '../../ui/toast.tsx';
import css from './notifications.module.css';
import type { Save } from './save.ts';
import { t } from './text.ts';

const tones = { delivered: 'ok', waiting: 'busy', failed: 'problem' } as const;

/** Where messages are posted, how the last ones went, and a test. */
export function WebhookCard({
  settings: { webhook, deliveries },
  save,
}: {
  settings: NotificationSettings;
  save: Save;
}) {
  const [url, setUrl] = useState(webhook.url);
  const [secret, setSecret] = useState('');
  const now = useNow();
  const test = useAction((api) => api.notifications.test({}), { onProblem: toastProblem });
  const bad = url !== '' && !/^https?:\/\/[^\s/]+/.test(url) ? t('hook.urlBad') : undefined;
  const dirty = url !== webhook.url || secret !== '';
  const store = async (): Promise<void> => {
    await save.run({ webhook: { url, ...(secret !== '' && { secret }) } });
    setSecret('');
  };
  return (
    <Card title={t('hook.title')}>
      <div className={css.stack}>
        <p className={css.text}>{t('hook.text')}</p>
        <TextField label={t('hook.url')} hint={t('hook.urlHint')} error={bad} value={url} onChange={setUrl} mono />
        <TextField
          label={t('hook.secret')}
          hint={t(webhook.signed ? 'hook.secretSet' : 'hook.secretHint')}
          type="password"
          value={secret}
          onChange={setSecret}
          optional
        />
        <div className={css.row}>
          <Button tone="primary" busy={save.busy} why={bad} onClick={() => void store()}>
            {t('hook.save')}
          </Button>
          <Button
            busy={test.busy}
            why={webhook.url === '' || dirty ? t('hook.testWhy') : undefined}
            onClick={() => void test.run(undefined)}
          >
            {t('hook.test')}
          </Button>
          {webhook.signed && (
            <Button tone="quiet" onClick={() => void save.run({ webhook: { secret: '' } })}>
              {t('hook.secretClear')}
            </Button>
          )}
        </div>
        {test.value && (
          <Banner
            tone={test.value.state === 'delivered' ? 'ok' : 'problem'}
            title={t(test.value.state === 'delivered' ? 'hook.delivered' : 'hook.failed')}
          >
            {test.value.error ?? (test.value.status ? `HTTP ${test.value.status}` : '')}
          </Banner>
        )}
        {deliveries.length > 0 && (
          <section aria-label={t('hook.deliveries')}>
            <h3 className={css.sub}>{t('hook.deliveries')}</h3>
            <ul className={css.deliveries}>
              {deliveries.map((each, n) => (
                <li key={`${each.at}${n}`}>
                  <StatusDot tone={tones[each.state]} label={t(`state.${each.state}`)} />
                  <span className={css.grow}>{each.title}</span>
                  <span className={css.text}>
                    {[t(`state.${each.state}`), t('attempts', { n: each.attempts }), each.error]
                      .filter(Boolean)
                      .join(' · ')}
                  </span>
                  <time className={css.text} title={dateTime(each.at)}>
                    {ago(each.at, now)}
                  </time>
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </Card>
  );
}
