import { ago } from '../../lib/format.ts';
import { useCall } from '../../lib/use-call.ts';
import { useNow } from '../../lib/use-now.ts';
import { Card } from '../../ui/card.tsx';
import { KeyValue } from '../../ui/key-value.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Licences } from './licences.tsx';
import css from './settings.module.css';
import { t } from './text.ts';

export function About() {
  const info = useCall(['info'], (api, signal) => api.app.info({}, { signal }));
  const now = useNow();
  return (
    <>
      <Card title={t('about.title', { version: info.value?.version ?? '' })}>
        <div className={css.stack}>
          <p className={css.text}>{t('about.text')}</p>
          {info.loading && <Skeleton count={3} />}
          {info.problem && <ProblemView problem={info.problem} compact />}
          {info.value && (
            <KeyValue
              items={[
                {
                  label: t('about.runtime'),
                  value: `Node ${info.value.node.replace(/^v/, '')}, ${info.value.platform}`,
                },
                { label: t('about.started'), value: ago(info.value.startedAt, now) },
                {
                  label: t('about.carrier'),
                  value: t(info.value.carrier === 'desktop' ? 'about.desktop' : 'about.web'),
                },
              ]}
            />
          )}
        </div>
      </Card>
      <Licences />
    </>
  );
}
