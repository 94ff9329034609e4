import { useState } from 'react';
import { useTask } from '../../../../lib/tasks.ts';
import { useClock } from '../../../../lib/use-clock.ts';
import { Announce } from '../../../../ui/announce.tsx';
import { Banner } from '../../../../ui/banner.tsx';
import { Button } from '../../../../ui/button.tsx';
import { FoldedSteps } from '../../../../ui/folded-steps.tsx';
import { ProblemView } from '../../../../ui/problem-view.tsx';
import { Progress } from '../../../../ui/progress.tsx';
import { RadioCards } from '../../../../ui/radio-cards.tsx';
import { SizeField } from '../../../../ui/size-field.tsx';
import css from '../../boxes.module.css';
import { useAct, useBox } from '../door.ts';
import { t } from '../text.ts';

const gib = 1024 ** 3;

/** Where disks of machines live, and the install of Kubernetes and KubeVirt as it goes. */
export function ApplianceStep({ onDone }: { onDone: () => void }) {
  const { state, away } = useBox();
  const { appliance } = state.setup;
  const problem = appliance === 'failed' ? state.problem : undefined;
  const [storage, setStorage] = useState<'local-path' | 'pool-file'>(state.setup.storage ?? 'local-path');
  const [poolSize, setPoolSize] = useState<number | undefined>(state.setup.poolSize ?? 64 * gib);
  const install = useAct();
  const skip = useAct({ onDone });
  if (appliance === 'installing') return <Installing />;
  if (appliance === 'ready') return <Banner tone="ok" title={t('appliance.ready')} />;
  return (
    <div className={css.stack}>
      <p className={css.text}>{t('appliance.text')}</p>
      {problem && <ProblemView problem={problem} compact />}
      {appliance === 'failed' && !problem && <Banner tone="problem" title={t('appliance.failed')} />}
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

/** How far the install is: what moves now, and the steps around it. */
function Installing() {
  const { state } = useBox();
  // On the box itself the task is one of this Hearth.
  const task = useTask(state.setup.applianceTask);
  const now = useClock(true);
  const steps = task?.steps ?? state.progress?.steps ?? [];
  const at = steps.findIndex((step) => step.state === 'running');
  const moving = steps[at];
  const words = moving ? t('appliance.step', { n: at + 1, total: steps.length, title: moving.title }) : state.words;
  return (
    <div className={css.stack}>
      <Announce text={words} pace={5_000} />
      <div className={`${css.stack} ${css.tight}`}>
        <p className={css.text}>{words}</p>
        <Progress value={task?.progress ?? state.progress?.fraction} label={t('appliance.installing')} />
        {task?.detail !== undefined && <p className={css.muted}>{task.detail}</p>}
      </div>
      {steps.length > 0 && <FoldedSteps steps={steps} now={now} />}
      <p className={css.muted}>{t('appliance.leave')}</p>
    </div>
  );
}
