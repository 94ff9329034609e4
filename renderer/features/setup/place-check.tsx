import { ago } from '../../lib/format.ts';
import { target, targets, useList, useLive } from '../../lib/resources.ts';
import { useAction } from '../../lib/use-call.ts';
import { useNow } from '../../lib/use-now.ts';
import { Announce } from '../../ui/announce.tsx';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { RefreshIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { placeOf } from '../install/draft.ts';
import { sortFindings } from '../install/findings.ts';
import { FindingsView } from '../install/findings-view.tsx';
import { usePreflight } from '../install/use-preflight.ts';
import type { PlaceProps } from './place-props.ts';
import css from './setup.module.css';
import { StepFrame } from './step-frame.tsx';
import { t } from './text.ts';

/** A look at the machine before anything is changed: what stands in the way, and what the plan cures. */
export function PlaceCheck({ draft, set, secrets, goOn }: PlaceProps) {
  const report = usePreflight(placeOf(draft, secrets));
  const now = useNow();
  const { items } = useList(targets);
  const shown = useLive(target).value?.id;
  const use = useAction((api, id: string) => api.targets.use({ id }), { onDone: goOn });
  const { value } = report;
  const blocks = value ? sortFindings(value.findings).blocks.length : 0;
  const whole = value?.existing?.state === 'whole' ? value.existing : undefined;
  const known = whole && items.find((each) => each.id === whole.id);
  const why = !value ? t('check.loading') : blocks > 0 ? t('check.why', { n: blocks }) : undefined;
  const go = (): void => {
    if (known && known.id !== shown) void use.run(known.id);
    else if (known) goOn();
    else if (why === undefined) set({ part: 'settings' });
  };
  const words = value && summary(blocks, sortFindings(value.findings).warnings);
  return (
    <StepFrame
      title={value ? t('check.titleOf', { place: value.place }) : t('check.title')}
      text={words ?? t('check.text')}
      onBack={() => set({ part: draft.way === 'ssh' ? 'connect' : 'choose' })}
      onSubmit={go}
      next={
        <>
          <Button icon={RefreshIcon} busy={report.refreshing} onClick={report.again}>
            {t('check.again')}
          </Button>
          <Button tone="primary" type="submit" busy={use.busy} why={known ? undefined : why}>
            {t(known ? 'check.use' : 'next')}
          </Button>
        </>
      }
    >
      <Announce text={report.loading || report.refreshing ? t('check.loading') : (words ?? '')} />
      {report.loading && (
        <Card>
          <p className={css.waiting}>{t('check.loading')}</p>
          <Skeleton count={6} />
        </Card>
      )}
      {report.problem && <ProblemView problem={report.problem} />}
      {use.problem && <ProblemView problem={use.problem} />}
      {whole && <Banner tone="ok" title={t('check.whole', { name: whole.id })} />}
      {value?.existing?.state === 'half' && (
        <Banner tone="note" title={t('check.half')}>
          {t('check.halfText')}
        </Banner>
      )}
      {value && <FindingsView report={value} />}
      {value && <p className={css.small}>{t('check.at', { ago: ago(value.at, now) })}</p>}
    </StepFrame>
  );
}

function summary(blocks: number, warnings: number): string {
  if (blocks > 0) return t('check.blocked', { n: blocks });
  return warnings > 0 ? t('check.warned', { n: warnings }) : t('check.good');
}
