import { useEffect } from 'react';
import type { BoxState } from '../../../../main/contract/box/state.ts';
import { Redirect } from 'wouter';
import { ownBox, useLive } from '../../../lib/resources.ts';
import { HelpLink } from '../../../ui/help-link.tsx';
import { FlameIcon } from '../../../ui/icons.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { StatusBadge } from '../../../ui/status.tsx';
import { BoxBody } from '../box/box-body.tsx';
import { CodeCard } from '../box/code-card.tsx';
import { ownDoor } from '../box/door.ts';
import { t } from '../box/text.ts';
import css from '../boxes.module.css';
import { t as say } from '../text.ts';
import { stageTones } from '../view.ts';
import page from './own.module.css';

/** The box's own pages until it is set up: from the choice of its disk to its first machine, with no app. */
export function SetupBoxPage({ step }: { step: string | undefined }) {
  const live = useLive(ownBox);
  const own = live.value;
  useEffect(() => {
    document.title = `${t('own')} · Hearth`;
  }, []);
  if (own && (!own.box || own.state.setup.finished)) return <Redirect to="/" replace />;
  return (
    <main className={page.page} id="main">
      <header className={page.head}>
        <p className={page.brand}>
          <FlameIcon size={20} />
          Hearth
        </p>
        <div className={css.name}>
          <h1 className={page.title}>{own?.box ? own.state.name : t('own')}</h1>
          {own?.box && (
            <StatusBadge tone={stageTones[own.state.stage]}>{say(`stage.${own.state.stage}`)}</StatusBadge>
          )}
          <HelpLink />
        </div>
        {own?.box && <p className={css.text}>{wordsOf(own.state)}</p>}
      </header>
      {!own && !live.problem && <Skeleton height="block" count={3} />}
      {live.problem && <ProblemView problem={live.problem} />}
      {own?.box && <BoxBody box={{ door: ownDoor, state: own.state, code: own.code }} tab={step} />}
      {own?.box && own.code && <CodeCard code={own.code} />}
    </main>
  );
} // prettier-ignore

/** Whoever reads this knows that it waits for them: what it is just doing, else where it is. */
function wordsOf({ stage, words, setup, addresses, version }: BoxState): string {
  const place = addresses.flatMap(({ address }) => address ?? []).join(', ');
  const waits = stage === 'setup' && setup.appliance !== 'failed';
  return t('own.words', { words: (waits && place) || words, version });
}
