import { useState } from 'react';
import { bytes } from '../../lib/format.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { RefreshIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { SizeField } from '../../ui/size-field.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Accelerator, OverrideCards } from '../host/accelerator.tsx';
import { CheckList } from '../host/check-list.tsx';
import { Facts } from '../host/facts.tsx';
import { t as host } from '../host/text.ts';
import { useHost, useRecheck } from '../host/use-host.ts';
import css from './settings.module.css';
import { t } from './text.ts';
import { useSave } from './use-save.ts';
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
          <ReservedMemory
            key={settings.reservedMemory}
            reserved={settings.reservedMemory}
            total={value.facts.memory.total}
          />
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

function ReservedMemory({ reserved, total }: { reserved: number; total: number }) {
  const save = useSave();
  const [size, setSize] = useState<number | undefined>(reserved);
  return (
    <Card title={t('memory.title')}>
      <div className={css.saveField}>
        <SizeField
          label={t('memory.label')}
          hint={t('memory.hint', { total: bytes(total) })}
          value={size}
          onChange={setSize}
          min={0}
          max={Math.floor(total)}
        />
        {size !== undefined && size !== reserved && (
          <div className={css.buttons}>
            <Button
              size="small"
              tone="primary"
              busy={save.busy}
              onClick={() => void save.run({ reservedMemory: size })}
            >
              {t('save')}
            </Button>
            <Button size="small" tone="quiet" onClick={() => setSize(reserved)}>
              {t('undo')}
            </Button>
          </div>
        )}
      </div>
    </Card>
  );
}
