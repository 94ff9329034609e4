import { Redirect } from 'wouter';
import { ownBox, useLive } from '../../../lib/resources.ts';
import { Button } from '../../../ui/button.tsx';
import { EmptyState } from '../../../ui/empty-state.tsx';
import { PageHeader } from '../../../ui/page-header.tsx';
import { Page } from '../../../ui/page.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { StatusBadge } from '../../../ui/status.tsx';
import { BoxBody } from '../box/box-body.tsx';
import { ownDoor } from '../box/door.ts';
import { t } from '../box/text.ts';
import { stageTones } from '../view.ts';
import { t as say } from '../text.ts';

/** The box that these pages come from, lived with. */
export function OwnBoxPage({ tab }: { tab: string | undefined }) {
  const live = useLive(ownBox);
  const own = live.value;
  if (own?.box && !own.state.setup.finished) return <Redirect to="/setup-box" replace />;
  return (
    <Page>
      <PageHeader
        title={own?.box ? own.state.name : t('own')}
        subtitle={own?.box ? t('version', { version: own.state.version }) : undefined}
        badge={
          own?.box && <StatusBadge tone={stageTones[own.state.stage]}>{say(`stage.${own.state.stage}`)}</StatusBadge>
        }
      />
      {!own && !live.problem && <Skeleton height="block" count={3} />}
      {!own && live.problem && <ProblemView problem={live.problem} />}
      {own?.box === false && (
        <EmptyState title={t('own.none')} actions={<Button to="/boxes">{t('back')}</Button>}>
          {t('own.noneText')}
        </EmptyState>
      )}
      {own?.box && <BoxBody box={{ door: ownDoor, state: own.state, code: own.code }} tab={tab} />}
    </Page>
  );
}
