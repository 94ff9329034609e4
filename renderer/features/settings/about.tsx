import { ago } from '../../lib/format.ts';
import { useCall } from '../../lib/use-call.ts';
import { useNow } from '../../lib/use-now.ts';
import { Card } from '../../ui/card.tsx';
import { KeyValue } from '../../ui/key-value.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import css from './settings.module.css';
import { t } from './text.ts';

const parts: readonly [string, string][] = [
  ['Electron, React, Base UI, TanStack, xterm.js, CodeMirror, uPlot, Fastify, zod, pino, tus', 'MIT'],
  ['KubeVirt and CDI API definitions, Kubernetes client', 'Apache-2.0'],
  ['noVNC', 'MPL-2.0'],
  ['wouter', 'Unlicense'],
  ['yaml', 'ISC'],
];

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
      <Card title={t('about.licences')}>
        <div className={css.stack}>
          <dl>
            {parts.map(([name, licence]) => (
              <div key={name} className={css.licence}>
                <dt>{name}</dt>
                <dd>{licence}</dd>
              </div>
            ))}
          </dl>
          <p className={css.text}>{t('about.licencesText')}</p>
        </div>
      </Card>
    </>
  );
}
