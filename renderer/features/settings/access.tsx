import { useState } from 'react';
import { useCall } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { KeyValue } from '../../ui/key-value.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { quoted } from './quoted.ts';
import css from './settings.module.css';
import { t } from './text.ts';

export function Access() {
  const config = useCall(['kubeconfig'], (api, signal) => api.target.kubeconfig({}, { signal }));
  const info = useCall(['info'], (api, signal) => api.app.info({}, { signal }));
  const [shown, setShown] = useState(false);
  return (
    <>
      <Card title={t('kube.title')}>
        <div className={css.stack}>
          <p className={css.text}>{t('kube.text')}</p>
          {config.loading && <Skeleton count={3} />}
          {config.problem && <ProblemView problem={config.problem} />}
          {config.value && (
            <>
              <KeyValue
                items={[{ label: t('kube.path'), value: config.value.path, mono: true, copy: config.value.path }]}
              />
              <div>
                <p className={css.label}>{t('kube.first')}</p>
                <CodeBlock
                  text={`kubectl --kubeconfig ${quoted(config.value.path)} get virtualmachines -A`}
                  label={t('kube.first')}
                />
              </div>
              <div>
                <p className={css.label}>{t('kube.shell')}</p>
                <CodeBlock
                  text={`export KUBECONFIG=${quoted(config.value.path)}\nkubectl get vm\nkubectl explain vm.spec`}
                  label={t('kube.shell')}
                />
              </div>
              {shown ? (
                <div>
                  <p className={css.text}>{t('kube.secret')}</p>
                  <CodeBlock text={config.value.text} label={t('kube.path')} />
                </div>
              ) : (
                <div>
                  <Button size="small" onClick={() => setShown(true)}>
                    {t('kube.show')}
                  </Button>
                </div>
              )}
            </>
          )}
        </div>
      </Card>
      <Card title={t('data.title')}>
        {info.loading && <Skeleton count={2} />}
        {info.problem && <ProblemView problem={info.problem} compact />}
        {info.value && (
          <KeyValue
            items={[
              { label: t('data.dir'), value: info.value.dataDir, mono: true, copy: info.value.dataDir },
              ...info.value.ports.map((port) => ({
                label: port.purpose,
                value: port.address,
                mono: true,
                copy: port.address,
              })),
            ]}
          />
        )}
      </Card>
    </>
  );
}
