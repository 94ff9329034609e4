import { useState } from 'react';
import { useTask } from '../../../../lib/tasks.ts';
import { Banner } from '../../../../ui/banner.tsx';
import { Button } from '../../../../ui/button.tsx';
import { ProblemView } from '../../../../ui/problem-view.tsx';
import { Progress } from '../../../../ui/progress.tsx';
import { RadioCards } from '../../../../ui/radio-cards.tsx';
import { SizeField } from '../../../../ui/size-field.tsx';
import { StepList } from '../../../../ui/step-list.tsx';
import css from '../../boxes.module.css';
import { useAct, useBox } from '../door.ts';
import { t } from '../text.ts';

const gib = 1024 ** 3;

/** Where disks of machines live, and the install of Kubernetes and KubeVirt as it goes. */
export function ApplianceStep({ onDone }: { onDone: () => void }) {
  const { state, away } = useBox();
  const { appliance, applianceTask } = state.setup;
  const [storage, setStorage] = useState<'local-path' | 'pool-file'>('local-path');
  const [poolSize, setPoolSize] = useState<number | undefined>(64 * gib);
  const install = useAct();
  const skip = useAct({ onDone });
  // On the box itself the task is one of this Hearth.
  const task = useTask(applianceTask);
  if (appliance === 'installing') {
    const steps = task?.steps ?? state.progress?.steps ?? [];
    return (
      <div className={css.stack}>
        <p className={css.text}>{task?.detail ?? state.words}</p>
        <Progress value={task?.progress ?? state.progress?.fraction} label={t('appliance.installing')} />
        {steps.length > 0 && <StepList steps={steps} />}
        <p className={css.muted}>{t('appliance.leave')}</p>
      </div>
    );
  }
  if (appliance === 'ready') return <Banner tone="ok" title={t('appliance.ready')} />;
  return (
    <div className={css.stack}>
      <p className={css.text}>{t('appliance.text')}</p>
      {appliance === 'failed' && !state.problem && <Banner tone="problem" title={t('appliance.failed')} />}
      {task?.problem && <ProblemView problem={task.problem} compact />}
      <RadioCards
        label={t('storage')}
        columns={2}
        value={storage}
        onChange={setStorage}
        options={[
          { value: 'local-path', title: t('storage.local-path'), detail: t('storage.local-pathText'), badge: t('usual') },
          { value: 'pool-file', title: t('storage.pool-file'), detail: t('storage.pool-fileText') },
        ]}
      />
      {storage === 'pool-file' && <SizeField label={t('storage.size')} value={poolSize} onChange={setPoolSize} min={10 * gib} hint={t('storage.sizeHint')} />}
      {install.problem && <ProblemView problem={install.problem} compact />}
      {skip.problem && <ProblemView problem={skip.problem} compact />}
      <div className={css.actions}>
        <Button
          tone="primary"
          busy={install.busy}
          why={away ?? (storage === 'pool-file' && poolSize === undefined ? t('storage.sizeFirst') : undefined)}
          onClick={() => void install.run({ do: 'install-appliance', storage, ...(storage === 'pool-file' && poolSize !== undefined && { poolSize }) })}
        >
          {t(appliance === 'failed' ? 'appliance.again' : 'appliance.install')}
        </Button>
        {appliance !== 'skipped' && (
          <Button tone="quiet" busy={skip.busy} why={away} onClick={() => void skip.run({ do: 'skip-appliance' })}>
            {t('appliance.skip')}
          </Button>
        )}
      </div>
    </div>
  );
} // prettier-ignore
