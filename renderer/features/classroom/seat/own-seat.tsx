import type { ReactNode } from 'react';
import type { OwnSeat } from '../../../../main/contract/classroom.ts';
import { Button } from '../../../ui/button.tsx';
import { Card } from '../../../ui/card.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import css from '../classroom.module.css';
import { t } from '../text.ts';

/** The seat that this Hearth has, with what its class may do. */
export function OwnSeatPanel({ own }: { own: OwnSeat }): ReactNode {
  return (
    <>
      {own.problem && <ProblemView problem={own.problem} compact />}
      <Card title={t('own.title')}>
        <div className={css.stack}>
          <p className={css.text}>
            {t('own.text', { seat: own.seatName, teacher: own.teacher, name: own.className, address: own.address })}
          </p>
          <p className={css.text}>{own.askFirst ? t('own.asks') : t('own.atOnce')}</p>
          <div>
            <Button to="/labs">{t('own.labs')}</Button>
          </div>
        </div>
      </Card>
    </>
  );
}
