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
import { BudgetCard, budgetFields } from './budget.tsx';
import css from './settings.module.css';
import { t } from './text.ts';
import type { SectionProps } from './use-save.ts';

export function Host({ settings }: SectionProps) {
  const report = useHost();
  const recheck = useRecheck();
  const value = report.value;
  const again = (
    <Button size="small" icon={RefreshIcon} busy={recheck.busy} onClick={() => void recheck.run(undefined)}>
      {host(recheck.busy ? 'rechecking' : 'recheck')}
    </Button>
  );
  return (
    <>
      {report.problem && (
        <ProblemView problem={report.problem} actions={<Button onClick={report.again}>{host('recheck')}</Button>} />
      )}
      {report.loading && <Skeleton height="block" count={3} />}
      {value && (
        <>
          <Card title={t('accelerator')} actions={again}>
            <div className={css.stack}>
              <Accelerator report={value.accelerator} />
              <OverrideCards report={value.accelerator} />
            </div>
          </Card>
          <BudgetCard key={JSON.stringify(budgetFields(settings))} settings={settings} facts={value.facts} />
          <Card title={host('facts')}>
            <Facts facts={value.facts} />
          </Card>
          <Card title={host('checks')}>
            <CheckList checks={value.checks} />
          </Card>
        </>
      )}
    </>
  );
}
