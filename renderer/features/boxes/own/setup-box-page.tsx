import { useEffect } from 'react';
import { Redirect } from 'wouter';
import { ownBox, useLive } from '../../../lib/resources.ts';
import { Card } from '../../../ui/card.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { StatusBadge } from '../../../ui/status.tsx';
import { BoxBody } from '../box/box-body.tsx';
import { ownDoor } from '../box/door.ts';
import { t } from '../box/text.ts';
import css from '../boxes.module.css';
import { t as say } from '../text.ts';
import { stageTones } from '../view.ts';
import page from './own.module.css';

/** The box's own pages until it is set up: from the choice of its disk to its first machine, with no app. */
export function SetupBoxPage() {
  const live = useLive(ownBox);
  const own = live.value;
  useEffect(() => {
    document.title = `${t('own')} · Hearth`;
  }, []);
  if (own && (!own.box || own.state.setup.finished)) return <Redirect to="/" replace />;
  return (
    <main className={page.page} id="main">
      <header className={page.head}>
        <p className={page.brand}>Hearth</p>
        <div className={css.name}>
          <h1 className={page.title}>{own?.box ? own.state.name : t('own')}</h1>
          {own?.box && (
            <StatusBadge tone={stageTones[own.state.stage]}>{say(`stage.${own.state.stage}`)}</StatusBadge>
          )}
        </div>
        {own?.box && <p className={css.text}>{t('own.words', { words: own.state.words, version: own.state.version })}</p>}
      </header>
      {!own && !live.problem && <Skeleton height="block" count={3} />}
      {live.problem && <ProblemView problem={live.problem} />}
      {own?.box && <BoxBody box={{ door: ownDoor, state: own.state }} tab={undefined} />}
      {own?.box && own.code && (
        <Card title={t('own.code')}>
          <div className={css.stack}>
            <p className={css.code}>{`${own.code.digits.slice(0, 4)} ${own.code.digits.slice(4)}`}</p>
            <p className={css.muted}>{t('own.codeText')}</p>
          </div>
        </Card>
      )}
    </main>
  );
} // prettier-ignore
