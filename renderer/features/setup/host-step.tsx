import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { RefreshIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Accelerator, OverrideCards } from '../host/accelerator.tsx';
import { CheckList } from '../host/check-list.tsx';
import { Facts } from '../host/facts.tsx';
import { t as host } from '../host/text.ts';
import { useHost, useRecheck } from '../host/use-host.ts';
import type { StepProps } from './step-props.ts';
import css from './setup.module.css';
import { StepFrame } from './step-frame.tsx';
import { t } from './text.ts';

export function HostStep({ change }: StepProps) {
  const report = useHost();
  const recheck = useRecheck();
  const value = report.value;
  const blocking = value?.checks.find((check) => check.status === 'problem' && check.id.startsWith('qemu'));
  const why = !value ? t('host.loading') : blocking ? t('host.blocked', { title: blocking.title }) : undefined;
  const next = (): void => change({ step: 'place' });
  const again = (
    <Button size="small" icon={RefreshIcon} busy={recheck.busy} onClick={() => void recheck.run(undefined)}>
      {host(recheck.busy ? 'rechecking' : 'recheck')}
    </Button>
  );
  return (
    <StepFrame
      title={t('host.title')}
      text={t('host.text')}
      onSubmit={() => why === undefined && next()}
      next={
        <Button tone="primary" type="submit" why={why}>
          {t('next')}
        </Button>
      }
    >
      <Banner
        tone="note"
        title={t('restore.offer')}
        actions={
          <Button size="small" onClick={() => change({ restore: {} })}>
            {t('restore.open')}
          </Button>
        }
      >
        {t('restore.offerText')}
      </Banner>
      {report.loading && (
        <Card>
          <p className={css.waiting}>{t('host.loading')}</p>
          <Skeleton count={4} />
        </Card>
      )}
      {report.problem && (
        <ProblemView problem={report.problem} actions={<Button onClick={report.again}>{host('recheck')}</Button>} />
      )}
      {value && (
        <>
          <Card>
            <Accelerator report={value.accelerator} />
            <details className={css.more}>
              <summary>{t('host.more')}</summary>
              <OverrideCards report={value.accelerator} />
            </details>
          </Card>
          <Card title={host('facts')}>
            <Facts facts={value.facts} />
          </Card>
          <Card title={host('checks')} actions={again}>
            <CheckList checks={value.checks} />
          </Card>
        </>
      )}
    </StepFrame>
  );
}
